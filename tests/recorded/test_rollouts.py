"""Successful updates: restart, new image, rollback, canary, OnDelete, minReadySeconds, evictions."""

from __future__ import annotations

from stsview.model.views import Severity, WaitReason
from tests.recorded.conftest import Play
from tests.support.recorded.player import History

OLD, NEW = "zookeeper-6f4ddbdbb6", "zookeeper-ffdf67bfb"


def steps(history: History, start: float, end: float) -> list[tuple[int | None, int]]:
    """The ordinal that the controller waited for, and how many were updated then."""
    return list(dict.fromkeys((m.set.wait.ordinal, m.set.rollout.updated) for m in history.between(start, end)))


def test_a_restart_replaces_pods_from_the_highest_to_the_lowest(history: Play) -> None:
    played = history("rollout-restart")
    played_from = played.command("kubectl rollout restart") - 0.1
    restart = played.first(lambda view: view.rollout.active, played_from).t
    done = played.first(lambda view: not view.rollout.active and view.ready == 3, restart + 1).t
    assert steps(played, restart, done) == [(2, 0), (1, 1), (0, 2)]
    view = played.at(restart).set
    assert view.rollout.active
    assert view.rollout.manager == "kubectl-rollout"
    assert view.wait.so == "zookeeper-1 and zookeeper-0 stay on 6f4ddbdbb6 until zookeeper-2 is Ready"
    assert view.wait.next == "then zookeeper-1 is replaced"
    assert [row.next for row in view.ordinals] == [False, True, False]
    assert [row.at_update for row in view.ordinals] == [False, False, False]


def test_each_change_of_the_template_names_its_field_manager(history: Play) -> None:
    played = history("rollout-restart")
    image = played.at(played.command("kubectl set image") + 0.2).set
    assert (image.rollout.manager, image.images) == ("kubectl-set", ("zookeeper:3.9.2",))
    assert len(played.between(0)[-1].set.rollout.history) == 3


def test_a_rollback_has_the_same_order(history: Play) -> None:
    played = history("rollout-restart")
    undo = played.command("kubectl rollout undo")
    before, after = played.at(undo - 1).set.rollout, played.between(0)[-1].set.rollout
    assert before.update != after.update
    assert after.update in before.history
    assert steps(played, undo + 0.3, played.between(0)[-1].t)[:3] == [(2, 0), (1, 1), (0, 2)]


def test_a_canary_is_held_by_its_partition(history: Play) -> None:
    played = history("canary-partition")
    image = played.command("kubectl set image")
    held = played.first(lambda view: view.rollout.held).set
    assert (held.severity, held.wait.reason) == (Severity.ROLLING, WaitReason.PARTITION)
    assert (held.wait.headline, held.wait.detail) == (
        "held by partition 2",
        "zookeeper-0 and zookeeper-1 stay on 6f4ddbdbb6",
    )
    assert held.wait.since == held.rollout.since == played.at(image).set.rollout.since
    assert (held.rollout.updated, held.rollout.expected, held.rollout.partition) == (1, 3, 2)
    assert (held.rollout.current, held.rollout.update) == (OLD, NEW)
    assert [row.at_update for row in held.ordinals] == [False, False, True]
    assert not any(row.next for row in held.ordinals)


def test_below_the_partition_a_deleted_pod_keeps_its_revision(history: Play) -> None:
    played = history("canary-partition")
    deleted = played.command("kubectl delete pod zookeeper-0")
    assert played.at(deleted).set.wait.headline == "waits for zookeeper-0"
    back = played.first(lambda view: view.ready == 3, deleted).set
    assert (back.ordinals[0].revision, back.rollout.held) == (OLD, True)


def test_without_a_partition_the_canary_completes(history: Play) -> None:
    played = history("canary-partition")
    lowered = played.first(
        lambda view: view.rollout.partition == 0 and view.rollout.current != view.rollout.update, 20
    ).t
    view = played.at(lowered).set
    assert (view.wait.reason, view.wait.headline) == (WaitReason.REPLACING, "zookeeper-1 is next to be replaced")
    assert view.wait.detail == "from 6f4ddbdbb6 to ffdf67bfb"
    assert not view.rollout.held
    last = played.between(0)[-1].set
    assert (last.rollout.current, last.rollout.updated, last.rollout.active) == (NEW, 3, False)


def test_on_delete_waits_for_manual_deletion(history: Play) -> None:
    played = history("on-delete")
    waiting = played.first(lambda view: view.wait.reason is WaitReason.ON_DELETE).set
    assert waiting.wait.headline == "3 pods need manual deletion (OnDelete)"
    assert waiting.wait.detail == "zookeeper-0, -1 and -2 not at ffdf67bfb yet"
    assert (waiting.rollout.strategy, waiting.rollout.active, waiting.rollout.updated) == ("OnDelete", True, 0)
    after = played.first(lambda view: view.rollout.updated == 1 and view.ready == 3).set
    assert after.wait.headline == "2 pods need manual deletion (OnDelete)"
    last = played.between(0)[-1].set
    assert (last.rollout.current, last.rollout.update) == (OLD, NEW), "a 1.36 controller never promotes OnDelete"
    assert not last.rollout.active


def test_min_ready_seconds_are_a_warm_up_with_a_deadline(history: Play) -> None:
    played = history("min-ready-seconds")
    warm = played.first(lambda view: view.wait.reason is WaitReason.WARMING_UP)
    state = warm.set.ordinals[0].state
    assert (state.label, state.since is not None and state.until is not None) == ("Warming up", True)
    assert state.until is not None
    assert state.since is not None
    assert (state.until - state.since).total_seconds() == 6
    assert warm.set.next_change == state.until
    assert (warm.set.ready, warm.set.available) == (1, 0)
    assert next(m.now for m in played.between(warm.t) if m.cause == "time") == state.until
    over = played.at((state.until - warm.now).total_seconds() + warm.t + 0.001).set
    assert over.ordinals[0].state.label == "Ready"


def test_an_evicted_pod_is_replaced(history: Play) -> None:
    played = history("budget-drain")
    evicted = played.command("evict zookeeper-0")
    assert played.at(evicted).set.wait.headline == "waits for zookeeper-0"
    assert played.at(evicted).set.ordinals[0].state.label == "Terminating"


def test_an_existing_claim_is_reused_unchanged(history: Play) -> None:
    played = history("claim-unbound")
    waiting = played.at(10).set
    assert (waiting.ordinals[1].state.label, waiting.ordinals[1].claims[0].status) == ("Pending", "Pending")
    assert waiting.wait.detail == "the scheduler waits for its PVCs"
    sizes = [row.claims[0].size for row in played.between(0)[-1].set.ordinals]
    assert sizes == [10 * 1024**3, 5 * 1024**3, 10 * 1024**3]
