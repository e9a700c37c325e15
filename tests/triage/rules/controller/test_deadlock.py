"""Rules about deadlocked rollouts."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.action_id import ActionId
from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Level
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet, UpdateStrategy
from stsview.triage.rules.controller.deadlock import (
    kept_by_partition,
    max_unavailable_deadlock,
    ordered_start_deadlock,
    revision_deadlock,
)
from tests.support.model.build import (
    OLD,
    around,
    at,
    claim,
    crashing,
    node,
    pod,
    rolling,
    starting,
    stateful_set,
    terminating,
    waiting,
)
from tests.support.triage.judge import found, judged
from tests.support.triage.pods import unscheduled

BROKEN = "web-broken"


def unpullable(ordinal: int, revision: str = BROKEN) -> Pod:
    image = waiting("ImagePullBackOff", "not found")
    return pod(ordinal, revision=revision, phase="Pending", ready="False", ready_since=20, containers=[image])


def test_a_broken_outdated_pod_must_be_deleted() -> None:
    objects = around(stateful_set(3), [pod(0), pod(1), unpullable(2)])
    (finding,) = found(revision_deadlock, objects)
    assert finding.headline == "web-2: blocks its own update: delete the pod to move it to new"
    assert (finding.level, finding.certainty, finding.ordinals) == (Level.ERROR, Certainty.CERTAIN, (2,))
    assert (finding.object.name, finding.object.uid, finding.since) == ("web-2", "web-2-uid", at(20))
    assert [(one.object, one.field, one.value) for one in finding.evidence] == [
        ("Pod web-2", "metadata.labels.controller-revision-hash", BROKEN),
        ("StatefulSet web", "status.updateRevision", "web-new"),
        ("Pod web-2", "status.conditions[Ready]", "False"),
        ("StatefulSet web", "spec.podManagementPolicy", "OrderedReady"),
    ]
    assert [(one.text, one.danger, one.action, one.command) for one in finding.remedies] == [
        (
            "delete web-2: the controller recreates it on new",
            Danger.DISRUPTIVE,
            "unblock",
            "kubectl -n default delete pod web-2",
        )
    ]
    assert finding.so == "web-2 stays on broken: a rollback alone does not help"
    assert judged(objects).why.headline == finding.headline


def test_the_lowest_of_several_broken_pods_is_deleted_first() -> None:
    objects = around(stateful_set(4), [pod(0), unpullable(1), starting(2, started=50), unpullable(3)])
    (finding,) = found(revision_deadlock, objects)
    assert finding.headline.startswith("web-1: blocks its own update")
    assert finding.ordinals == (1, 3)
    assert finding.next == "delete web-1: the controller recreates it on new, then check web-3"


def test_a_lower_pod_in_progress_is_waited_for_first() -> None:
    objects = around(stateful_set(3), [pod(0), starting(1, started=50), unpullable(2)])
    (finding,) = found(revision_deadlock, objects)
    assert finding.next == "wait until web-1 is Ready"
    assert finding.remedies[0].danger is Danger.READ_ONLY


def test_without_rolling_update_the_lowest_pods_keep_their_revision() -> None:
    legacy = stateful_set(3, current=OLD, strategy=UpdateStrategy())
    low, high = crashing(1, revision=OLD), crashing(2, revision=OLD)
    assert found(revision_deadlock, around(legacy, [pod(0, revision=OLD), low, pod(2, revision=OLD)])) == ()
    (finding,) = found(revision_deadlock, around(legacy, [pod(0, revision=OLD), pod(1, revision=OLD), high]))
    assert finding.headline == "web-2: blocks its own update: delete the pod to move it to new"


@pytest.mark.parametrize(
    ("stateful", "held"),
    [
        (stateful_set(3), crashing(2)),
        (stateful_set(3), starting(2, started=50, revision=BROKEN)),
        (stateful_set(3), terminating(2, asked=50, revision=BROKEN)),
        (stateful_set(3), pod(2, revision=BROKEN, phase="Failed")),
        (stateful_set(3, policy="Parallel"), unpullable(2)),
        (stateful_set(3, strategy=UpdateStrategy(type="OnDelete")), unpullable(2)),
        (stateful_set(3, generation=2), unpullable(2)),
        (stateful_set(3, deletion_timestamp=at(30)), unpullable(2)),
        (stateful_set(3, current=OLD, strategy=rolling(partition=3)), unpullable(2, OLD)),
    ],
    ids=["at update", "starting", "ending", "ended", "parallel", "by hand", "unobserved", "deleting", "partition"],
)
def test_pods_that_recover_or_gain_nothing_are_no_deadlock(stateful: StatefulSet, held: Pod) -> None:
    assert found(revision_deadlock, around(stateful, [pod(0), pod(1), held])) == ()


@pytest.mark.parametrize(
    ("reasons", "helps"),
    [
        ("3 Insufficient cpu", True),
        ("1 node(s) had untolerated taint {a: b}, 2 node(s) didn't match Pod's node affinity/selector", True),
        ("3 node(s) were unschedulable", False),
        ("1 node(s) had untolerated taint {a: b}, 2 node(s) didn't match PersistentVolume's node affinity", False),
        ("pod has unbound immediate PersistentVolumeClaims", False),
    ],
)
def test_another_template_helps_if_this_one_requests_too_much(reasons: str, helps: bool) -> None:
    held = unscheduled(2, f"0/3 nodes are available: {reasons}.", revision=BROKEN)
    assert bool(found(revision_deadlock, around(stateful_set(3), [pod(0), pod(1), held]), 300)) is helps


@pytest.mark.parametrize("lost", [node(ready="Unknown"), node(ready="False")])
def test_a_lost_node_is_no_revision_deadlock(lost: Node) -> None:
    held = pod(1, revision=BROKEN, ready="False")
    objects = around(stateful_set(2), [pod(0, node="node-2"), held], nodes={"node-1": lost, "node-2": node("node-2")})
    assert found(revision_deadlock, objects, 10_000) == ()


def test_a_lower_broken_pod_without_deadlock_comes_first() -> None:
    objects = around(stateful_set(3), [pod(0), crashing(1), unpullable(2)])
    assert found(revision_deadlock, objects) == ()


def test_the_partition_keeps_a_broken_pod_on_its_revision() -> None:
    objects = around(
        stateful_set(3, current=OLD, strategy=rolling(partition=2)), [pod(0, revision=OLD), unpullable(1, OLD), pod(2)]
    )
    (finding,) = found(kept_by_partition, objects)
    assert finding.headline == ("web-1: partition 2 keeps the pod on broken revision old: image web:1 cannot be pulled")
    assert [(one.text, one.danger, one.action) for one in finding.remedies] == [
        ("fix the cause without deleting web-1: a new pod gets the same revision", Danger.READ_ONLY, None),
        (
            "lower the partition to 1, then delete web-1: web-1 and all pods above it move to new",
            Danger.DISRUPTIVE,
            None,
        ),
    ]
    assert '"partition":1' in finding.remedies[1].command
    assert found(revision_deadlock, objects) == ()


def test_without_rolling_update_an_unscheduled_pod_keeps_its_revision() -> None:
    legacy = stateful_set(2, current=OLD, strategy=UpdateStrategy())
    objects = around(legacy, [unscheduled(0, "0/1 nodes are available: 1 Insufficient cpu.", revision=OLD)])
    assert found(revision_deadlock, objects) == ()
    (finding,) = found(kept_by_partition, objects)
    assert finding.headline == (
        "web-0: if deleted, it is recreated on broken revision old: "
        "unschedulable: 0/1 nodes are available: 1 Insufficient cpu."
    )
    assert finding.remedies[1].text == (
        "set partition 0 in the update strategy, then delete web-0: web-0 and all pods above it move to new"
    )
    assert (finding.evidence[0].field, finding.evidence[0].value) == (
        "spec.updateStrategy.rollingUpdate.partition",
        "absent",
    )


@pytest.mark.parametrize("held", [pod(1, revision=OLD), starting(1, started=50, revision=OLD), crashing(1)])
def test_a_partition_that_keeps_nothing_broken_is_deliberate(held: Pod) -> None:
    objects = around(stateful_set(3, current=OLD, strategy=rolling(partition=2)), [pod(0, revision=OLD), held, pod(2)])
    assert found(kept_by_partition, objects) == ()


def test_broken_pods_exhaust_max_unavailable() -> None:
    pods = [pod(0, revision=OLD), crashing(1, revision=OLD)]
    stateful = stateful_set(2, current=OLD, policy="Parallel", strategy=rolling(max_unavailable=1))
    (finding,) = found(max_unavailable_deadlock, around(stateful, pods), 100, first_seen=60)
    assert finding.headline == (
        "web-1: blocks the update: broken and counted against maxUnavailable 1; delete the pod to move to new"
    )
    assert (finding.certainty, finding.so) == (Certainty.LIKELY, "web-0 is not replaced until then")
    assert finding.remedies[0].command == "kubectl -n default delete pod web-1"
    assert found(max_unavailable_deadlock, around(stateful, pods), 80, first_seen=60) == ()


@pytest.mark.parametrize(
    ("budget", "policy", "held"),
    [
        (None, "Parallel", crashing(1, revision=OLD)),
        (2, "Parallel", crashing(1, revision=OLD)),
        (1, "OrderedReady", crashing(1, revision=OLD)),
        (1, "Parallel", crashing(1)),
        (1, "Parallel", terminating(1, asked=90, revision=OLD)),
    ],
)
def test_a_budget_not_exhausted_by_outdated_pods_is_no_deadlock(budget: int | None, policy: str, held: Pod) -> None:
    stateful = stateful_set(2, current=OLD, policy=policy, strategy=rolling(max_unavailable=budget))
    objects = around(stateful, [pod(0, revision=OLD), held])
    assert found(max_unavailable_deadlock, objects, 100, first_seen=60) == ()


def test_a_pod_that_uses_up_max_unavailable_is_not_waited_for() -> None:
    stateful = stateful_set(1, current=OLD, policy="Parallel", strategy=rolling(max_unavailable=1))
    view = judged(around(stateful, [crashing(0, revision=OLD)]), 100, first_seen=60)
    (finding,) = view.findings
    texts = [remedy.text for one in (finding, *finding.below) for remedy in one.remedies]
    assert "delete web-0: the controller recreates it on new" in texts
    assert not any(text.startswith("wait") for text in texts)
    assert view.wait.so == ""
    assert view.wait.next == "view the logs of its previous run; delete web-0 if the update does not replace it"


def outage(first: Pod, **more: Any) -> SetObjects:
    """A set of three of which only the first pod exists, after all had been running."""
    claims = [claim(f"data-web-{ordinal}") for ordinal in range(3)]
    return around(stateful_set(3, **more), [first], claims=claims)


def test_the_first_member_may_wait_for_members_that_are_not_created() -> None:
    (finding,) = found(ordered_start_deadlock, outage(crashing(0)), 100)
    assert finding.headline == "web-1 and web-2: not created before web-0 is Ready, which may wait for them"
    assert (finding.level, finding.certainty, finding.ordinals) == (Level.WARNING, Certainty.LIKELY, (1, 2))
    assert "podManagementPolicy Parallel" in finding.remedies[-1].text
    rules = [one.rule for one in judged(outage(crashing(0)), 100).findings]
    assert rules == ["crash-loop", ordered_start_deadlock.id]


@pytest.mark.parametrize(
    "objects",
    [
        outage(pod(0)),
        outage(crashing(0), policy="Parallel"),
        outage(unpullable(0)),
        around(stateful_set(3), [crashing(0)], claims=[claim("data-web-0")]),
        around(stateful_set(3), [crashing(0), pod(1)], claims=[claim("data-web-2")]),
    ],
    ids=["ready", "parallel", "image", "first start", "another member"],
)
def test_a_first_member_that_waits_for_no_other(objects: SetObjects) -> None:
    assert not found(ordered_start_deadlock, objects, 100)


@pytest.mark.parametrize(("partition", "action"), [(0, ActionId.UNBLOCK), (2, ActionId.DELETE_POD)])
def test_a_pod_that_comes_back_on_the_current_revision_is_deleted_not_unblocked(
    partition: int, action: ActionId
) -> None:
    """Its image is that of a third revision; below the partition the controller recreates it on the current one."""
    stateful = stateful_set(3, current=OLD, strategy=rolling(partition))
    held = unpullable(1)
    view = judged(around(stateful, [pod(0, revision=OLD), held, pod(2)]), 400)
    offered = {
        remedy.action
        for one in view.findings
        for finding in (one, *one.below)
        for remedy in finding.remedies
        if remedy.text.startswith("delete web-1: the controller recreates it")
    }
    assert offered == {action}
