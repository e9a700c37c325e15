"""What a rule is given to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stsview.model.facts import Facts
from stsview.model.finding import Finding
from stsview.model.rows import Row
from stsview.model.views import OrdinalView, SetView


@dataclass(frozen=True, slots=True)
class Case:
    """One set at one moment: its view, without findings yet, and the facts that the view was made from.

    Nothing may be compared with the present in any other way than by `facts.moment.passed` (or `facts.overdue`), and
    nothing remembered in any other way than by `facts.sightings`: only then do findings come and go on time.
    """

    view: SetView
    facts: Facts

    @property
    def down(self) -> Iterator[Row]:
        """The expected ordinals that have a pod which is not available, ascending."""
        return (row for row in self.facts.rows.expected if row.slot.pod is not None and not row.available)

    def shown(self, row: Row) -> OrdinalView:
        """What the view shows of a row."""
        return self.view.ordinals[self.facts.rows.all.index(row)]


Examine = Callable[[Case], Sequence[Finding]]
"""From a case to its findings, the worst first."""


def nothing_found(case: Case) -> Sequence[Finding]:
    """The judge of a store that has none."""
    return ()
