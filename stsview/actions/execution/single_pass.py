"""The executor of most actions.

It sends the plan's requests, then follows the set to the plan's goal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from stsview.actions.execution.execution import Execution
from stsview.actions.execution.goal_tracking import goal_tracker
from stsview.actions.execution.loss_recheck import loss_when_repeated
from stsview.actions.execution.sender import Recheck
from stsview.actions.intents import SetIntent
from stsview.actions.plan import Plan
from stsview.cluster.http.session import Session


def single_pass(
    was_done: Callable[[Session, Plan], Awaitable[bool]],
    recheck: Callable[[Session, Plan], Awaitable[str]] | None = None,
) -> Callable[[Execution, SetIntent], Awaitable[None]]:
    """An executor.

    `was_done`: whether the plan's requests were carried out, for a request whose answer was lost; raises `Refused` and
    `ClusterError`. `recheck`: why a request must not be sent after all, empty where it may be; called just before each
    sending, for what no precondition of a request can express; raises `ClusterError`. A request that is sent again is
    also checked for what it would lose.
    """

    async def execute(execution: Execution, intent: SetIntent) -> None:
        plan, session = execution.plan, execution.session
        for request in plan.requests:
            await execution.send(request, partial(was_done, session, plan), _rechecks(execution, recheck))
        await execution.wait_for_goal(goal_tracker(plan.goal, intent.set_uid))

    return execute


def _rechecks(execution: Execution, recheck: Callable[[Session, Plan], Awaitable[str]] | None) -> Recheck:
    """The action's own recheck, then that for loss."""
    loss = loss_when_repeated(execution)

    async def both() -> str:
        why = await recheck(execution.session, execution.plan) if recheck is not None else ""
        return why or await loss()

    return both
