"""Rows of the findings table: all findings of the fleet, grouped by rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from stsview.model.finding import Finding, Level
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.triage.on_first_use import rule_of
from stsview.ui.findings.finding_filter import FindingFilter, FindingOfSet
from stsview.ui.findings.finding_text import headline, health_of_level
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Cell, Column

COLUMNS = (
    Column("finding", "FINDING", min_width=54, weight=1, priority=200),
    Column("set", "SET", min_width=10, max_width=40, priority=150),
    Column("since", "SINCE", priority=120),
    Column("certainty", "CONFIDENCE", priority=60),
)

_NEVER = datetime.max.replace(tzinfo=UTC)


class FindingKey(msgspec.Struct, frozen=True):
    """Identity of a finding over time: set, rule, and object."""

    set: Key
    rule: str
    about: tuple[str, str]
    place: int = 0
    """Index among findings that share the rest."""


class GroupKey(msgspec.Struct, frozen=True):
    """Identity of the header row of one rule."""

    rule: str


RowKey = FindingKey | GroupKey


class FindingList:
    """The findings of all sets, updated from snapshots and listed as rows."""

    def __init__(self) -> None:
        self._by_set: dict[Key, dict[FindingKey, Finding]] = {}
        self._sets: Mapping[Key, SetView] = {}
        self._counts = dict.fromkeys(reversed(Level), 0)
        self._unknown: set[Key] = set()
        self._groups: dict[str, list[Finding]] = {}

    def update(self, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> bool:
        """Read the findings of the changed sets (None: of all sets).

        Returns whether any finding changed.
        """
        self._sets = sets
        any_changed = False
        for key in {*sets, *self._by_set, *self._unknown} if changed is None else changed:
            view = sets.get(key)
            if view is not None and view.unknown:
                self._unknown.add(key)
            else:
                self._unknown.discard(key)
            findings, before = _keyed(view) if view is not None else {}, self._by_set.get(key, {})
            if findings == before:
                continue
            any_changed = True
            for finding in before.values():
                self._counts[finding.level] -= 1
            for finding in findings.values():
                self._counts[finding.level] += 1
            if findings:
                self._by_set[key] = findings
            else:
                del self._by_set[key]
        return any_changed

    def get(self, key: FindingKey) -> Finding | None:
        return self._by_set.get(key.set, {}).get(key)

    @property
    def total(self) -> int:
        return sum(self._counts.values())

    @property
    def counts(self) -> Mapping[Level, int]:
        return self._counts

    @property
    def partly_readable(self) -> int:
        """Number of sets of which a part is unknown."""
        return len(self._unknown)

    def rows(self, query: FindingFilter, closed: frozenset[str]) -> tuple[list[RowKey], int]:
        """The rows in order, and the number of findings that match.

        Groups with the worst level come first, and the longest lasting finding first in each. A folded (`closed`) group
        has only its header row; the only finding of a rule has none.

        `group` returns the groups of the last call.
        """
        groups: dict[str, list[tuple[FindingKey, Finding]]] = {}
        for findings in self._by_set.values():
            for key, finding in findings.items():
                if self._matches(query, key, finding):
                    groups.setdefault(key.rule, []).append((key, finding))
        self._groups = {rule: [finding for _, finding in members] for rule, members in groups.items()}
        rows: list[RowKey] = []
        for rule, members in sorted(groups.items(), key=lambda group: _worst_first(*group)):
            alone = len(members) == 1
            if not alone:
                rows.append(GroupKey(rule))
            if alone or rule not in closed:
                rows.extend(key for key, _ in sorted(members, key=_oldest_first))
        return rows, sum(len(members) for members in groups.values())

    def group(self, rule: str) -> Sequence[Finding]:
        """The matching findings of one rule, as of the last `rows`."""
        return self._groups.get(rule, ())

    def _matches(self, query: FindingFilter, key: FindingKey, finding: Finding) -> bool:
        view = self._sets.get(key.set)
        return view is not None and query.matches(FindingOfSet(view, finding))


def _keyed(view: SetView) -> dict[FindingKey, Finding]:
    findings: dict[FindingKey, Finding] = {}
    for finding in view.findings:
        key = FindingKey(view.key, finding.rule, (finding.object.kind, finding.object.name))
        while key in findings:
            key = FindingKey(key.set, key.rule, key.about, key.place + 1)
        findings[key] = finding
    return findings


def _worst_first(rule: str, members: list[tuple[FindingKey, Finding]]) -> tuple[Any, ...]:
    return (-max(finding.level for _, finding in members), -len(members), rule)


def _oldest_first(member: tuple[FindingKey, Finding]) -> tuple[Any, ...]:
    key, finding = member
    return (-finding.level, finding.since or _NEVER, key.set, key.about, key.place)


def finding_row(key: FindingKey, finding: Finding, now: datetime, *, alone: bool = False) -> tuple[Cell, ...]:
    """Cells of COLUMNS; `alone` when the finding has no header row."""
    quiet = finding.level is Level.NOTICE
    symptoms = len(finding.below)
    below: Spans = ((f"  {active().separator} +{count(symptoms, 'symptom')}", Role.DIM),) if symptoms else ()
    return (
        (("" if alone else "  ", Role.DIM), *headline(finding), *below),
        ((f"{key.set.namespace}/", Role.DIM), (key.set.name, Role.DIM if quiet else Role.TEXT)),
        ((age(finding.since, now), Role.DIM if quiet else Role.WARNING),) if finding.since is not None else (),
        ((finding.certainty.value, Role.DIM),),
    )


def group_row(rule: str, members: Sequence[Finding], *, closed: bool) -> tuple[Cell, ...]:
    """Cells of the header row of one rule."""
    health = health_of_level(max((finding.level for finding in members), default=Level.NOTICE))
    known = rule_of(rule)
    title = rule if known is None else known.title
    amount = count(len(members), "finding") + (" folded" if closed else "")
    words: Spans = (
        sign(health),
        (f" {title}", role_of(health).strong),
        (f"  {amount} {active().separator} {rule}", Role.DIM),
    )
    return (words, *((),) * (len(COLUMNS) - 1))
