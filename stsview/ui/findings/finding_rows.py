"""All findings of a fleet, grouped by rule, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stsview.model.finding import Finding, Level
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.triage.catalogue import BY_ID
from stsview.ui.findings.finding_filter import FindingFilter
from stsview.ui.findings.finding_text import headline, health_of_level
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.phrases import count
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Cell, Column

COLUMNS = (
    Column("finding", "FINDING", min_width=54, weight=1, priority=200),
    Column("set", "SET", min_width=10, max_width=40, priority=150),
    Column("since", "SINCE", priority=120),
    Column("certainty", "HOW SURE", priority=60),
)

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FindingKey:
    """One finding: of which set, by which rule, and about what; the same finding a moment later has the same."""

    set: Key
    rule: str
    about: tuple[str, str]
    place: int = 0
    """Which of those that are alike so far."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """The line above the findings of one rule."""

    rule: str


RowKey = FindingKey | GroupKey


class FindingList:
    """The findings of all sets; takes what changed, and tells which rows there are."""

    def __init__(self) -> None:
        self._of_set: dict[Key, dict[FindingKey, Finding]] = {}

    def take(self, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> bool:
        """Take over the findings of the sets that changed (None: of all); whether any finding is another."""
        before = self._of_set
        if changed is None:
            self._of_set = {key: found for key, view in sets.items() if (found := _keyed(view))}
            return self._of_set != before
        otherwise = False
        for key in changed:
            view = sets.get(key)
            found = _keyed(view) if view is not None else {}
            if found == before.get(key, {}):
                continue
            otherwise = True
            if found:
                before[key] = found
            else:
                before.pop(key, None)
        return otherwise

    def get(self, key: FindingKey) -> Finding | None:
        return self._of_set.get(key.set, {}).get(key)

    @property
    def total(self) -> int:
        return sum(len(found) for found in self._of_set.values())

    def counts(self) -> Mapping[Level, int]:
        counts = dict.fromkeys(reversed(Level), 0)
        for found in self._of_set.values():
            for finding in found.values():
                counts[finding.level] += 1
        return counts

    def rows(self, wanted: FindingFilter, closed: frozenset[str]) -> tuple[list[RowKey], int]:
        """The rows in their order, and how many findings match: groups with the gravest first, in them the longest
        first; of a closed group only its line. A finding that is the only one of its rule stands alone."""
        groups: dict[str, list[tuple[FindingKey, Finding]]] = {}
        for found in self._of_set.values():
            for key, finding in found.items():
                if wanted.matches(key.set, finding):
                    groups.setdefault(key.rule, []).append((key, finding))
        rows: list[RowKey] = []
        for rule, members in sorted(groups.items(), key=lambda group: _gravity(*group)):
            alone = len(members) == 1
            if not alone:
                rows.append(GroupKey(rule))
            if alone or rule not in closed:
                rows.extend(key for key, _ in sorted(members, key=_oldest_first))
        return rows, sum(len(members) for members in groups.values())

    def group(self, rule: str, wanted: FindingFilter) -> list[Finding]:
        """The findings of one rule that match."""
        return [
            finding
            for found in self._of_set.values()
            for key, finding in found.items()
            if key.rule == rule and wanted.matches(key.set, finding)
        ]


def _keyed(view: SetView) -> dict[FindingKey, Finding]:
    found: dict[FindingKey, Finding] = {}
    for finding in view.findings:
        key = FindingKey(view.key, finding.rule, (finding.object.kind, finding.object.name))
        while key in found:
            key = FindingKey(key.set, key.rule, key.about, key.place + 1)
        found[key] = finding
    return found


def _gravity(rule: str, members: list[tuple[FindingKey, Finding]]) -> tuple[Any, ...]:
    return (-max(finding.level for _, finding in members), -len(members), rule)


def _oldest_first(member: tuple[FindingKey, Finding]) -> tuple[Any, ...]:
    key, finding = member
    return (-finding.level, finding.since or _NEVER, key.set, key.about, key.place)


def finding_row(key: FindingKey, finding: Finding, now: datetime, *, alone: bool = False) -> tuple[Cell, ...]:
    """The cells of COLUMNS; `alone` where no line of a group is above."""
    quiet = finding.level is Level.NOTICE
    below: Spans = ((f"  {active().separator} and {len(finding.below)} with it", Role.DIM),) if finding.below else ()
    return (
        (("" if alone else "  ", Role.DIM), *headline(finding), *below),
        ((f"{key.set.namespace}/", Role.DIM), (key.set.name, Role.DIM if quiet else Role.TEXT)),
        ((age(finding.since, now), Role.DIM if quiet else Role.WARNING),) if finding.since is not None else (),
        ((finding.certainty.value, Role.DIM),),
    )


def group_row(rule: str, members: list[Finding], *, closed: bool) -> tuple[Cell, ...]:
    """The line above the findings of one rule."""
    health = health_of_level(max(finding.level for finding in members)) if members else health_of_level(Level.NOTICE)
    title = BY_ID[rule].title if rule in BY_ID else rule
    figures = count(len(members), "finding") + (" folded" if closed else "")
    words: Spans = (
        sign(health),
        (f" {title}", role_of(health).strong),
        (f"  {figures} {active().separator} {rule}", Role.DIM),
    )
    return (words, *((),) * (len(COLUMNS) - 1))
