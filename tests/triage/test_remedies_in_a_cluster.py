"""Sets in trouble in a simulated cluster: the commands of a finding resolve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from stsview.model.finding import Danger, Finding
from stsview.model.views import SetView, Severity
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios.manifests import fault_annotations
from tests.support.simulator.clusters import NAMESPACE, annotate_pod, delete_pod, edit_spec, pod, pods, with_set
from tests.support.triage.following import follow
from tests.support.triage.simulated import ObservedCluster

BAD, GOOD = "web:bad", "web:2"


@dataclass
class Trouble:
    """A cluster with one set in trouble, and its views."""

    cluster: SimulatedCluster
    observed: ObservedCluster

    def head(self, seconds: float = 40) -> Finding:
        """The only finding on top after a while."""
        (head,) = self.observed.advance(seconds).findings
        return head

    def after(self, seconds: float = 120) -> SetView:
        return self.observed.advance(seconds)


def trouble(replicas: int = 3, **more: Any) -> Trouble:
    cluster = with_set(replicas=replicas, **more)
    cluster.images.missing.add(BAD)
    return Trouble(cluster, ObservedCluster(cluster))


def healthy(view: SetView) -> bool:
    return view.severity is Severity.HEALTHY and not view.findings


def test_a_rolled_back_update_continues_when_the_named_pod_is_deleted() -> None:
    it = trouble()
    it.cluster.set_image(NAMESPACE, "web", BAD)
    assert it.head().rule == "image-not-pulled"
    it.cluster.set_image(NAMESPACE, "web", "web:1")
    head = it.head()
    assert (head.rule, head.ordinals) == ("revision-deadlock", (2,))
    assert it.head(600) == head, "the deadlock is permanent"
    follow(it.cluster, head, "unblock")
    assert healthy(it.after())


def test_pods_leave_a_bad_first_template_one_at_a_time() -> None:
    it = trouble(annotations=fault_annotations(unready="true", unready_ordinals="1,2"))
    it.cluster.edit_template(
        NAMESPACE, "web", annotations={f"simulator.stsview.io/unready{end}": None for end in ("", "-ordinals")}
    )
    head = it.head(700)
    assert (head.rule, head.ordinals) == ("revision-deadlock", (1,)), "web-2 was never created"
    follow(it.cluster, head, "unblock")
    assert healthy(it.after())


def test_below_the_partition_only_a_lower_partition_helps() -> None:
    it = trouble(annotations=fault_annotations(crash="1", crash_ordinals="0"), replicas=1)
    edit_spec(it.cluster, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
    it.cluster.edit_template(NAMESPACE, "web", annotations={"simulator.stsview.io/crash": None})
    head = it.head(120)
    assert head.rule == "kept-by-partition"
    delete_pod(it.cluster, "web-0")
    assert it.head(240).rule == "kept-by-partition", "deleted alone, it came back as it was"
    follow(it.cluster, head, having="partition")
    head = it.head()
    assert head.rule == "revision-deadlock"
    follow(it.cluster, head, "unblock")
    assert healthy(it.after())


def test_pods_that_exhaust_max_unavailable_must_be_deleted() -> None:
    it = trouble(2, podManagementPolicy="Parallel")
    it.cluster.set_max_unavailable(MaxUnavailable.V1_35)
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}}
    edit_spec(it.cluster, updateStrategy=rolling)
    annotate_pod(it.cluster, "web-1", fault_annotations(crash="1"))
    it.cluster.advance(120)
    it.cluster.set_image(NAMESPACE, "web", GOOD)
    head = it.head(120)
    assert (head.rule, head.ordinals) == ("max-unavailable-deadlock", (1,))
    follow(it.cluster, head, "unblock")
    assert healthy(it.after())


def test_kubernetes_1_37_replaces_such_pods_itself() -> None:
    it = trouble(2, podManagementPolicy="Parallel")
    it.cluster.set_max_unavailable(MaxUnavailable.V1_37)
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 1}}
    edit_spec(it.cluster, updateStrategy=rolling)
    annotate_pod(it.cluster, "web-1", fault_annotations(crash="1"))
    it.cluster.advance(120)
    it.cluster.set_image(NAMESPACE, "web", GOOD)
    assert healthy(it.after(240))


def test_a_deadlocked_scale_down_continues_when_the_highest_pod_is_deleted() -> None:
    it = trouble(4)
    for name in ("web-2", "web-3"):
        annotate_pod(it.cluster, name, fault_annotations(unready="true"))
    it.cluster.advance(700)
    edit_spec(it.cluster, replicas=2)
    head = it.head()
    assert (head.rule, head.object.name) == ("scale-down-deadlock", "web-3")
    follow(it.cluster, head, "delete-pod")
    view = it.after()
    assert (len(pods(it.cluster)), view.severity) == (2, Severity.HEALTHY)
    assert {found.rule for found in view.findings} == {"leftover-claims"}


def test_a_finalizer_holds_the_pod_until_removed_and_force_does_not_help() -> None:
    it = trouble()
    it.cluster.edit(
        PODS, NAMESPACE, "web-1", lambda one: one["metadata"].update(finalizers=["a/b", "example.com/hold"])
    )
    delete_pod(it.cluster, "web-1")
    head = it.head(90)
    assert head.rule == "finalizer-holds-pod"
    assert not [one for one in head.remedies if one.action == "force-delete"]
    delete_pod(it.cluster, "web-1", grace_seconds=0)
    assert it.head().rule == "finalizer-holds-pod"
    follow(it.cluster, head, having="--type=json")
    follow(it.cluster, it.head(), having="--type=json")
    assert healthy(it.after())


@pytest.mark.parametrize(
    ("annotations", "rule"),
    [
        (fault_annotations(stuck="true"), "containers-not-stopped"),
        (fault_annotations(unmount="stuck"), "teardown-hangs"),
    ],
)
def test_a_kubelet_that_does_not_confirm_is_checked_before_force(annotations: dict[str, str], rule: str) -> None:
    it = trouble()
    annotate_pod(it.cluster, "web-2", annotations)
    delete_pod(it.cluster, "web-2")
    assert it.observed.advance(50).findings == (), "within its grace period"
    head = it.head(60)
    assert (head.rule, head.ordinals) == (rule, (2,))
    assert head.remedies[0].danger is Danger.READ_ONLY
    follow(it.cluster, head, "force-delete")
    assert healthy(it.after())


@pytest.mark.parametrize("way", ["taint nodes", "delete node"])
def test_a_machine_that_is_off_is_reported_and_every_remedy_works(way: str) -> None:
    it = trouble()
    node = pod(it.cluster, "web-1")["spec"]["nodeName"]
    it.cluster.fail_node(node, NodeFault.POWERED_OFF)
    head = it.head(120)
    assert (head.rule, head.level.name) == ("node-unreachable", "WARNING")
    assert head.until is not None
    head = it.head(400)
    assert (head.rule, head.level.name, head.until) == ("node-unreachable", "ERROR", None)
    dangers = [one.danger for one in head.remedies]
    assert dangers == sorted(dangers)
    assert head.remedies[-1].action == "force-delete"
    follow(it.cluster, head, having=way)
    view = it.after(180)
    assert view.severity is Severity.HEALTHY
    assert pod(it.cluster, "web-1")["spec"]["nodeName"] != node


def test_a_pod_that_tolerates_every_taint_is_never_removed() -> None:
    keys = ("node.kubernetes.io/unreachable", "node.kubernetes.io/out-of-service")
    it = trouble(pod={"tolerations": [{"key": key, "operator": "Exists", "effect": "NoExecute"} for key in keys]})
    node = pod(it.cluster, "web-1")["spec"]["nodeName"]
    it.cluster.fail_node(node, NodeFault.KUBELET)
    head = it.head(900)
    assert "never-evicted" in [one.rule for one in head.below]
    follow(it.cluster, head, having="taint")
    head = it.head(200)
    below = next(one for one in head.below if one.rule == "out-of-service-tolerated")
    follow(it.cluster, below, "delete-pod")
    assert it.after(180).severity is Severity.HEALTHY
