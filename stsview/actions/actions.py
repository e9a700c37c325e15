"""All actions, a line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stsview.actions import delete_pod, nudge, patched, scale
from stsview.actions.at_once import at_once
from stsview.actions.force import force_delete
from stsview.actions.force.kubelet import APART_SECONDS
from stsview.actions.ground import Ground
from stsview.actions.intent import (
    CanaryBackOut,
    CanaryStart,
    CanaryStep,
    DeletePod,
    ForceDelete,
    Free,
    Intent,
    Nudge,
    PauseRollout,
    Restart,
    RestartInOrder,
    ResumeRollout,
    Scale,
    Undo,
)
from stsview.actions.ordered import march as restart_march
from stsview.actions.ordered import restart_in_order
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.actions.rollouts import back_out, canary, canary_step, free, pausing, restart, undo
from stsview.actions.walk import Walk
from stsview.cluster.session import Session


@dataclass(frozen=True, slots=True)
class Action:
    gather: Callable[[Session, Any, Ground], Awaitable[Any]]
    """All reading; raises `Refused` and `ClusterError`."""
    plan: Callable[[Any, Any, Policy], Plan]
    """From what was gathered to the plan; pure."""
    march: Callable[[Walk], Awaitable[None]]
    """Does it: sends, and follows until it is through; lets `Ended` through."""
    seconds: float = 900.0
    """How long the follow-up waits for the goal, or for each of several, where nobody says otherwise."""
    gather_seconds: float = 0.0
    """How long `gather` takes at least, where it has to look at something twice."""
    pausable: bool = False
    """Whether there are steps between which it can be paused."""


ACTIONS: Mapping[type[Intent], Action] = {
    Scale: Action(scale.gather, scale.plan, at_once(scale.done)),
    DeletePod: Action(delete_pod.gather, delete_pod.plan, at_once(delete_pod.done)),
    ForceDelete: Action(
        force_delete.gather,
        force_delete.plan,
        at_once(force_delete.done, force_delete.still),
        seconds=force_delete.FOLLOW_SECONDS,
        gather_seconds=APART_SECONDS,
    ),
    Nudge: Action(nudge.gather, nudge.plan, at_once(nudge.done), seconds=120.0),
    Restart: Action(restart.gather, restart.plan, at_once(patched.done)),
    CanaryStart: Action(canary.gather, canary.plan, at_once(patched.done)),
    CanaryStep: Action(canary_step.gather, canary_step.plan, at_once(patched.done)),
    CanaryBackOut: Action(back_out.gather, back_out.plan, back_out.march, pausable=True),
    PauseRollout: Action(pausing.gather_pause, pausing.plan_pause, at_once(patched.done), seconds=120.0),
    ResumeRollout: Action(pausing.gather_resume, pausing.plan_resume, at_once(patched.done)),
    RestartInOrder: Action(restart_in_order.gather, restart_in_order.plan, restart_march.march, pausable=True),
    Undo: Action(undo.gather, undo.plan, undo.march, pausable=True),
    Free: Action(free.gather, free.plan, free.march, pausable=True),
}
