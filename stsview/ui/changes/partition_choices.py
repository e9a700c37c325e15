"""What the partition of a set can do for it now."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from stsview.model.names import listed, short_revision
from stsview.model.rollout.partition import partition_reaches
from stsview.model.views import Health, OrdinalView, SetView
from stsview.ui.kit.look.phrases import count


class Move(Enum):
    """Words that follow `:canary`, and `:pause` and `:resume`."""

    START = "start"
    NEXT = "next"
    FINISH = "finish"
    BACK_OUT = "back-out"
    PAUSE = "pause"
    RESUME = "resume"


LABELS: Mapping[Move, str] = {
    Move.START: "start a canary",
    Move.NEXT: "next pod",
    Move.FINISH: "finish",
    Move.BACK_OUT: "back out",
    Move.PAUSE: "pause",
    Move.RESUME: "go on",
}

CANARY = (Move.START, Move.NEXT, Move.FINISH, Move.BACK_OUT)


def most_canary_pods(view: SetView) -> int:
    """How many pods a canary may have: a pod that a change would reach stays as it is."""
    return max(0, view.replicas - view.rollout.partition - 1)


def moves(view: SetView) -> dict[Move, str]:
    """What is possible, with a few words on what it would do; what is not possible is not in it."""
    rollout = view.rollout
    if not rollout.rolling or not rollout.observed:
        return {}
    found: dict[Move, str] = {}
    if not rollout.active and rollout.paused_from is None:
        if most_canary_pods(view):
            found[Move.START] = "another template for the highest ordinals alone"
        return found
    left = [row for row in view.ordinals if row.expected and row.outdated]
    reached = [row for row in left if partition_reaches(row, view)]
    if rollout.paused_from is not None:
        found[Move.RESUME] = f"with partition {rollout.paused_from}, as before the pause"
    canary = rollout.partition > 0 and rollout.current != rollout.update
    if canary and rollout.held and left and rollout.paused_from is None:
        update = short_revision(rollout.update, view.name)
        found[Move.NEXT] = f"{left[-1].name} gets {update}"
        found[Move.FINISH] = f"{listed([row.name for row in reversed(left)])} {_get(left)} {update}"
    if canary and (rollout.paused_from is None or rollout.canary_from is not None):
        found[Move.BACK_OUT] = "all go back to the revision before"
    # What is being replaced already is not held back any more.
    if rollout.paused_from is None and (
        waiting := [row for row in reached if row.state.health is not Health.TERMINATING]
    ):
        found[Move.PAUSE] = f"{count(len(waiting), 'pod')} left; no further one is replaced"
    return found


def _get(rows: list[OrdinalView]) -> str:
    return "gets" if len(rows) == 1 else "get"
