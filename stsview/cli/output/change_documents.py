"""Plans and what came of them, for scripts."""

from __future__ import annotations

from typing import Any

from stsview.actions.plan import Plan
from stsview.actions.progress import Progress
from stsview.cli.output.document import document, plain_value
from stsview.cli.support.confirm import GivenConfirmation, flags
from stsview.live.snapshot import Snapshot


def plan_document(
    snapshot: Snapshot, plan: Plan, given: GivenConfirmation, changed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What would be done, and what is lacking; README.md names its fields."""
    return document(
        "ActionPlan",
        snapshot,
        plan=_plan(plan),
        refused=[check.words for check in plan.refused],
        overridable=plan.overridable,
        missing=[] if plan.refused else given.missing(plan),
        confirmWith=flags(plan),
        changed=changed,
    )


def result_document(
    snapshot: Snapshot, plan: Plan, progress: Progress, seconds: float, exit_code: int, *, paused: bool
) -> dict[str, Any]:
    """What was done, and what came of it; README.md names its fields."""
    return document(
        "ActionResult",
        snapshot,
        plan=_plan(plan),
        outcome=progress.outcome,
        words=progress.words,
        left=progress.left,
        steps=progress.steps,
        part=progress.part,
        paused=paused,
        seconds=round(seconds, 3),
        exitCode=exit_code,
    )


def _plan(plan: Plan) -> dict[str, Any]:
    """The goal is left out: it says nothing that the steps do not."""
    told: dict[str, Any] = {"action": plain_value(plan.action), **plain_value(plan)}
    del told["goal"]
    told["facts"] = {one.label: one.value for one in plan.preconditions}
    return told
