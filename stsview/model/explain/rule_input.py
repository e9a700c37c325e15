"""The input of a rule: one set at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import msgspec

from stsview.model.base import Record
from stsview.model.explain.missing_ordinals import Absence, absences
from stsview.model.explain.set_facts import Facts
from stsview.model.finding import Finding
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.views import ClaimView, OrdinalView, SetView, Severity
from stsview.objects.claim import PersistentVolumeClaim

T = TypeVar("T")


class OrdinalClaim(Record, frozen=True):
    """An existing PVC of an expected ordinal, whether that has a pod or not."""

    row: Row
    view: ClaimView
    claim: PersistentVolumeClaim

    @property
    def name(self) -> str:
        return self.view.name


class RuleInput(msgspec.Struct, frozen=True, dict=True):
    """One set at one moment: its view, still without findings, and the facts.

    Compare with the present only by `facts.moment.passed` (or `facts.overdue`), and remember only by `facts.sightings`:
    otherwise findings do not appear and disappear on time.
    """

    view: SetView
    facts: Facts
    _shared: dict[Callable[[RuleInput], Any], Any] = msgspec.field(default_factory=dict)

    def once(self, compute: Callable[[RuleInput], T]) -> T:
        """What `compute` returns for the set, computed at its first use: for what several rules ask."""
        try:
            return cast("T", self._shared[compute])
        except KeyError:
            found = self._shared[compute] = compute(self)
            return found

    @cached_property
    def down(self) -> Sequence[Row]:
        """Expected ordinals whose pod is not available, ascending."""
        return [row for row in self.facts.rows.expected if row.slot.pod is not None and not row.available]

    @cached_property
    def causes(self) -> frozenset[Cause]:
        """Why those pods are not available."""
        return frozenset([row.diagnosis.cause for row in self.down])

    @cached_property
    def ending(self) -> Sequence[Row]:
        """Expected, then surplus ordinals whose pod is terminating, each ascending."""
        return [row for row in self.facts.rows.owned if row.terminating]

    @cached_property
    def claims(self) -> Sequence[OrdinalClaim]:
        """The existing PVCs of the expected ordinals, by ascending ordinal.

        A PVC that several pods share is there once for each of them.
        """
        held, claims = self.facts.objects.claims, self.facts.claims
        return [
            OrdinalClaim(row, view, claim)
            for row in self.facts.rows.expected
            for view in claims.get(row.name, ())
            if (claim := held.get(view.name)) is not None
        ]

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
            if not (row.available and row.serving)
            and (row.ordinal in missing or row.diagnosis.severity >= Severity.AT_RISK)
        ]

    def shown(self, row: Row) -> OrdinalView:
        """The view of a row."""
        return self.view.ordinals[self.facts.rows.all.index(row)]


Examine = Callable[[RuleInput], Sequence[Finding]]
"""Evaluates all rules: returns the findings, the worst first."""


def no_findings(case: RuleInput) -> Sequence[Finding]:
    """For a store without rules."""
    return ()
