"""The march of most actions: what the plan names is sent, and then followed to the plan's goal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from stsview.actions.execution.execution import Execution
from stsview.actions.execution.goal_tracking import watch
from stsview.actions.intents import Intent
from stsview.actions.plan import Plan
from stsview.cluster.http.session import Session


def at_once(
    done: Callable[[Session, Plan], Awaitable[bool]],
    still: Callable[[Session, Plan], Awaitable[str]] | None = None,
) -> Callable[[Execution, Intent], Awaitable[None]]:
    """`done`: whether what the plan asks for has been done, for when no answer came; raises `Refused`, `ClusterError`.

    `still`: a last look, just before each sending: why it is not to be sent any more, empty where it may be. For what
    no precondition of a request can say; raises `ClusterError`.
    """

    async def execute(execution: Execution, intent: Intent) -> None:
        plan, session = execution.plan, execution.session
        for request in plan.requests:
            await execution.send(
                request, partial(done, session, plan), partial(still, session, plan) if still is not None else None
            )
        await execution.reach(watch(plan.goal, intent.set_uid))

    return execute
