"""Ordinals without a pod, and the reconcile that makes the controller retry."""

from __future__ import annotations

from datetime import UTC, datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.missing_ordinals import Absence, Gap
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.triage.rule import kubectl


def stuck_absences(case: RuleInput, *gaps: Gap) -> list[Absence]:
    """Ordinals that have been missing for too long, for one of these reasons."""
    return [absence for absence in case.absences if absence.stuck and absence.gap in gaps]


def not_reached(absence: Absence) -> str:
    """That the controller does not create the higher ordinals either; empty where it may."""
    names = [row.name for row in absence.behind]
    return f"{listed(names)} {'is' if len(names) == 1 else 'are'} not created until then" if names else ""


def reconcile(case: RuleInput, began: datetime | None, text: str) -> Remedy:
    """The step that makes the controller sync at once, whatever its back-off.

    A write to the set that changes no behaviour.

    `began` only makes the annotation's value differ from one problem to the next.
    """
    mark = (began or datetime.fromtimestamp(0, UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    command = kubectl(case, "annotate", "statefulset", case.view.name, "--overwrite", f"stsview.io/nudge={mark}")
    return Remedy(text, Danger.REVERSIBLE, ActionId.RECONCILE, command)


def no_pod(row: Row) -> Evidence:
    """Evidence that the row's pod does not exist."""
    return Evidence(f"Pod {row.name}", "metadata", "absent")
