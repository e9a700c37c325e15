"""What the partition of a set can do for it now."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from stsview.model.names import listed, short_revision
from stsview.model.views import OrdinalView, Place, SetView, Strategy
from stsview.ui.presentation.words import count


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


def moves(view: SetView) -> dict[Move, str]:
    """What is possible, with a few words on what it would do; what is not possible is not in it."""
    rollout = view.rollout
    if rollout.strategy != Strategy.ROLLING_UPDATE.value or not rollout.observed or not view.replicas:
        return {}
    update = short_revision(rollout.update, view.name)
    if rollout.paused_from is not None:
        return {Move.RESUME: f"with partition {rollout.paused_from}, as before the pause"}
    if not rollout.active:
        return {Move.START: "another template for the highest ordinals alone"}
    left = [row for row in _members(view) if row.at_update is False]
    found: dict[Move, str] = {}
    if rollout.partition and left:
        if rollout.held:
            found[Move.NEXT] = f"{left[-1].name} gets {update}"
            found[Move.FINISH] = f"{listed([row.name for row in reversed(left)])} {_get(left)} {update}"
        found[Move.BACK_OUT] = "all go back to the revision before"
    if rollout.left:
        found[Move.PAUSE] = f"{count(rollout.left, 'pod')} left; no further one is replaced"
    return found


def _members(view: SetView) -> list[OrdinalView]:
    return [row for row in view.ordinals if row.place is Place.EXPECTED]


def _get(rows: list[OrdinalView]) -> str:
    return "gets" if len(rows) == 1 else "get"
