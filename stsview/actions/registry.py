"""All actions, one line each."""

from __future__ import annotations

from stsview.actions.action import Action, AnyAction
from stsview.actions.execution.single_pass import single_pass
from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Cordon,
    DeletePod,
    ForceDelete,
    Grow,
    Intent,
    OrderedRestart,
    PauseRollout,
    Reconcile,
    Recreate,
    Restart,
    ResumeRecreate,
    ResumeRollout,
    Scale,
    Unblock,
    Uncordon,
    Undo,
)
from stsview.actions.operations import delete_pod, reconcile, scale
from stsview.actions.operations.force_delete import action as force_delete
from stsview.actions.operations.force_delete.node_liveness import READINGS_APART_SECONDS
from stsview.actions.operations.grow import action as grow
from stsview.actions.operations.grow import executor as grow_executor
from stsview.actions.operations.node import cordon
from stsview.actions.operations.ordered_restart import action as ordered_restart
from stsview.actions.operations.ordered_restart import executor as restart_executor
from stsview.actions.operations.recreate import action as recreate
from stsview.actions.operations.recreate import resume as resume_recreate
from stsview.actions.operations.rollout import (
    canary_abort,
    canary_start,
    canary_step,
    pause_resume,
    restart,
    unblock,
    undo,
)
from stsview.actions.requests import patch_outcome
from stsview.model.action_id import ActionId

ACTIONS: tuple[AnyAction, ...] = (
    Action(Scale, scale.gather, scale.plan, single_pass(scale.was_done)),
    Action(DeletePod, delete_pod.gather, delete_pod.plan, single_pass(delete_pod.was_done)),
    Action(
        ForceDelete,
        force_delete.gather,
        force_delete.plan,
        single_pass(force_delete.was_done, force_delete.recheck),
        seconds=force_delete.FOLLOW_SECONDS,
        gather_seconds=READINGS_APART_SECONDS,
    ),
    Action(Reconcile, reconcile.gather, reconcile.plan, single_pass(reconcile.was_done), seconds=120.0),
    Action(Restart, restart.gather, restart.plan, single_pass(patch_outcome.was_done)),
    Action(CanaryStart, canary_start.gather, canary_start.plan, single_pass(patch_outcome.was_done)),
    Action(CanaryStep, canary_step.gather, canary_step.plan, single_pass(patch_outcome.was_done)),
    Action(CanaryAbort, canary_abort.gather, canary_abort.plan, canary_abort.execute, pausable=True),
    Action(
        PauseRollout,
        pause_resume.gather_pause,
        pause_resume.plan_pause,
        single_pass(patch_outcome.was_done),
        seconds=120.0,
    ),
    Action(ResumeRollout, pause_resume.gather_resume, pause_resume.plan_resume, single_pass(patch_outcome.was_done)),
    Action(OrderedRestart, ordered_restart.gather, ordered_restart.plan, restart_executor.execute, pausable=True),
    Action(Grow, grow.gather, grow.plan, grow_executor.execute, pausable=True),
    Action(Recreate, recreate.gather, recreate.plan, recreate.execute),
    Action(ResumeRecreate, resume_recreate.gather, resume_recreate.plan, resume_recreate.execute),
    Action(Cordon, cordon.gather, cordon.plan_cordon, cordon.execute, seconds=60.0),
    Action(Uncordon, cordon.gather, cordon.plan_uncordon, cordon.execute, seconds=60.0),
    Action(Undo, undo.gather, undo.plan, undo.execute, pausable=True),
    Action(Unblock, unblock.gather, unblock.plan, unblock.execute, pausable=True),
)

_BY_ID = {action.id: action for action in ACTIONS}


def action_by_id(action_id: ActionId) -> AnyAction:
    """The action of that id. Raises KeyError where none is registered."""
    return _BY_ID[action_id]


def action_for(intent: Intent) -> AnyAction:
    """The action that carries out an intent. Raises KeyError where none is registered."""
    return action_by_id(intent.action)
