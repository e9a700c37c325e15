"""A healthy set has no finding at any moment from its creation to its deletion.

Hypothesis plays operators who know what they do, on machines and disks that work. Views are derived at every single
change, and at every instant at which time alone changes something; each stream has its own delay.
"""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stsview.model.finding import Level
from stsview.model.views import SetView, Severity
from stsview.objects.kinds import WATCHED
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import NODES, PODS, STATEFUL_SETS
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.latencies import RECORDED, Latencies
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios.manifests import fault_annotations, headless, stateful_set
from stsview.simulator.settings import storage_class
from tests.support.simulator.clusters import NAMESPACE, delete_pod, edit_spec, empty_cluster, pods
from tests.support.triage.cluster_observer import ClusterObserver
from tests.support.triage.examples import examples

LARGEST = 4

THEN = st.sampled_from([0.0, 0.4, 3.0, 20.0, 120.0])
"""Seconds until the next step: none, mid-way, about one pod's start, long enough to settle."""

LAGS = st.sampled_from([0.0, 0.0, 0.3, 1.0, 4.0])


class HealthyLifecycle(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.unexpected: list[str] = []

    @initialize(data=st.data(), then=THEN)
    def begin(self, data: st.DataObject, then: float) -> None:
        draw = data.draw
        self.scaled_down = False
        mode = draw(st.sampled_from(["Immediate", "WaitForFirstConsumer"]))
        self.cluster = empty_cluster(
            latencies=draw(st.sampled_from([RECORDED, Latencies()])),
            nodes=node_specs(zones=3, per_zone=2),
            classes=(storage_class("my-fast-storage", volumeBindingMode=mode),),
            volumes=ProvisionerSettings(attachable=draw(st.booleans()), zonal=draw(st.booleans())),
        )
        lags = {kind: draw(LAGS) for kind in WATCHED}
        self.observer = ClusterObserver(self.cluster, lags=lags, on_view=self.check)
        self.replicas = draw(st.integers(0, LARGEST))
        self.policy = draw(st.sampled_from(["Retain", "Delete"]))
        made = [
            headless("web-hs", "web"),
            stateful_set(
                "web",
                "web:1",
                self.replicas,
                storage=draw(st.sampled_from(["1Gi", None])),
                annotations=draw(st.sampled_from([{}, fault_annotations(ready_after="40", stop_after="25")])),
                podManagementPolicy=draw(st.sampled_from(["OrderedReady", "Parallel"])),
                minReadySeconds=draw(st.sampled_from([0, 0, 10])),
                ordinals={"start": draw(st.sampled_from([0, 3]))},
                persistentVolumeClaimRetentionPolicy={
                    "whenScaled": self.policy,
                    "whenDeleted": draw(st.sampled_from(["Retain", "Delete"])),
                },
            ),
        ]
        for one in made if draw(st.booleans()) else reversed(made):
            self.cluster.apply(one)
            self.observer.advance(draw(st.sampled_from([0.0, 2.0])))
        self.observer.advance(then)

    def check(self, view: SetView, now: datetime) -> None:
        allowed = {"leftover-claims"} if self.scaled_down else set()
        if view.rollout.on_delete:
            allowed.add("on-delete-pending")
        for found in view.findings:
            if found.level > Level.NOTICE or found.rule not in allowed:
                self.unexpected.append(f"{now:%H:%M:%S.%f} {found.rule}: {found.headline}")
        if view.severity > Severity.ROLLING:
            self.unexpected.append(f"{now:%H:%M:%S.%f} {view.severity.name}: {view.why}")

    @invariant()
    def no_finding(self) -> None:
        assert self.unexpected == []

    @rule(replicas=st.integers(0, LARGEST), then=THEN)
    def scale(self, replicas: int, then: float) -> None:
        self.scaled_down |= replicas < self.replicas
        self.replicas = replicas
        self.cluster.scale(NAMESPACE, "web", replicas)
        # A scale-up before the PVCs of the scale-down are deleted leaves the controller stuck.
        self.observer.advance(120 if self.policy == "Delete" else then)

    @rule(tag=st.sampled_from("123"), then=THEN)
    def update(self, tag: str, then: float) -> None:
        self.cluster.set_image(NAMESPACE, "web", f"web:{tag}")
        self.observer.advance(then)

    @rule(partition=st.sampled_from([0, 0, 1, 2, 9]), then=THEN)
    def partition(self, partition: int, then: float) -> None:
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}
        edit_spec(self.cluster, updateStrategy=strategy)
        self.observer.advance(then)

    @rule(then=THEN)
    def update_manually(self, then: float) -> None:
        edit_spec(self.cluster, updateStrategy={"type": "OnDelete"})
        self.observer.advance(then)

    @rule(data=st.data(), then=THEN)
    def delete(self, data: st.DataObject, then: float) -> None:
        if pods(self.cluster):
            delete_pod(self.cluster, data.draw(st.sampled_from(sorted(pods(self.cluster)))))
            self.observer.advance(then)

    @rule(data=st.data(), then=THEN)
    def drain(self, data: st.DataObject, then: float) -> None:
        node = data.draw(st.sampled_from(self.cluster.nodes.names))
        self.cluster.edit(NODES, "", node, lambda one: one["spec"].update(unschedulable=True))
        for name, pod in pods(self.cluster).items():
            if pod["spec"].get("nodeName") == node:
                evict(self.cluster.storage, NAMESPACE, name)
        self.observer.advance(then)
        self.cluster.edit(NODES, "", node, lambda one: one["spec"].update(unschedulable=False))
        self.observer.advance(then)

    @rule(seconds=st.sampled_from([0, 10]), policy=st.sampled_from(["Retain", "Delete"]), then=THEN)
    def other_settings(self, seconds: int, policy: str, then: float) -> None:
        self.observer.advance(120)
        self.policy = policy
        retention = {"whenScaled": policy, "whenDeleted": "Retain"}
        edit_spec(self.cluster, minReadySeconds=seconds, persistentVolumeClaimRetentionPolicy=retention)
        self.observer.advance(then)

    def teardown(self) -> None:
        if not hasattr(self, "observer") or self.unexpected:
            return
        self.observer.advance(600)
        view = self.observer.view()
        assert view is not None
        assert view.available == self.replicas
        self.cluster.storage.delete(STATEFUL_SETS, NAMESPACE, "web", propagation="Foreground")
        self.observer.advance(120)
        self.no_finding()
        assert self.observer.view() is None
        assert not self.cluster.storage.list(PODS, NAMESPACE)


TestHealthyLifecycle = HealthyLifecycle.TestCase
TestHealthyLifecycle.settings = examples(8, stateful_step_count=12)
