"""All actions, a line each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stsview.actions.context import PlanContext
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.single_pass import at_once
from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    DeletePod,
    ForceDelete,
    Intent,
    OrderedRestart,
    PauseRollout,
    Reconcile,
    Restart,
    ResumeRollout,
    Scale,
    Unblock,
    Undo,
)
from stsview.actions.operations import delete_pod, reconcile, scale
from stsview.actions.operations.force_delete import action as force_delete
from stsview.actions.operations.force_delete.node_liveness import APART_SECONDS
from stsview.actions.operations.ordered_restart import action as ordered_restart
from stsview.actions.operations.ordered_restart import executor as restart_executor
from stsview.actions.operations.rollout import (
    canary_abort,
    canary_start,
    canary_step,
    pause_resume,
    restart,
    unblock,
    undo,
)
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.actions.requests import patch_outcome
from stsview.cluster.http.session import Session


@dataclass(frozen=True, slots=True)
class Action:
    gather: Callable[[Session, Any, PlanContext], Awaitable[Any]]
    """All reading; raises `Refused` and `ClusterError`."""
    plan: Callable[[Any, Any, Policy], Plan]
    """From what was gathered to the plan; pure."""
    execute: Callable[[Execution], Awaitable[None]]
    """Does it: sends, and follows until it is through; lets `ExecutionEnded` through."""
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
    Reconcile: Action(reconcile.gather, reconcile.plan, at_once(reconcile.done), seconds=120.0),
    Restart: Action(restart.gather, restart.plan, at_once(patch_outcome.done)),
    CanaryStart: Action(canary_start.gather, canary_start.plan, at_once(patch_outcome.done)),
    CanaryStep: Action(canary_step.gather, canary_step.plan, at_once(patch_outcome.done)),
    CanaryAbort: Action(canary_abort.gather, canary_abort.plan, canary_abort.execute, pausable=True),
    PauseRollout: Action(
        pause_resume.gather_pause, pause_resume.plan_pause, at_once(patch_outcome.done), seconds=120.0
    ),
    ResumeRollout: Action(pause_resume.gather_resume, pause_resume.plan_resume, at_once(patch_outcome.done)),
    OrderedRestart: Action(ordered_restart.gather, ordered_restart.plan, restart_executor.execute, pausable=True),
    Undo: Action(undo.gather, undo.plan, undo.execute, pausable=True),
    Unblock: Action(unblock.gather, unblock.plan, unblock.execute, pausable=True),
}
