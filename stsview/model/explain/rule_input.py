"""The input of a rule: one set at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from stsview.model.explain.missing_ordinals import Absence, absences
from stsview.model.explain.set_facts import Facts
from stsview.model.finding import Finding
from stsview.model.ordinals.rows import Row
from stsview.model.views import OrdinalView, SetView, Severity


@dataclass(frozen=True)
class RuleInput:
    """One set at one moment: its view, still without findings, and the facts.

    Compare with the present only by `facts.moment.passed` (or `facts.overdue`), and remember only by `facts.sightings`:
    otherwise findings do not appear and disappear on time.
    """

    view: SetView
    facts: Facts

    @cached_property
    def down(self) -> Sequence[Row]:
        """Expected ordinals whose pod is not available, ascending."""
        return [row for row in self.facts.rows.expected if row.slot.pod is not None and not row.available]

    @cached_property
    def ending(self) -> Sequence[Row]:
        """Expected, then surplus ordinals whose pod is terminating, each ascending."""
        return [row for row in self.facts.rows.owned if row.terminating]

    @cached_property
    def absences(self) -> Sequence[Absence]:
        """Why each ordinal that is to be created now has no pod yet."""
        return tuple(absences(self.facts))

    @cached_property
    def troubled(self) -> Sequence[Row]:
        """Expected ordinals that are broken, no longer Ready, or missing for too long.

        Those that only wait for one of them are not among them.
        """
        missing = {absence.row.ordinal for absence in self.absences if absence.stuck}
        return [
            row
            for row in self.facts.rows.expected
            if row.ordinal in missing
            or (row.diagnosis.severity >= Severity.AT_RISK and not (row.available and row.serving))
        ]

    def shown(self, row: Row) -> OrdinalView:
        """The view of a row."""
        return self.view.ordinals[self.facts.rows.all.index(row)]


Examine = Callable[[RuleInput], Sequence[Finding]]
"""Evaluates all rules: returns the findings, the worst first."""


def no_findings(case: RuleInput) -> Sequence[Finding]:
    """For a store without rules."""
    return ()
