"""Recheck of what a plan would lose, for a request that is sent again."""

from __future__ import annotations

from stsview.actions.errors import Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.execution.sender import Recheck
from stsview.actions.preflight.hazard_checks import losing


def loss_when_repeated(execution: Execution) -> Recheck:
    """A recheck that reads the set again before each sending but the first.

    The plan was made from fresh reads when it was confirmed. After a 429 the request waits, and a PVC of a pod that it
    terminates may be deleted meanwhile. A plan with an override is not checked again.
    """
    first = True

    async def recheck() -> str:
        nonlocal first
        plan = execution.plan
        if first or plan.override or not plan.ends:
            first = False
            return ""
        try:
            fresh = await execution.read_fresh_state()
        except Refused as error:
            return str(error)
        return "; ".join(filter(None, (losing(fresh, pod) for pod in plan.ends)))

    return recheck
