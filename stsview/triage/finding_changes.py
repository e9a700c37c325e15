"""What findings begin and end between two pictures of a fleet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from typing import TypeAlias

import msgspec

from stsview.model.finding import Finding, Level
from stsview.model.views import SetView, Severity
from stsview.objects.meta import Key


class ChangeType(Enum):
    BEGAN = "began"
    CHANGED = "changed"
    """Its level, or whether it is acknowledged."""
    ENDED = "ended"


class FindingChange(msgspec.Struct, frozen=True):
    """A finding that began, changed or ended; of one that ended, as it was last."""

    type: ChangeType
    set: Key
    finding: Finding
    former: Level | None = None
    """The level before, of one that changed."""


_Identity: TypeAlias = tuple[str, str, str, int]
"""Rule, kind and name of the object, and how many findings the rule had of it before: what makes a finding the same one
from one view to the next. Its headline may count, and its ordinals become more."""


class FindingChanges:
    """Compares the findings of each set with those that it had before."""

    def __init__(self, *, symptoms: bool = True) -> None:
        """`symptoms`: also compare the findings that others explain."""
        self._symptoms = symptoms
        self._held: dict[Key, dict[_Identity, Finding]] = {}

    def update(self, sets: Mapping[Key, SetView], changed: Collection[Key]) -> list[FindingChange]:
        """What differs since the last call, where only the sets in `changed` do; by set, those that ended first.

        While the state of a set is unknown, none of its findings ends.
        """
        return [change for key in sorted(changed) for change in self._update(key, sets.get(key))]

    @property
    def held(self) -> Iterator[tuple[Key, Finding]]:
        """The findings of the last call."""
        return ((key, finding) for key, findings in self._held.items() for finding in findings.values())

    def _update(self, key: Key, view: SetView | None) -> Iterator[FindingChange]:
        before = self._held.pop(key, {})
        found = () if view is None else view.findings
        now = _identified(flattened(found) if self._symptoms else found)
        if view is not None and view.severity is Severity.UNKNOWN:
            now = {**before, **now}
        if now:
            self._held[key] = now
        for identity, finding in before.items():
            if identity not in now:
                yield FindingChange(ChangeType.ENDED, key, finding)
        for identity, finding in now.items():
            former = before.get(identity)
            if former is None:
                yield FindingChange(ChangeType.BEGAN, key, finding)
            elif (former.level, former.acknowledged) != (finding.level, finding.acknowledged):
                yield FindingChange(ChangeType.CHANGED, key, finding, former.level)


def flattened(findings: Collection[Finding]) -> Iterator[Finding]:
    """The findings, each followed by its symptoms."""
    for finding in findings:
        yield finding
        yield from flattened(finding.below)


def _identified(findings: Iterable[Finding]) -> dict[_Identity, Finding]:
    found: dict[_Identity, Finding] = {}
    for finding in findings:
        same = 0
        while (identity := (finding.rule, finding.object.kind, finding.object.name, same)) in found:
            same += 1
        found[identity] = finding
    return found
