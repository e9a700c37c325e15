"""Execution of undo, canary abort and unblock.

Deletes the pods that block their own update, then follows the rollout.

A pod is deleted only if the confirmed plan has its uid, and a fresh list shows it as the lowest pod that blocks.
Documentation: "StatefulSets", Forced rollback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from msgspec.structs import replace

from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.loss_recheck import loss_when_repeated
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.goals import RolledOut
from stsview.actions.intents import SetIntent
from stsview.actions.operations.rollout.blocked_pods import blocking_pod, self_blocking_pods
from stsview.actions.operations.rollout.unblock_tracking import (
    RolloutUntilBlocked,
    track_lower_pod,
    track_observed,
    track_successor,
)
from stsview.actions.plan import Plan, Request
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import losing
from stsview.actions.progress import Outcome
from stsview.actions.requests import patch_outcome
from stsview.actions.requests.changed_meanwhile import being_deleted, partition_changed, recreated, template_changed
from stsview.actions.requests.pod_gone import is_gone_or_terminating, read_pod
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.model.names import listed
from stsview.model.rollout.blocked import first_unavailable
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS

PATIENCE_SECONDS = 60.0
"""How long a pod that is not failing, or not in the plan, may take to become available by itself."""

_READ = "read the set and its pods"


def deletions(plan: Plan) -> dict[str, Request]:
    """The deletions of a plan by the uid of their pods: no other pod is deleted."""
    return {one.about.uid: one for one in plan.requests if one.message.method == "DELETE"}


def patch_then_unblock(describe: Callable[[Plan], str]) -> Callable[[Execution, SetIntent], Awaitable[None]]:
    """The executor of a plan whose first request patches the template.

    `describe` puts the result into words.
    """

    async def execute(execution: Execution, _: SetIntent) -> None:
        plan = execution.plan
        patch, goal = plan.requests[0], _goal(plan)
        alone = replace(plan, requests=(patch,))
        await execution.send(
            patch, lambda: patch_outcome.was_done(execution.session, alone), loss_when_repeated(execution)
        )
        execution.residual_state = _residual_state(describe(plan), [], deletions(plan))
        await execution.wait_for_goal(track_observed(goal, plan.set_intent.set_uid))
        await _unblock(execution, describe(plan))

    return execute


async def unblock_only(execution: Execution, _: SetIntent) -> None:
    """The executor of a plan that only deletes pods."""
    await _unblock(execution, "")


async def _unblock(execution: Execution, patch_result: str) -> None:
    goal, uid = _goal(execution.plan), execution.plan.set_intent.set_uid
    allowed, deleted = deletions(execution.plan), list[str]()
    since: dict[str, float] = {}
    while True:
        execution.residual_state = _residual_state(patch_result, deleted, allowed)
        await execution.checkpoint()
        fresh = await _read_current_state(execution)
        first = blocking_pod(fresh)
        if first is not None and first.uid is not None:
            since.setdefault(first.uid, execution.clock.monotonic())
            if not _is_due(execution, first, since[first.uid], first.uid in allowed):
                await _wait_for_recovery(execution, first)
                continue
            request = allowed.get(first.uid)
            if request is None:
                unseen = f"{first.name} blocks as well and is not in the plan: run unblock again"
                raise ExecutionEnded(Outcome.NOT_REACHED, unseen)
            if why := _loss(execution, fresh, first):
                raise ExecutionEnded(Outcome.NOT_REACHED, why)
            if await _delete(execution, first, request, _residual_state(patch_result, deleted, {})):
                deleted.append(first.name)
                execution.residual_state = _residual_state(patch_result, deleted, allowed)
                execution.extend_deadline(fresh.view.min_ready_seconds)
                await execution.wait_for_goal(track_successor(first, goal, uid))
            continue
        lower = first_unavailable(fresh.view)
        if lower is not None and self_blocking_pods(fresh):
            await execution.wait_for_goal(track_lower_pod(lower, goal, uid))
        elif fresh.view.rollout.on_delete:
            return
        else:
            # The deadline applies to each pod of a rollout.
            follow = RolloutUntilBlocked(goal, uid, partial(execution.extend_deadline, fresh.view.min_ready_seconds))
            await execution.wait_for_goal(follow.evaluate)
            if follow.complete:
                return
        # The live view and the list are not of the same moment: one may not show yet what the other does.
        await execution.wait(READ_AGAIN_SECONDS)


def _goal(plan: Plan) -> RolledOut:
    if not isinstance(plan.goal, RolledOut):
        raise TypeError(f"a plan of {plan.action} has another goal")
    return plan.goal


def _residual_state(patch_result: str, deleted: list[str], allowed: dict[str, Request]) -> str:
    """What this run has done and not done; the rollout itself continues meanwhile."""
    left = [one.about.name for one in allowed.values() if one.about.name not in deleted]
    parts = [
        patch_result,
        f"{listed(deleted)} {'was' if len(deleted) == 1 else 'were'} deleted" if deleted else "",
        f"{listed(left)} {'was' if len(left) == 1 else 'were'} not deleted" if left else "",
    ]
    return "; ".join(part for part in parts if part)


async def _wait_for_recovery(execution: Execution, row: OrdinalView) -> None:
    words = f"wait for {row.name} to become available by itself"
    execution.show_step(words, False, row.state.label)
    await execution.wait(READ_AGAIN_SECONDS)
    execution.remove_step(words)


def _is_due(execution: Execution, row: OrdinalView, seen_at: float, shown: bool) -> bool:
    """Whether the pod has had its time; a failing pod of the plan gets none."""
    if shown and row.state.health is Health.DEGRADED:
        return True
    lasted = execution.clock.monotonic() - seen_at
    if shown and row.state.since is not None:
        lasted = max(lasted, (execution.now() - row.state.since).total_seconds())
    return lasted >= PATIENCE_SECONDS


async def _read_current_state(execution: Execution) -> FreshState:
    """A fresh list of the same set at the target revision; waits until it can be read.

    Raises `ExecutionEnded` if the set, its revision or its partition has changed.
    """
    goal, uid = _goal(execution.plan), execution.plan.set_intent.set_uid
    while True:
        try:
            fresh = await execution.read_fresh_state()
        except Refused as error:
            raise ExecutionEnded(Outcome.NOT_REACHED, str(error)) from error
        except ClusterError as error:
            why = str(error)
        else:
            view, moved = fresh.view, fresh.view.rollout
            if fresh.set.metadata.uid != uid:
                raise ExecutionEnded(Outcome.NOT_REACHED, recreated(view.name))
            if fresh.set.metadata.deletion_timestamp is not None:
                raise ExecutionEnded(Outcome.NOT_REACHED, being_deleted(view.name))
            if moved.observed and goal.to != moved.update:
                raise ExecutionEnded(Outcome.NOT_REACHED, template_changed(moved.update, view.name))
            if goal.partition not in (None, moved.partition):
                raise ExecutionEnded(Outcome.NOT_REACHED, partition_changed(moved.partition))
            why = fresh.unread(PODS) or (
                "" if moved.observed else "the controller has not observed the last change yet"
            )
            if not why:
                execution.remove_step(_READ)
                return fresh
        execution.show_step(_READ, False, why)
        await execution.wait(READ_AGAIN_SECONDS)


def _loss(execution: Execution, fresh: FreshState, row: OrdinalView) -> str:
    """Why deleting the pod loses data; empty if it does not, or the plan overrides that."""
    return "" if execution.plan.override else losing(fresh, row.name)


class _NoLongerBlocking(Exception):
    """The pod no longer blocks, or the run is paused."""


async def _delete(execution: Execution, row: OrdinalView, request: Request, unknown: str) -> bool:
    """Delete a pod, unless it no longer blocks or the run is paused.

    Returns whether it was deleted; a last fresh list tells.

    `unknown`: the residual state while it is not known whether the pod was deleted.
    """

    async def still() -> str:
        fresh = await _read_current_state(execution)
        first = blocking_pod(fresh)
        if first is None or first.uid != row.uid or execution.paused:
            raise _NoLongerBlocking
        return _loss(execution, fresh, row)

    known = execution.residual_state

    async def done() -> bool:
        # Without a response it is not known whether the pod was deleted: the residual state must not claim either.
        execution.residual_state = unknown
        going = await _is_deleted(execution.session, request)
        execution.residual_state = known
        return going

    try:
        await execution.send(request, done, still)
    except _NoLongerBlocking:
        execution.remove_step(request.words)
        return False
    return True


async def _is_deleted(session: Session, request: Request) -> bool:
    """Raises `ClusterError`."""
    return is_gone_or_terminating(await read_pod(session, request.about), request.about.uid)
