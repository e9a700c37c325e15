"""Rows of the findings table: all findings of the fleet, grouped by rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sortedcontainers import SortedKeyList

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


class FindingKey(msgspec.Struct, frozen=True, cache_hash=True):
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


class _Group:
    """The findings of one rule that match the filter, the worst and longest lasting first."""

    def __init__(self) -> None:
        self._places: dict[FindingKey, tuple[Any, ...]] = {}
        self.findings: dict[FindingKey, Finding] = {}
        self.keys: Any = SortedKeyList(key=self._places.__getitem__)

    def put(self, key: FindingKey, finding: Finding) -> None:
        self._places[key] = _oldest_first(key, finding)
        self.findings[key] = finding
        self.keys.add(key)

    def remove(self, key: FindingKey) -> None:
        self.keys.remove(key)
        del self.findings[key], self._places[key]

    @property
    def worst(self) -> Level:
        return self.findings[self.keys[0]].level


class FindingList:
    """The findings of all sets, updated from snapshots and listed as rows.

    A change costs what the findings of its set cost; only the list of the rows is made of all of them.
    """

    def __init__(self) -> None:
        self._by_set: dict[Key, dict[FindingKey, Finding]] = {}
        self._sets: Mapping[Key, SetView] = {}
        self._counts = dict.fromkeys(reversed(Level), 0)
        self._unknown: set[Key] = set()
        self._filter = FindingFilter()
        self._groups: dict[str, _Group] = {}

    def update(self, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> bool:
        """Read the findings of the changed sets (None: of all sets).

        Returns whether any finding changed, or may match the filter now and not before.
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
            # A filter also reads the set: its nodes, zones, images.
            if findings == before and not (before and self._filter.active):
                continue
            any_changed = True
            self._exclude(before)
            for finding in before.values():
                self._counts[finding.level] -= 1
            for finding in findings.values():
                self._counts[finding.level] += 1
            if findings:
                self._by_set[key] = findings
            else:
                del self._by_set[key]
            self._include(findings)
        return any_changed

    def filter_by(self, wanted: FindingFilter) -> None:
        """List only findings that match."""
        self._filter = wanted
        self._groups.clear()
        for findings in self._by_set.values():
            self._include(findings)

    def get(self, key: FindingKey) -> Finding | None:
        return self._by_set.get(key.set, {}).get(key)

    @property
    def total(self) -> int:
        return sum(self._counts.values())

    @property
    def matching(self) -> int:
        """Number of findings that match the filter."""
        return sum([len(group.keys) for group in self._groups.values()])

    @property
    def counts(self) -> Mapping[Level, int]:
        return self._counts

    @property
    def partly_readable(self) -> int:
        """Number of sets of which a part is unknown."""
        return len(self._unknown)

    def rows(self, closed: frozenset[str]) -> list[RowKey]:
        """The rows of the findings that match, in order.

        Groups with the worst level come first, and the longest lasting finding first in each. A folded (`closed`) group
        has only its header row; the only finding of a rule has none.
        """
        rows: list[RowKey] = []
        for rule, group in sorted(self._groups.items(), key=lambda entry: _worst_first(*entry)):
            alone = len(group.keys) == 1
            if not alone:
                rows.append(GroupKey(rule))
            if alone or rule not in closed:
                rows.extend(group.keys)
        return rows

    def group(self, rule: str) -> Collection[Finding]:
        """The matching findings of one rule, in no order."""
        group = self._groups.get(rule)
        return () if group is None else group.findings.values()

    def _include(self, findings: Mapping[FindingKey, Finding]) -> None:
        for key, finding in findings.items():
            view = self._sets.get(key.set)
            if view is not None and self._filter.matches(FindingOfSet(view, finding)):
                group = self._groups.get(key.rule)
                if group is None:
                    group = self._groups[key.rule] = _Group()
                group.put(key, finding)

    def _exclude(self, findings: Iterable[FindingKey]) -> None:
        for key in findings:
            group = self._groups.get(key.rule)
            if group is not None and key in group.findings:
                group.remove(key)
                if not group.keys:
                    del self._groups[key.rule]


def _keyed(view: SetView) -> dict[FindingKey, Finding]:
    findings: dict[FindingKey, Finding] = {}
    for finding in view.findings:
        key = FindingKey(view.key, finding.rule, (finding.object.kind, finding.object.name))
        while key in findings:
            key = FindingKey(key.set, key.rule, key.about, key.place + 1)
        findings[key] = finding
    return findings


def _worst_first(rule: str, group: _Group) -> tuple[Any, ...]:
    return (-group.worst, -len(group.keys), rule)


def _oldest_first(key: FindingKey, finding: Finding) -> tuple[Any, ...]:
    return (-finding.level, finding.since or _NEVER, key.set, key.about, key.place)


def finding_row(
    key: FindingKey, finding: Finding, now: datetime, cluster: str = "", *, alone: bool = False
) -> tuple[Cell, ...]:
    """Cells of COLUMNS; `alone` when the finding has no header row. `cluster` is the label of one of several."""
    quiet = finding.level is Level.NOTICE
    symptoms = len(finding.below)
    below: Spans = ((f"  {active().separator} +{count(symptoms, 'symptom')}", Role.DIM),) if symptoms else ()
    of_cluster: Spans = ((f"{cluster} ", Role.BRIGHT),) if cluster else ()
    return (
        (("" if alone else "  ", Role.DIM), *headline(finding), *below),
        (*of_cluster, (f"{key.set.namespace}/", Role.DIM), (key.set.name, Role.DIM if quiet else Role.TEXT)),
        ((age(finding.since, now), Role.DIM if quiet else Role.WARNING),) if finding.since is not None else (),
        ((finding.certainty.value, Role.DIM),),
    )


def group_row(rule: str, members: Collection[Finding], *, closed: bool) -> tuple[Cell, ...]:
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
