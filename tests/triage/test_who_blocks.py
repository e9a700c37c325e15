"""Whatever became of a set: the ordinal that is named is the one that holds it up, and what is not named needs nobody.

Hypothesis plays operators and bad luck, and then leaves the set alone until nothing moves any more. What is said then
is taken at its word: others are put right, which must not help; then the one that is named, which must.
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
from tests.support.simulator.box import NAMESPACE, edit_spec, empty_cluster, pods, stateful_set
from tests.support.triage.examples import examples
from tests.support.triage.faults import HARMS, QUOTA, causes, expected, is_foreign, members
from tests.support.triage.following import follow
from tests.support.triage.onlooker import Onlooker

REST = 1300.0
"""Seconds after which nothing goes on by itself any more: the controller pauses for 1000 at most."""

THEN = (0.0, 0.4, 3.0, 60.0, 400.0)
"""Seconds until the next thing happens."""

MOST = 15
"""Things that are put right, one after the other, before it counts as a failure."""

STEPS = {
    "revision-deadlock": "unblock",
    "max-unavailable-deadlock": "delete-pod",
    "scale-down-deadlock": "delete-pod",
    "not-created": "reconcile",
    "missed-after-scale-up": "reconcile",
    "stale-claim": "reconcile",
    "controller-stuck": "reconcile",
    "pod-not-adopted": "reconcile",
}
"""Actions that free a set where there is nothing to be put right outside."""

DEEDS = ("harm", "harm", "harm", "harm", "scale", "update", "mend template", "strategy")

STRATEGIES: tuple[dict[str, Any], ...] = (
    {"type": "OnDelete"},
    {"type": "RollingUpdate"},
    *({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}} for partition in (0, 1, 2)),
    *({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}} for most in (1, 2, "50%")),
)

Choose = Callable[[Sequence[Any]], Any]


class RuleInput:
    """One set, what befell it, and what is said of it."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.story: list[str] = []
        self.deeds: list[str] = []
        """What was done with the set's pods: `web-1 made`, `web-2 deleted`."""
        rules = choose([MaxUnavailable.OFF, MaxUnavailable.OFF, MaxUnavailable.V1_35, MaxUnavailable.V1_37])
        self.story.append(f"maxUnavailable as in {rules.value}")
        mode = choose(["Immediate", "WaitForFirstConsumer"])
        self.cluster = empty_cluster(
            nodes=node_specs(zones=3, per_zone=1),
            max_unavailable=rules,
            classes=(storage_class("my-fast-storage", volumeBindingMode=mode),),
            volumes=ProvisionerSettings(attachable=choose([True, False]), zonal=choose([True, False])),
        )
        self.onlooker = Onlooker(self.cluster)
        self.cluster.storage.subscribe(self._hear)
        self._begin()
        for _ in range(choose(range(1, 9))):
            self.story.append(self._something())
            self.onlooker.pass_by(choose(THEN))

    def _begin(self) -> None:
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
        self.onlooker.pass_by(choose(THEN))

    def _something(self) -> str:
        choose, cluster = self.choose, self.cluster
        match choose(DEEDS):
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
            case "mend template":
                told = stateful_set(cluster)["spec"]["template"]["metadata"].get("annotations") or {}
                cluster.edit_template(NAMESPACE, "web", annotations=dict.fromkeys(told))
                return "template mended"
            case "strategy":
                strategy = choose(STRATEGIES)
                edit_spec(cluster, updateStrategy=strategy)
                return f"updated by {strategy}"
            case _:
                replicas = choose(range(6))
                cluster.scale(NAMESPACE, "web", replicas)
                return f"scaled to {replicas}"

    def _hear(self, event: WatchEvent) -> None:
        if event.resource is not PODS or is_foreign(self.cluster, event.object):
            return
        name = event.object["metadata"]["name"]
        if event.type == "ADDED":
            self.deeds.append(f"{name} made")
        elif event.previous is not None and is_terminating(event.object) and not is_terminating(event.previous):
            self.deeds.append(f"{name} deleted")

    def rest(self) -> SetView:
        self.deeds.clear()
        self.onlooker.pass_by(REST)
        view = self.onlooker.view()
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

    def went_on(self) -> bool:
        """Whether the controller did anything since the last rest; in parallel, what it updates: the rest waits for
        nothing."""
        return any(self.ordered or deed.endswith("deleted") for deed in self.deeds)

    def put_right(self, head: Finding, named: set[str]) -> None:
        """What the finding says, and no more."""
        self.story.append(f"{head.rule} of {sorted(named)} put right")
        step = STEPS.get(head.rule)
        if step is not None:
            follow(self.cluster, head, step)
            return
        mending = [cause for cause in causes(self.cluster) if cause.pods & named]
        assert mending, self.told(f"nothing is wrong with {named}")
        for cause in mending:
            cause.mend()

    def put_others_right(self, blockers: set[str]) -> bool:
        """All but what the blockers suffer from; False where there is nothing."""
        found = causes(self.cluster)
        if any(cause.what == QUOTA and cause.pods & blockers for cause in found):
            return False  # each that goes makes room
        others = [cause for cause in found if not cause.pods & blockers]
        for cause in others:
            cause.mend()
        self.story.append(f"put right, but not {sorted(blockers)}: {', '.join(cause.what for cause in others)}")
        return bool(others)

    def told(self, what: str) -> str:
        view = self.onlooker.view()
        assert view is not None
        wrong = (f"wrong: {cause.what} {sorted(cause.pods)}" for cause in causes(self.cluster))
        return "\n".join([what, *self.story, str(view.wait), *_said(view), *wrong])


def play(choose: Choose) -> None:
    case = RuleInput(choose)
    for _ in range(MOST):
        view = case.rest()
        if not _grave(view):
            assert case.at_its_goal(), case.told("nothing is said of a set that does not go on")
            return
        head = _grave(view)[0]
        named = {f"web-{ordinal}" for ordinal in head.ordinals}
        if view.wait.severity >= Severity.AT_RISK and view.wait.ordinal is not None:
            blocker = f"web-{view.wait.ordinal}"
            assert blocker in named, case.told(f"{blocker} is waited for, and the first finding is about {named}")
            # Of two that are to go and wait for each other, either frees both.
            either = named if head.rule == "scale-down-deadlock" else {blocker}
            named = {blocker}
            if choose([True, True, False]) and case.put_others_right(either):
                after = case.rest()
                assert not case.went_on(), case.told(f"it goes on without {blocker}: {case.deeds}")
                still = f"web-{after.wait.ordinal}" == blocker
                assert still or not case.ordered, case.told(f"{blocker} is no longer waited for")
                if not still:
                    continue
                head = _grave(after)[0]
        case.put_right(head, named)
    raise AssertionError(case.told("it never gets to its goal"))


def _grave(view: SetView) -> list[Finding]:
    return [found for found in view.findings if found.level >= Level.WARNING]


def _said(view: SetView) -> Iterator[str]:
    for found in view.findings:
        yield f"{found.level.name} {found.rule} {found.ordinals}: {found.headline}"
        yield from (f"  {below.level.name} {below.rule} {below.ordinals}" for below in found.below)


@examples(8)
@given(st.data())
def test_the_named_ordinal_blocks_the_set_and_others_do_not(data: st.DataObject) -> None:
    play(lambda options: data.draw(st.sampled_from(list(options))))
