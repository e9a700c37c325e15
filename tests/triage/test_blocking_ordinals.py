"""Whatever happens to a set, the named ordinal blocks it, and others do not.

Hypothesis plays operators and bad luck, then leaves the set alone until nothing changes any more. What the view says
then is tested: other faults are fixed first, which must not help; then the one that is named, which must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stsview.model.finding import Finding, Level
from stsview.model.views import SetView, Severity
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.controllers.identity import revision_of
from stsview.simulator.controllers.statefulset.rollout import MaxUnavailable
from stsview.simulator.controllers.statefulset.state import is_running_and_ready, is_terminating
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios.manifests import with_service
from stsview.simulator.settings import storage_class
from tests.support.simulator.clusters import NAMESPACE, edit_spec, empty_cluster, pods, stateful_set
from tests.support.triage.cluster_observer import ClusterObserver
from tests.support.triage.examples import examples
from tests.support.triage.faults import HARMS, QUOTA, causes, expected, is_foreign, members
from tests.support.triage.following import follow

REST = 1300.0
"""Seconds after which nothing changes by itself any more: the controller backs off for 1000 at most."""

PAUSES = (0.0, 0.4, 3.0, 60.0, 400.0)
"""Seconds until the next step."""

MOST = 15
"""Faults that are fixed, one after the other, before the trial counts as a failure."""

STEPS = {
    "revision-deadlock": "unblock",
    "max-unavailable-deadlock": "unblock",
    "scale-down-deadlock": "delete-pod",
    "not-created": "reconcile",
    "missed-after-scale-up": "reconcile",
    "stale-claim": "reconcile",
    "controller-stuck": "reconcile",
    "pod-not-adopted": "reconcile",
}
"""Actions that unblock a set where there is no fault to fix outside."""

STEPS_OF_A_TRIAL = ("harm", "harm", "harm", "harm", "scale", "update", "fix template", "strategy")

STRATEGIES: tuple[dict[str, Any], ...] = (
    {"type": "OnDelete"},
    {"type": "RollingUpdate"},
    *({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}} for partition in (0, 1, 2)),
    *({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}} for most in (1, 2, "50%")),
)

Choose = Callable[[Sequence[Any]], Any]


class Trial:
    """One set, what happened to it, and what the view says about it."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.story: list[str] = []
        self.changes: list[str] = []
        """Changes of the set's pods: `web-1 created`, `web-2 deleted`."""
        rules = choose([MaxUnavailable.OFF, MaxUnavailable.OFF, MaxUnavailable.V1_35, MaxUnavailable.V1_37])
        self.story.append(f"maxUnavailable as in {rules.value}")
        mode = choose(["Immediate", "WaitForFirstConsumer"])
        self.cluster = empty_cluster(
            nodes=node_specs(zones=3, per_zone=1),
            max_unavailable=rules,
            classes=(storage_class("my-fast-storage", volumeBindingMode=mode),),
            volumes=ProvisionerSettings(attachable=choose([True, False]), zonal=choose([True, False])),
        )
        self.observer = ClusterObserver(self.cluster)
        self.cluster.storage.subscribe(self._on_watch_event)
        self._create()
        for _ in range(choose(range(1, 9))):
            self.story.append(self._random_step())
            self.observer.advance(choose(PAUSES))

    def _create(self) -> None:
        choose = self.choose
        policy, replicas = choose(["OrderedReady", "OrderedReady", "Parallel"]), choose(range(1, 5))
        self.ordered = policy != "Parallel"
        scaled, start, seconds = choose(["Retain", "Delete"]), choose([0, 3]), choose([0, 0, 10])
        self.story.append(f"{policy}, {replicas} from {start}, whenScaled {scaled}, minReadySeconds {seconds}")
        made = with_service(
            "web",
            "web:1",
            replicas,
            podManagementPolicy=policy,
            minReadySeconds=seconds,
            ordinals={"start": start},
            persistentVolumeClaimRetentionPolicy={"whenScaled": scaled, "whenDeleted": "Retain"},
        )
        self.cluster.apply(made)
        self.observer.advance(choose(PAUSES))

    def _random_step(self) -> str:
        choose, cluster = self.choose, self.cluster
        match choose(STEPS_OF_A_TRIAL):
            case "harm" if there := members(cluster):
                harm, name = choose(HARMS), choose(there)
                try:
                    harm(cluster, name)
                except ApiError as error:
                    return f"{harm.__name__} {name}: {error.reason}"
                return f"{harm.__name__} {name}"
            case "update":
                tag = choose("123")
                cluster.set_image(NAMESPACE, "web", f"web:{tag}")
                return f"image {tag}"
            case "fix template":
                present = stateful_set(cluster)["spec"]["template"]["metadata"].get("annotations") or {}
                cluster.edit_template(NAMESPACE, "web", annotations=dict.fromkeys(present))
                return "template fixed"
            case "strategy":
                strategy = choose(STRATEGIES)
                edit_spec(cluster, updateStrategy=strategy)
                return f"updated by {strategy}"
            case _:
                replicas = choose(range(6))
                cluster.scale(NAMESPACE, "web", replicas)
                return f"scaled to {replicas}"

    def _on_watch_event(self, event: WatchEvent) -> None:
        if event.resource is not PODS or is_foreign(self.cluster, event.object):
            return
        name = event.object["metadata"]["name"]
        if event.type == "ADDED":
            self.changes.append(f"{name} created")
        elif event.previous is not None and is_terminating(event.object) and not is_terminating(event.previous):
            self.changes.append(f"{name} deleted")

    def rest(self) -> SetView:
        self.changes.clear()
        self.observer.advance(REST)
        view = self.observer.view()
        assert view is not None
        return view

    def at_its_goal(self) -> bool:
        there = {name: pod for name, pod in pods(self.cluster).items() if not is_foreign(self.cluster, pod)}
        wanted, stateful = expected(self.cluster), stateful_set(self.cluster)
        if sorted(there) != sorted(wanted) or any(is_terminating(pod) for pod in there.values()):
            return False
        if not all(is_running_and_ready(there[name]) for name in wanted):
            return False
        strategy, update = stateful["spec"]["updateStrategy"], stateful["status"].get("updateRevision")
        if strategy["type"] == "OnDelete":
            return True
        partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
        return all(revision_of(there[name]) == update for name in wanted[partition:])

    def progressed(self) -> bool:
        """Whether the controller did anything since the last rest.

        With Parallel only updates count, as nothing else waits.
        """
        return any(self.ordered or deed.endswith("deleted") for deed in self.changes)

    def fix_named(self, head: Finding, named: set[str]) -> None:
        """Fix what the finding names, and nothing else."""
        self.story.append(f"{head.rule} of {sorted(named)} fixed")
        step = STEPS.get(head.rule)
        if step is not None:
            # Below the partition a pod comes back on the current revision: then it is deleted, not unblocked.
            instead = "delete-pod" if step == "unblock" else step
            offered = {one.action for one in head.remedies}
            follow(self.cluster, head, step if step in offered else instead)
            return
        faults = [cause for cause in causes(self.cluster) if cause.pods & named]
        assert faults, self.report(f"nothing is wrong with {named}")
        for cause in faults:
            cause.fix()

    def fix_others(self, blockers: set[str]) -> bool:
        """Fix all faults but those of the blockers; returns False if there are none."""
        found = causes(self.cluster)
        if any(cause.name == QUOTA and cause.pods & blockers for cause in found):
            return False  # every pod that is deleted frees quota
        others = [cause for cause in found if not cause.pods & blockers]
        for cause in others:
            cause.fix()
        self.story.append(f"fixed, except for {sorted(blockers)}: {', '.join(cause.name for cause in others)}")
        return bool(others)

    def report(self, what: str) -> str:
        view = self.observer.view()
        assert view is not None
        wrong = (f"wrong: {cause.name} {sorted(cause.pods)}" for cause in causes(self.cluster))
        return "\n".join([what, *self.story, str(view.wait), *_findings_text(view), *wrong])


def play(choose: Choose) -> None:
    trial = Trial(choose)
    for _ in range(MOST):
        view = trial.rest()
        if not _serious(view):
            assert trial.at_its_goal(), trial.report("no finding for a set that makes no progress")
            return
        head = _serious(view)[0]
        named = {f"web-{ordinal}" for ordinal in head.ordinals}
        if view.wait.severity >= Severity.AT_RISK and view.wait.ordinal is not None:
            blocker = f"web-{view.wait.ordinal}"
            assert blocker in named, trial.report(f"{blocker} is waited for, but the first finding is about {named}")
            # Of two surplus pods that wait for each other, either unblocks both.
            either = named if head.rule == "scale-down-deadlock" else {blocker}
            named = {blocker}
            if choose([True, True, False]) and trial.fix_others(either):
                after = trial.rest()
                assert not trial.progressed(), trial.report(f"progress without {blocker}: {trial.changes}")
                still = f"web-{after.wait.ordinal}" == blocker
                assert still or not trial.ordered, trial.report(f"{blocker} is no longer waited for")
                if not still:
                    continue
                head = _serious(after)[0]
        trial.fix_named(head, named)
    raise AssertionError(trial.report("the goal is never reached"))


def _serious(view: SetView) -> list[Finding]:
    return [found for found in view.findings if found.level >= Level.WARNING]


def _findings_text(view: SetView) -> Iterator[str]:
    for found in view.findings:
        yield f"{found.level.name} {found.rule} {found.ordinals}: {found.headline}"
        yield from (f"  {below.level.name} {below.rule} {below.ordinals}" for below in found.below)


@examples(8)
@given(st.data())
def test_the_named_ordinal_blocks_the_set_and_others_do_not(data: st.DataObject) -> None:
    play(lambda options: data.draw(st.sampled_from(list(options))))
