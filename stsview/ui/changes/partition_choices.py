"""Actions that a set's partition allows now: canary, pause, resume."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from stsview.model.action_id import ActionId
from stsview.model.names import listed, short_revision
from stsview.model.rollout.partition import partition_reaches
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.text.numbers import count


class PartitionChoice(Enum):
    """Arguments of `:canary`, and the commands `:pause` and `:resume`."""

    START = "start"
    NEXT = "next"
    FINISH = "finish"
    ABORT = "abort"
    PAUSE = "pause"
    RESUME = "resume"

    @property
    def action(self) -> ActionId:
        """The action whose plan it opens."""
        return _ACTIONS[self]


_ACTIONS = {
    PartitionChoice.START: ActionId.CANARY_START,
    PartitionChoice.NEXT: ActionId.CANARY_NEXT,
    PartitionChoice.FINISH: ActionId.CANARY_NEXT,
    PartitionChoice.ABORT: ActionId.CANARY_ABORT,
    PartitionChoice.PAUSE: ActionId.PAUSE,
    PartitionChoice.RESUME: ActionId.RESUME,
}

LABELS: Mapping[PartitionChoice, str] = {
    PartitionChoice.START: "start canary",
    PartitionChoice.NEXT: "next pod",
    PartitionChoice.FINISH: "finish",
    PartitionChoice.ABORT: "abort",
    PartitionChoice.PAUSE: "pause",
    PartitionChoice.RESUME: "resume",
}

CANARY_CHOICES = (PartitionChoice.START, PartitionChoice.NEXT, PartitionChoice.FINISH, PartitionChoice.ABORT)


def max_canary_pods(view: SetView) -> int:
    """Largest number of canary pods: at least one pod keeps the old revision."""
    return max(0, view.replicas - view.rollout.partition - 1)


def partition_choices(view: SetView) -> dict[PartitionChoice, str]:
    """The choices that are possible now, each with a short description of its effect."""
    rollout = view.rollout
    if not rollout.rolling or not rollout.observed:
        return {}
    if not rollout.active and rollout.paused_from is None:
        return {PartitionChoice.START: "change only the highest ordinals"} if max_canary_pods(view) else {}
    choices: dict[PartitionChoice, str] = {}
    outdated = [row for row in view.ordinals if row.expected and row.outdated]
    if rollout.paused_from is not None:
        choices[PartitionChoice.RESUME] = f"restore partition {rollout.paused_from}"
    canary = rollout.partition > 0 and rollout.current != rollout.update
    if canary and rollout.held and outdated and rollout.paused_from is None:
        update = short_revision(rollout.update, view.name)
        choices[PartitionChoice.NEXT] = f"update {outdated[-1].name} to {update}"
        choices[PartitionChoice.FINISH] = f"update {listed([row.name for row in reversed(outdated)])} to {update}"
    if canary and (rollout.paused_from is None or rollout.canary_from is not None):
        choices[PartitionChoice.ABORT] = "roll back all pods to the previous revision"
    # A pod that is being replaced already cannot be held back.
    held_back = [row for row in outdated if partition_reaches(row, view) and row.state.health is not Health.TERMINATING]
    if rollout.paused_from is None and held_back:
        choices[PartitionChoice.PAUSE] = f"hold the remaining {count(len(held_back), 'pod')}"
    return choices


def why_not(view: SetView, choice: PartitionChoice) -> str:
    """Why the choice is not possible now."""
    rollout, name = view.rollout, str(view.key)
    if not rollout.rolling:
        return f"{name} has the update strategy OnDelete, which has no partition"
    if not rollout.observed:
        return f"the controller has not observed the latest change of {name} yet"
    paused = rollout.paused_from is not None
    canary = rollout.partition > 0 and rollout.current != rollout.update
    match choice:
        case PartitionChoice.START if rollout.active or paused:
            return f"a rollout is in progress on {name}"
        case PartitionChoice.START:
            return f"{name} has too few pods for a canary"
        case PartitionChoice.RESUME:
            return f"the rollout of {name} is not paused"
        case PartitionChoice.PAUSE if paused:
            return f"the rollout of {name} is paused already"
        case PartitionChoice.PAUSE if rollout.active:
            return f"the rollout of {name} replaces no further pods"
        case PartitionChoice.PAUSE:
            return f"no rollout in progress on {name}"
        case _ if not canary:
            return f"no canary in progress on {name}"
        case _ if paused:
            return f"the rollout of {name} is paused: resume it first"
        case _:
            return f"the canary of {name} is still in progress"
