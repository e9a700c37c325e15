"""Rules about missing ordinals and failed pods."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.finding import Danger, Level
from stsview.model.views import Place, Severity
from stsview.objects.kinds import EVENTS, PODS
from stsview.objects.meta import ObjectMeta
from stsview.objects.pod import Pod
from stsview.triage.rules.controller.missing import name_taken, not_created, pod_failed, pod_not_adopted
from tests.support.model.build import (
    around,
    at,
    claim,
    crashing,
    death,
    ended,
    node,
    owned_by,
    pod,
    stateful_set,
    terminating,
    without,
)
from tests.support.triage.judge import found, judged


def test_an_unexplained_missing_ordinal_proposes_a_reconcile() -> None:
    objects = around(stateful_set(3, status={"replicas": 1}), [pod(0)])
    (finding,) = found(not_created, objects, 80, first_seen=40)
    assert finding.headline == "web-1: not created, reason unknown"
    assert (finding.level, finding.since, finding.ordinals) == (Level.ERROR, at(40), (1,))
    assert finding.so == "web-2 is not created until web-1 is Ready"
    assert [(one.object, one.value) for one in finding.evidence] == [
        ("Pod web-1", "absent"),
        ("StatefulSet web", "1"),
        ("StatefulSet web", "absent"),
    ]
    get, reconcile = finding.remedies
    assert (get.danger, get.command) == (Danger.READ_ONLY, "kubectl -n default get pod web-1 -o yaml")
    assert (reconcile.danger, reconcile.action) == (Danger.REVERSIBLE, "reconcile")
    assert reconcile.command == (
        "kubectl -n default annotate statefulset web --overwrite stsview.io/nudge=2026-03-01T12:00:40Z"
    )
    assert [finding.rule for finding in judged(objects, 80, first_seen=40).findings] == ["not-created"]


def test_events_that_cannot_be_read_are_unknown_and_not_absent() -> None:
    objects = around(stateful_set(2), [pod(0)], coverage=without(EVENTS))
    (finding,) = found(not_created, objects, 80, first_seen=40)
    assert finding.evidence[-1].value == "unknown: you may not list events"


@pytest.mark.parametrize(
    ("stateful", "pods", "more"),
    [
        (stateful_set(2), [pod(0), pod(1)], {}),
        (stateful_set(3), [pod(0), crashing(1)], {}),
        (stateful_set(2, deletion_timestamp=at(30), finalizers=("foregroundDeletion",)), [pod(0)], {}),
        (stateful_set(2), [pod(0)], {"coverage": without(PODS)}),
        (stateful_set(2), [pod(0)], {"claims": [claim("data-web-0"), claim("data-web-1", deletion_timestamp=at(50))]}),
    ],
    ids=["all there", "waits for a lower one", "set is being deleted", "pods unknown", "claim is going"],
)
def test_ordinals_that_are_not_due_or_explained_have_no_finding(stateful: Any, pods: Any, more: Any) -> None:
    assert found(not_created, around(stateful, pods, **more), 80, first_seen=40) == ()


def test_an_ordinal_that_is_due_only_now_has_no_finding() -> None:
    assert found(not_created, around(stateful_set(2), [pod(0)]), 65, first_seen=40) == ()


def test_with_parallel_all_missing_ordinals_share_a_finding() -> None:
    (finding,) = found(not_created, around(stateful_set(3, policy="Parallel"), [crashing(1)]), 80, first_seen=40)
    assert finding.headline == "web-0 and web-2: not created, reason unknown"


def test_a_taken_name_is_reported_with_the_pods_owner() -> None:
    job = pod(1, owners=owned_by("job", "Job", "one-off"))
    (finding,) = found(name_taken, around(stateful_set(2), [pod(0), job]))
    assert finding.headline == "web-1: name is taken by a pod of Job one-off"
    assert finding.ordinals == (1,)
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.DISRUPTIVE]
    assert ("metadata.ownerReferences", "Job one-off job") in [(one.field, one.value) for one in finding.evidence]


def test_lost_labels_can_be_restored() -> None:
    released = pod(1, owners=(), labels={"app": "other"})
    (finding,) = found(name_taken, around(stateful_set(2), [pod(0), released]))
    assert finding.headline == "web-1: name is taken by a pod without an owner"
    assert finding.remedies[1].danger is Danger.REVERSIBLE
    assert finding.remedies[1].command == "kubectl -n default label pod web-1 --overwrite app=web"


def test_a_pod_of_an_earlier_set_blocks_the_name_after_a_moment() -> None:
    former = around(stateful_set(1), [pod(0, owners=owned_by("uid-of-the-set-before"))])
    assert found(name_taken, former, 60, first_seen=50) == ()
    assert len(found(name_taken, former, 90, first_seen=50)) == 1
    ending = around(stateful_set(1), [terminating(0, asked=50, owners=owned_by("uid-of-the-set-before"))])
    assert found(name_taken, ending, 60) == ()
    (finding,) = found(name_taken, ending, 200)
    assert finding.headline.endswith("the former StatefulSet web (another uid), which is stuck Terminating")


def test_a_pod_that_is_not_adopted() -> None:
    orphan = around(stateful_set(1), [pod(0, owners=())])
    assert found(pod_not_adopted, orphan, 60, first_seen=50) == ()
    (finding,) = found(pod_not_adopted, orphan, 90, first_seen=50)
    assert finding.headline == "web-0: exists without an owner, and the controller does not adopt it"
    assert finding.remedies[0].action == "reconcile"
    assert found(name_taken, orphan, 90, first_seen=50) == ()


def evicted(ordinal: int, **more: Any) -> Any:
    status = {"reason": "Evicted", "message": "The node was low on resource: memory."}
    return pod(ordinal, phase="Failed", ready="False", ready_since=50, status=status, **more)


def test_a_failed_pod_is_recreated_by_the_controller() -> None:
    (finding,) = found(pod_failed, around(stateful_set(2), [pod(0), evicted(1)]))
    assert finding.headline == "web-1: Evicted: The node was low on resource: memory."
    assert [one.value for one in finding.evidence] == ["Failed", "Evicted", "The node was low on resource: memory."]
    assert [(one.text, one.danger) for one in finding.remedies] == [
        ("wait: the controller recreates web-1", Danger.READ_ONLY)
    ]


def test_a_reconcile_is_proposed_if_the_controller_does_not_recreate_it() -> None:
    objects = around(stateful_set(2), [pod(0), evicted(1)])
    (finding,) = found(pod_failed, objects, 100, first_seen=60)
    assert finding.remedies[0].action == "reconcile"


def test_with_ordered_ready_a_failed_pod_waits_for_its_turn() -> None:
    objects = around(stateful_set(2), [crashing(0), evicted(1)])
    (finding,) = found(pod_failed, objects, 100, first_seen=60)
    assert finding.remedies[0].text == "wait: the controller recreates web-1 when its turn comes"


def test_a_failed_pod_that_is_being_deleted_has_no_finding() -> None:
    ending = terminating(1, asked=55, phase="Succeeded", ready="False")
    assert found(pod_failed, around(stateful_set(2), [pod(0), ending])) == ()


def looked_up(found_there: Any) -> dict[str, Any]:
    """The result of looking up the name web-1; None: there is no such pod."""
    return {"named_pods": {"web-1": found_there or Pod(metadata=ObjectMeta(name="web-1", namespace="default"))}}


def test_a_pod_outside_the_watch_is_found_by_its_name() -> None:
    stranger = pod(1, owners=owned_by("rs", "ReplicaSet", "web-1"), labels={"app": "other"})
    view = judged(around(stateful_set(2), [pod(0)], **looked_up(stranger)), 80, first_seen=40)
    assert [finding.headline for finding in view.findings] == ["web-1: name is taken by a pod of ReplicaSet web-1"]
    assert view.sought == ("web-1",), "no watch reports when the pod is deleted"
    assert [row.place for row in view.ordinals] == [Place.EXPECTED, Place.EXPECTED, Place.FOREIGN]


def test_a_name_known_to_be_free_is_not_looked_up() -> None:
    objects = around(stateful_set(2), [pod(0)], **looked_up(None))
    (finding,) = found(not_created, objects, 80, first_seen=40)
    assert finding.remedies[0].action == "reconcile"
    assert judged(objects, 80, first_seen=40).sought == ("web-1",)


@pytest.mark.parametrize(
    ("objects", "now"),
    [
        (around(stateful_set(2), [pod(0)]), 65),
        (around(stateful_set(2), [pod(0), pod(1)], **looked_up(pod(1))), 80),
        (around(stateful_set(2), [pod(0)], coverage=without(PODS), **looked_up(pod(1))), 80),
        (around(stateful_set(2), [pod(0), pod(1, owners=owned_by("x", "Job", "j"))]), 80),
    ],
    ids=["only just due", "on the watch again", "pods unknown", "the stranger is on the watch"],
)
def test_names_are_looked_up_only_if_nothing_else_explains_the_gap(objects: Any, now: float) -> None:
    assert judged(objects, now, first_seen=40).sought == ()


def test_the_watch_takes_precedence_over_an_earlier_lookup() -> None:
    stale = pod(1, owners=owned_by("rs", "ReplicaSet", "web-1"))
    view = judged(around(stateful_set(2), [pod(0), pod(1)], **looked_up(stale)))
    assert (view.severity, view.findings) == (Severity.HEALTHY, ())


def test_a_pod_that_completed_long_ago_is_deleted() -> None:
    """Older controllers replace only pods that failed."""
    ends = ended(death(0, "Completed", finished=50))
    objects = around(stateful_set(2), [pod(0), pod(1, phase="Succeeded", ready="False", containers=[ends])])
    (finding,) = found(pod_failed, objects, 100, first_seen=95)
    assert finding.remedies[0].text == "wait: the controller recreates web-1"
    (finding,) = found(pod_failed, objects, 700, first_seen=695)
    assert [(one.action, one.pod) for one in finding.remedies] == [("delete-pod", "web-1")]
    assert judged(objects, 700).wait.next.startswith("delete web-1")


def test_a_pod_of_a_former_set_that_is_stuck_on_a_dead_node() -> None:
    former = terminating(1, asked=0, owners=owned_by("former-uid"), node="node-2")
    nodes = {"node-1": node("node-1"), "node-2": node("node-2", "Unknown")}
    (finding,) = found(name_taken, around(stateful_set(2), [pod(0), former], nodes=nodes), 300, first_seen=0)
    assert finding.headline == (
        "web-1: name is taken by a pod of the former StatefulSet web (another uid), which is stuck Terminating: "
        "node node-2 is unreachable"
    )
    assert [one.danger for one in finding.remedies] == [0, 1, 3, 3, 3]
    last = finding.remedies[-1]
    assert (last.action, last.pod) == ("force-delete", "web-1")
    assert not any(one.command == "kubectl -n default delete pod web-1" for one in finding.remedies)


def test_a_set_of_another_api_group_is_not_a_former_one() -> None:
    owner = replace(owned_by("kruise")[0], api_version="apps.kruise.io/v1beta1")
    other = terminating(1, asked=0, owners=(owner,), node="node-2")
    nodes = {"node-1": node("node-1"), "node-2": node("node-2", "Unknown")}
    (finding,) = found(name_taken, around(stateful_set(2), [pod(0), other], nodes=nodes), 300, first_seen=0)
    assert finding.headline.startswith("web-1: name is taken by a pod of StatefulSet web, which is stuck")
    assert not any(one.action for one in finding.remedies)
