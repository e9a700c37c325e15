"""The march of what gives a set another template, and of freeing alone: the pods that hold up their own replacement are
deleted, one after the other, and then the rollout is followed to its end.

A pod is deleted for two reasons together: the plan that was confirmed has its uid, and a list that was read just before
shows it as the lowest pod that blocks. Documentation: "StatefulSets", Forced rollback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from stsview.actions.errors import ExecutionEnded, Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.sender import READ_AGAIN_SECONDS
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Intent
from stsview.actions.operations.rollout.blocked_pods import blocking, held_up
from stsview.actions.operations.rollout.unblock_tracking import FollowedRollout, lower_pod, seen, successor
from stsview.actions.plan import Plan, Request
from stsview.actions.preflight.fresh_state import FreshState
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
"""How long a pod that is not broken, or that the plan did not show, is left the time to come up by itself."""

_READ = "read the set and its pods anew"


def deletions(plan: Plan) -> dict[str, Request]:
    """The deletions that a plan may send, by the uid of their pods: no other pod is deleted."""
    return {one.about.uid: one for one in plan.requests if one.message.method == "DELETE"}


def changing(told: Callable[[Plan], str]) -> Callable[[Execution, Intent], Awaitable[None]]:
    """The march of a plan whose first request changes the template. `told`: what is so once that was done, in words."""

    async def execute(execution: Execution, _: Intent) -> None:
        plan = execution.plan
        patch, goal = plan.requests[0], _goal(plan)
        alone = replace(plan, requests=(patch,))
        await execution.send(patch, lambda: patch_outcome.was_done(execution.session, alone))
        execution.residual_state = _leaves(told(plan), [], deletions(plan))
        await execution.wait_for_goal(seen(goal, plan.intent.set_uid))
        await _free(execution, told(plan))

    return execute


async def freeing(execution: Execution, _: Intent) -> None:
    """The march of a plan that changes no template."""
    await _free(execution, "")


async def _free(execution: Execution, told: str) -> None:
    goal, uid = _goal(execution.plan), execution.plan.intent.set_uid
    allowed, freed = deletions(execution.plan), list[str]()
    since: dict[str, float] = {}
    while True:
        execution.residual_state = _leaves(told, freed, allowed)
        await execution.checkpoint()
        found = await _fresh(execution)
        first = blocking(found)
        if first is not None and first.uid is not None:
            since.setdefault(first.uid, execution.clock.monotonic())
            if not _is_due(execution, first, since[first.uid], first.uid in allowed):
                await _comes_up(execution, first)
                continue
            request = allowed.get(first.uid)
            if request is None:
                unseen = f"{first.name} blocks as well, and the plan did not show it: ask to free anew"
                raise ExecutionEnded(Outcome.NOT_REACHED, unseen)
            if await _delete(execution, first, request, _leaves(told, freed, {})):
                freed.append(first.name)
                execution.residual_state = _leaves(told, freed, allowed)
                execution.extend_deadline(found.view.min_ready_seconds)
                await execution.wait_for_goal(successor(first, goal, uid))
            continue
        lower = first_unavailable(found.view)
        if lower is not None and held_up(found):
            await execution.wait_for_goal(lower_pod(lower, goal, uid))
        elif found.view.rollout.on_delete:
            return
        else:
            # A rollout may have many pods: each has time of its own.
            follow = FollowedRollout(goal, uid, partial(execution.extend_deadline, found.view.min_ready_seconds))
            await execution.wait_for_goal(follow.look)
            if follow.through:
                return
        # The live picture and the list are not of one moment: what one shows, the other may not yet.
        await execution.wait(READ_AGAIN_SECONDS)


def _goal(plan: Plan) -> RolledOut:
    if not isinstance(plan.goal, RolledOut):
        raise TypeError(f"a plan of {plan.action} is followed to another goal")
    return plan.goal


def _leaves(told: str, freed: list[str], allowed: dict[str, Request]) -> str:
    """Only what was done here, or was not: the set itself goes on meanwhile."""
    left = [one.about.name for one in allowed.values() if one.about.name not in freed]
    parts = [
        told,
        f"{listed(freed)} {'was' if len(freed) == 1 else 'were'} deleted" if freed else "",
        f"{listed(left)} {'was' if len(left) == 1 else 'were'} not deleted" if left else "",
    ]
    return "; ".join(part for part in parts if part)


async def _comes_up(execution: Execution, row: OrdinalView) -> None:
    words = f"wait whether {row.name} comes up by itself"
    execution.show_step(words, False, row.state.label)
    await execution.wait(READ_AGAIN_SECONDS)
    execution.remove_step(words)


def _is_due(execution: Execution, row: OrdinalView, seen_at: float, shown: bool) -> bool:
    """Whether it has had its time. What is broken, and was shown, has."""
    if shown and row.state.health is Health.DEGRADED:
        return True
    lasted = execution.clock.monotonic() - seen_at
    if shown and row.state.since is not None:
        lasted = max(lasted, (execution.now() - row.state.since).total_seconds())
    return lasted >= PATIENCE_SECONDS


async def _fresh(execution: Execution) -> FreshState:
    """A list on which a decision may rest: of this very set, at the revision that it is to go to. Waits for one that
    can be had, and raises `ExecutionEnded` where it is another set or revision by now."""
    goal, uid = _goal(execution.plan), execution.plan.intent.set_uid
    while True:
        try:
            found = await execution.read_fresh_state()
        except Refused as error:
            raise ExecutionEnded(Outcome.NOT_REACHED, str(error)) from error
        except ClusterError as error:
            why = str(error)
        else:
            view, moved = found.view, found.view.rollout
            if found.set.metadata.uid != uid:
                raise ExecutionEnded(Outcome.NOT_REACHED, recreated(view.name))
            if found.set.metadata.deletion_timestamp is not None:
                raise ExecutionEnded(Outcome.NOT_REACHED, being_deleted(view.name))
            if moved.observed and goal.to != moved.update:
                raise ExecutionEnded(Outcome.NOT_REACHED, template_changed(moved.update, view.name))
            if goal.partition not in (None, moved.partition):
                raise ExecutionEnded(Outcome.NOT_REACHED, partition_changed(moved.partition))
            why = found.unread(PODS) or ("" if moved.observed else "the controller has not seen its last change yet")
            if not why:
                execution.remove_step(_READ)
                return found
        execution.show_step(_READ, False, why)
        await execution.wait(READ_AGAIN_SECONDS)


class _Another(Exception):
    """The pod is not the lowest one that blocks any more, or is not to go just now."""


async def _delete(execution: Execution, row: OrdinalView, request: Request, unknown: str) -> bool:
    """Whether it was deleted: not where a last look shows that it does not block any more, nor while it is paused.

    `unknown`: what it leaves where nobody knows whether it was.
    """

    async def still() -> str:
        first = blocking(await _fresh(execution))
        if first is None or first.uid != row.uid or execution.paused:
            raise _Another
        return ""

    known = execution.residual_state

    async def done() -> bool:
        # No answer came: until it is known whether it was deleted, that is said, and nothing else of it.
        execution.residual_state = unknown
        going = await _is_going(execution.session, request)
        execution.residual_state = known
        return going

    try:
        await execution.send(request, done, still)
    except _Another:
        execution.remove_step(request.words)
        return False
    return True


async def _is_going(session: Session, request: Request) -> bool:
    """Raises `ClusterError`."""
    return is_gone_or_terminating(await read_pod(session, request.about), request.about.uid)
