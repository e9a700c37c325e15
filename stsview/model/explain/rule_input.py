"""What a rule is given to judge."""

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
    """One set at one moment: its view, without findings yet, and the facts that the view was made from.

    Nothing may be compared with the present in any other way than by `facts.moment.passed` (or `facts.overdue`), and
    nothing remembered in any other way than by `facts.sightings`: only then do findings come and go on time.
    """

    view: SetView
    facts: Facts

    @cached_property
    def down(self) -> Sequence[Row]:
        """The expected ordinals that have a pod which is not available, ascending."""
        return [row for row in self.facts.rows.expected if row.slot.pod is not None and not row.available]

    @cached_property
    def ending(self) -> Sequence[Row]:
        """The expected, then the condemned ordinals whose pod is being deleted, each ascending."""
        return [row for row in self.facts.rows.owned if row.terminating]

    @cached_property
    def absences(self) -> Sequence[Absence]:
        """Why each ordinal whose turn it is to be created has no pod yet."""
        return tuple(absences(self.facts))

    @cached_property
    def troubled(self) -> Sequence[Row]:
        """The expected ordinals that are down otherwise than in the course of things, ascending: broken, fallen out, or
        missing for too long. What only waits for one of them is not among them."""
        missing = {absence.row.ordinal for absence in self.absences if absence.stuck}
        return [
            row
            for row in self.facts.rows.expected
            if row.ordinal in missing
            or (row.diagnosis.severity >= Severity.AT_RISK and not (row.available and row.serving))
        ]

    def shown(self, row: Row) -> OrdinalView:
        """What the view shows of a row."""
        return self.view.ordinals[self.facts.rows.all.index(row)]


Examine = Callable[[RuleInput], Sequence[Finding]]
"""From a case to its findings, the worst first."""


def no_findings(case: RuleInput) -> Sequence[Finding]:
    """The judge of a store that has none."""
    return ()
