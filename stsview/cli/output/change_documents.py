"""Plans and results of changes as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stsview.actions.plan import Plan
from stsview.actions.progress import Progress
from stsview.cli.output.document import document, plain_value
from stsview.live.snapshot import Snapshot

_V1_FACTS = {
    "attached-volumes": "what is attached",
    "deleted-claims": "claims that go",
    "deletion-deadline": "when its end was due",
    "other-members-down": "members down besides",
    "other-writers": "who else writes it",
    "revision-after": "the revision that it comes back on",
    "unfinished-restart": "the restart before",
}
"""Names of facts, by the id of their precondition, that documents of this version keep from a former label."""


def plan_document(
    snapshot: Snapshot, plan: Plan, missing: Sequence[str], confirm_with: str, changed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A plan, and what is missing to confirm it.

    The documentation of JSON output lists the fields.
    """
    return document(
        "ActionPlan",
        snapshot,
        plan=_plan(plan),
        refused=[check.words for check in plan.refused],
        overridable=plan.overridable,
        missing=list(missing),
        confirmWith=confirm_with,
        changed=changed,
    )


def result_document(
    snapshot: Snapshot, plan: Plan, progress: Progress, seconds: float, exit_code: int, *, paused: bool
) -> dict[str, Any]:
    """The outcome of a change. The documentation of JSON output lists the fields."""
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
    """Without the goal, which adds nothing to the steps."""
    fields: dict[str, Any] = {"action": plain_value(plan.action), **plain_value(plan)}
    del fields["goal"]
    fields["facts"] = {_V1_FACTS.get(one.id, one.label): one.value for one in plan.preconditions}
    return fields
