"""Which pods block their own replacement on a real control plane, also after a rollback."""

from __future__ import annotations

from datetime import datetime, timedelta

from stsview.actions.operations.rollout.blocked_pods import blocking_pod, self_blocking_pods
from stsview.actions.operations.rollout.unblock_plan import as_observed
from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.derive import derive
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from tests.support.model.oracle import Oracle
from tests.support.recorded.player import History, play

Told = tuple[str, tuple[str, ...]]
"""The blocking pod, and those that would block after a rollback to the oldest revision."""


def told(name: str) -> tuple[History, list[tuple[float, Told]]]:
    """With seconds since the start of the recording; unchanged values are left out."""
    seen: list[tuple[datetime, Told]] = []

    def watch(store: Store, oracle: Oracle, now: datetime) -> None:
        for key in store.fleet.sets:
            objects = store.objects_of(key)
            if objects is None:
                continue
            found = FreshState(objects, derive(objects, {}, now, now, ModelSettings())[0], now)
            first, oldest = blocking_pod(found), found.view.rollout.history[:1]
            later = self_blocking_pods(as_observed(found, ModelSettings(), oldest[0])) if oldest else []
            one = (first.name if first is not None else "", tuple(row.name for row in later))
            if not seen or seen[-1][1] != one:
                seen.append((now, one))

    history = play(name, watch=watch)
    zero = history.moments[0].now - timedelta(seconds=history.moments[0].t)
    return history, [((now - zero).total_seconds(), one) for now, one in seen]


def test_a_rollback_that_leaves_a_pod_stuck_is_predicted_and_the_pod_blocks_until_deleted() -> None:
    history, seen = told("broken-rollout-deadlock")
    undone, deleted = history.command("kubectl rollout undo"), history.command("kubectl delete pod")
    changed = history.command("kubectl patch")
    assert [one for _, one in seen] == [
        ("", ()),
        ("", ("zookeeper-2",)),
        ("zookeeper-2", ("zookeeper-2",)),
        ("", ()),
    ]
    foreseen, blocks, over = (at for at, _ in seen[1:])
    assert changed < foreseen < undone
    assert abs(blocks - undone) < 0.5
    assert undone < over <= deleted


def test_a_pod_that_crashes_on_a_template_that_was_corrected_blocks_until_it_is_deleted() -> None:
    history, seen = told("crash-loop")
    corrected = history.command("kubectl patch", start=history.command("kubectl patch") + 1.0)
    deleted = history.command("kubectl delete pod")
    times = [at for at, (first, _) in seen if first]
    assert {first for _, (first, _) in seen if first} == {"zookeeper-1"}
    assert corrected - 0.5 < min(times)
    assert max(times) < deleted
