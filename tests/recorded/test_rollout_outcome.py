"""The outcome of a rollout at every moment of every recorded history."""

from __future__ import annotations

from functools import cache

import pytest

from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.views import Place
from tests.support.recorded.player import NAMES, Moment, play
from tests.support.triage.every_rule import examine


@cache
def followed(name: str) -> tuple[tuple[Moment, RolloutStatus], ...]:
    """Each moment with a set, and the status for an observer who watched from the start."""
    moments = play(name, examine=examine).between(0)
    watch = RolloutWatch(moments[0].set.uid)
    return tuple((moment, watch.evaluate(moment.set, moment.now)) for moment in moments)


def ends(name: str) -> list[tuple[str, str]]:
    """The stages in order, without those that last only until the next moment."""
    told: list[tuple[str, str]] = []
    for _, standing in followed(name):
        if standing.stage is not Stage.PROGRESSING and (not told or told[-1] != (standing.stage.value, standing.words)):
            told.append((standing.stage.value, standing.words))
    return told


GOOD = ("done", "all 3 pods run 6f4ddbdbb6")
HELD = ("held", "paused by partition 2 (1 of 3 updated): zookeeper-0 and zookeeper-1 stay on the old revision")

STORIES = {
    "broken-rollout-deadlock": [GOOD],
    "canary-partition": [GOOD, HELD, ("done", "all 3 pods run ffdf67bfb")],
    "budget-drain": [GOOD],
    "claim-unbound": [("done", "its pod runs 6f4ddbdbb6"), GOOD],
    "crash-loop": [GOOD, ("stuck", "zookeeper-1: crash-looping (exit 1, 1 restart)"), GOOD],
    "dead-node": [("done", "all 3 pods run 6bbdddb8cc")],
    "finalizer": [("done", "all 3 pods run 5b9cc76f7d")],
    "life": [
        GOOD,
        ("done", "all 5 pods run 6f4ddbdbb6"),
        ("done", "all 2 pods run 6f4ddbdbb6"),
        ("done", "scaled to 0, no pods"),
        GOOD,
    ],
    "min-ready-seconds": [("done", "all 3 pods run 5d77f64899")],
    "node-gone": [
        ("done", "all 3 pods run 6bbdddb8cc"),
        ("stuck", "zookeeper-2: node fake-node-2 is gone"),
        ("done", "all 3 pods run 6bbdddb8cc"),
    ],
    "on-delete": [GOOD, ("done", "all 3 pods run ffdf67bfb")],
    "quota": [GOOD],
    "rollout-restart": [
        GOOD,
        ("done", "all 3 pods run 747f765b49"),
        ("done", "all 3 pods run 97697c559"),
        ("done", "all 3 pods run 747f765b49"),
    ],
    "stuck-terminating": [("done", "all 3 pods run 745cf586dd")],
    "unschedulable": [("done", "all 3 pods run 6499f4f4fd")],
}


@pytest.mark.parametrize("name", NAMES)
def test_each_history_has_its_stages(name: str) -> None:
    assert ends(name) == STORIES[name]


@pytest.mark.parametrize("name", NAMES)
def test_done_means_that_every_pod_is_updated_and_available(name: str) -> None:
    for moment, standing in followed(name):
        if standing.stage is Stage.DONE:
            assert standing.done == standing.total or moment.set.rollout.partition
            expected = [row for row in moment.set.ordinals if row.place is Place.EXPECTED]
            assert all(row.at_update and row.available for row in expected)
            assert moment.set.available == moment.set.replicas
        assert standing.headline
        assert standing.until is None or standing.until > moment.now


def test_a_change_is_never_done_before_the_controller_observed_it() -> None:
    """From the command until the last pod is available the stage is always `going`."""
    history = play("rollout-restart", examine=examine)
    for command in ("kubectl rollout restart", "kubectl set image", "kubectl rollout undo"):
        begins = history.command(command)
        stages = [(moment.t, standing.stage) for moment, standing in followed("rollout-restart") if moment.t >= begins]
        done = next(t for t, stage in stages if stage is not Stage.PROGRESSING)
        assert done - begins > 15, "three pods, one after the other, take longer than that"


def test_a_late_observer_of_a_deadlock_gets_its_cause_at_once() -> None:
    moments = play("broken-rollout-deadlock", examine=examine)
    undone = moments.command("kubectl rollout undo") + 10
    moment = moments.at(undone)
    watch = RolloutWatch(moment.set.uid, patience=5)
    standing = watch.evaluate(moment.set, moment.now)
    assert standing.stage is Stage.STUCK
    assert standing.headline == "zookeeper-2: blocks its own update: delete the pod to move it to 6f4ddbdbb6"
    assert standing.finding is not None
    assert standing.finding.next.startswith("delete zookeeper-2")


def test_on_delete_is_manual_while_no_pod_is_deleted() -> None:
    moments = play("on-delete", examine=examine)
    moment = moments.first(lambda view: view.rollout.updated == 1 and view.ready == 3)
    watch = RolloutWatch(moment.set.uid)
    first = watch.evaluate(moment.set, moment.now)
    assert (first.stage, first.done, first.total) == (Stage.PROGRESSING, 1, 3)
    assert first.until is not None
    last = watch.evaluate(moment.set, first.until)
    assert (last.stage, last.headline) == (Stage.MANUAL, "2 pods need manual deletion (OnDelete)")
