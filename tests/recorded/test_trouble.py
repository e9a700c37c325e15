"""Histories with failures: what the views show during the failure, and how soon."""

from __future__ import annotations

import pytest

from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import Severity, Suspicion, WaitReason
from tests.recorded.conftest import Play
from tests.support.recorded.player import History, play

GOOD = "zookeeper-6f4ddbdbb6"


def stuck(history: History, start: float = 0.0, end: float = float("inf")) -> set[str]:
    """The headlines of all moments at which the set was stuck."""
    return {m.set.why.headline for m in history.between(start, end) if m.set.severity is Severity.STUCK}


def test_an_image_that_cannot_be_pulled_stops_the_rollout(history: Play) -> None:
    played = history("broken-rollout-deadlock")
    broken = played.first(lambda view: view.severity is Severity.STUCK)
    view = broken.set
    assert 14 < broken.t < 15
    assert [row.state.label for row in view.ordinals] == ["Ready", "Ready", "ImagePullBackOff"]
    assert (view.wait.reason, view.wait.ordinal) == (WaitReason.PENDING, 2)
    assert (view.wait.headline, view.wait.detail) == ("waits for zookeeper-2", "image zookeeper:3.8.1 cannot be pulled")
    assert view.wait.so == "zookeeper-1 and zookeeper-0 stay on 6f4ddbdbb6 until zookeeper-2 is Ready"
    assert view.wait.next == (
        "check image and registry; roll back to 6f4ddbdbb6 and delete zookeeper-2: a rollback alone does not help"
    )
    assert view.ordinals[2].state.detail == 'Back-off pulling image "zookeeper:3.8.1": not found'
    assert (view.rollout.updated, view.rollout.active, view.rollout.manager) == (0, True, "kubectl-patch")
    assert [row.next for row in view.ordinals] == [False, True, False]
    assert view.ordinals[2].dns.status == "not ready"
    assert (view.ready, view.severity_since) == (2, view.ordinals[2].state.since)


def test_a_rollback_alone_does_not_unblock_it(history: Play) -> None:
    played = history("broken-rollout-deadlock")
    undo = played.command("kubectl rollout undo")
    view = played.at(undo + 10).set
    assert view.rollout.current == view.rollout.update == GOOD
    assert (view.severity, view.rollout.active, view.rollout.updated) == (Severity.STUCK, True, 2)
    assert [row.at_update for row in view.ordinals] == [True, True, False]
    assert view.wait.next == "delete zookeeper-2 to move it to 6f4ddbdbb6: a rollback alone does not help"
    assert (view.rollout.manager, view.rollout.since) == ("", None), "an undo that only removes leaves no trace"
    assert not any(row.next for row in view.ordinals)


def test_deleting_the_broken_pod_unblocks_the_set(history: Play) -> None:
    played = history("broken-rollout-deadlock")
    deletion = played.command("kubectl delete pod zookeeper-2")
    assert stuck(played, deletion - 2.4) == set()
    assert played.between(0)[-1].set.severity is Severity.HEALTHY


def test_a_crash_loop_shows_exit_code_and_restarts(history: Play) -> None:
    played = history("crash-loop")
    assert stuck(played) == {"waits for zookeeper-1"}
    view = played.at(40).set
    assert (view.ordinals[1].state.label, view.ordinals[1].restarts) == ("CrashLoopBackOff", 1)
    assert view.wait.detail == "CrashLoopBackOff, exit 1, 1 restart"
    assert view.wait.so == "zookeeper-0 stays on 6f4ddbdbb6 until zookeeper-1 is Ready"
    undone = played.at(58).set
    assert undone.wait.next == "delete zookeeper-1 to move it to 6f4ddbdbb6: a rollback alone does not help"
    assert undone.wait.so == "zookeeper-2 stays on 786f849798 until zookeeper-1 is Ready"


def test_a_crash_loop_keeps_its_start_time(history: Play) -> None:
    moments = [m for m in history("crash-loop").between(0) if m.set.severity is Severity.STUCK]
    assert len({m.set.severity_since for m in moments}) == 1


def test_an_unschedulable_pod(history: Play) -> None:
    played = history("unschedulable")
    view = played.at(8).set
    assert (view.severity, view.ordinals[1].state.label) == (Severity.STUCK, "Unschedulable")
    assert view.wait.detail == "unschedulable: 0/3 nodes are available: 3 Insufficient cpu."
    assert view.wait.next == "it starts once a node accepts it"
    assert stuck(played, 11.4) == set()


def test_a_quota_leaves_an_ordinal_missing(history: Play) -> None:
    played = history("quota")
    view = played.at(18).set
    assert (view.wait.headline, view.wait.detail) == ("waits for zookeeper-2", "about to be created")
    assert [row.state.label for row in view.ordinals] == ["Ready", "Ready", "missing"]
    assert view.ordinals[2].claims[0].status == "Bound"


def test_a_lasting_quota_refusal_is_named(history: Play) -> None:
    played = history("quota")
    began = played.first(lambda view: view.severity is Severity.STUCK)
    wait = began.set.wait
    assert began.cause == "time"
    assert (wait.reason, wait.headline) == (WaitReason.MISSING, "zookeeper-2 is not created")
    assert wait.detail == "creation refused: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"
    assert wait.since is not None
    assert (began.now - wait.since).total_seconds() == ModelSettings().refused_grace
    assert "any write to the set" in wait.next
    assert stuck(played, 20.1) == set()
    assert played.between(0)[-1].set.severity is Severity.HEALTHY


def test_an_unconfirmed_termination_is_normal_within_its_slack(history: Play) -> None:
    played = history("stuck-terminating")
    deleted = played.command("kubectl delete pod zookeeper-1 --wait=false")
    state = played.at(deleted).set.ordinals[1].state
    assert (state.label, state.health) == ("Terminating", Health.TERMINATING)
    assert state.until is not None
    assert played.at(deleted + 10).set.ordinals[1].state.until is None, "past its deadline nothing is promised"
    assert stuck(played) == set()


def test_an_unconfirmed_termination_becomes_stuck_by_time_alone() -> None:
    played = play("stuck-terminating", ModelSettings(termination_slack=3))
    began = played.first(lambda view: view.severity is Severity.STUCK)
    assert began.cause == "time"
    assert began.set.wait.headline == "zookeeper-1 stuck Terminating"
    assert began.set.wait.detail == "node fake-node-2 is Ready, but its kubelet has not stopped the containers"
    assert began.set.ready == 2, "the controller's own counter still says 3"
    forced = played.command("kubectl delete pod zookeeper-1 --grace-period=0")
    assert stuck(played, forced) == set()


def test_a_finalizer_is_named_and_survives_force() -> None:
    played = play("finalizer", ModelSettings(termination_slack=3))
    view = played.first(lambda view: view.severity is Severity.STUCK).set
    assert view.wait.headline == "zookeeper-2 stuck Terminating"
    assert view.wait.detail == "finalizer example.com/hold not removed"
    assert "force-deleting does not help" in view.wait.next
    forced = played.command("kubectl delete pod zookeeper-2 --grace-period=0")
    assert played.at(forced + 1).set.severity is Severity.STUCK


def test_an_unreachable_node(history: Play) -> None:
    played = history("dead-node")
    lost = played.first(lambda view: view.severity is Severity.AT_RISK)
    assert (lost.set.ordinals[1].state.label, lost.set.ready) == ("Node lost", 2)
    assert lost.set.why.detail == "node fake-node-1 is unreachable"
    order = list(dict.fromkeys((m.set.severity, m.set.ordinals[1].state.label) for m in played.between(lost.t)))
    assert order[:3] == [
        (Severity.AT_RISK, "Node lost"),
        (Severity.AT_RISK, "Terminating"),
        (Severity.STUCK, "stuck Terminating"),
    ]
    overdue = played.first(lambda view: view.severity is Severity.STUCK)
    assert overdue.cause == "time"
    assert overdue.set.wait.detail == "node fake-node-1 unreachable, termination not confirmed"
    assert order[-1] == (Severity.HEALTHY, "Ready")


def test_the_status_of_an_unreachable_node(history: Play) -> None:
    played = history("dead-node")
    assert {row.node_state.status for row in played.at(9).set.ordinals} == {"Ready"}
    silent = played.first(lambda view: view.ordinals[1].node_state.status == "silent")
    lost = played.first(lambda view: view.severity is Severity.AT_RISK)
    assert abs(silent.t - lost.t) < 1, "the node controller marks node and pods in one go"
    node = silent.set.ordinals[1].node_state
    assert (node.name, node.health, node.zone) == ("fake-node-1", Health.WARNING, "zone-a")
    assert node.since is not None
    assert 0 <= (silent.now - node.since).total_seconds() < 2
    assert (node.suspicion, node.lease) == (Suspicion.LOST, "stale"), "the lease tells before the node controller does"
    assert node.lease_renewed is not None
    assert 30 <= (node.since - node.lease_renewed).total_seconds() <= 60
    told = played.first(lambda view: view.ordinals[1].node_state.detail == "tainted out-of-service")
    assert told.t == pytest.approx(played.command("kubectl taint node fake-node-1"), abs=0.1)
    last = played.between(0)[-1].set.ordinals
    assert last[1].node_state.name != "fake-node-1"
    assert {row.node_state.status for row in last} == {"Ready"}


def test_a_deleted_node_is_missing_since_then(history: Play) -> None:
    played = history("node-gone")
    gone = played.first(lambda view: any(row.node_state.status == "missing" for row in view.ordinals))
    assert gone.cause == "nodes DELETED"
    nodes = [row.node_state for row in gone.set.ordinals if row.node_state.status == "missing"]
    assert {(node.name, node.health, node.since) for node in nodes} == {("fake-node-2", Health.DEGRADED, gone.now)}
    assert all(row.node_state.well for row in played.between(0)[-1].set.ordinals)


@pytest.mark.parametrize("name", ["dead-node", "node-gone"])
def test_the_volumes_of_those_histories_stay_bound(name: str, history: Play) -> None:
    claims = [row.claims[0] for row in history(name).between(0)[-1].set.ordinals]
    assert {(claim.volume_state.status, claim.volume_state.reclaim, claim.drift) for claim in claims} == {
        ("Bound", "Delete", ())
    }


def test_a_node_that_is_gone(history: Play) -> None:
    played = history("node-gone")
    assert stuck(played) == {"zookeeper-2 stuck Terminating"}
    both = played.first(lambda view: view.ready == 1 and view.severity is Severity.AT_RISK).set
    assert [row.state.label for row in both.ordinals] == ["Node lost", "Ready", "Node lost"]
    last = played.between(0)[-1].set
    assert last.ordinals[2].node != "fake-node-2"
