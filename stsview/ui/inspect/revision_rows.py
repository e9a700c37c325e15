"""Rows of the revisions table, and the coloured diff of two revisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import Snapshot
from stsview.model.cache.coverage import Coverage
from stsview.model.names import short_revision
from stsview.model.rollout.detail import RevisionView, SetDetail
from stsview.model.rollout.history import HistoryEntry
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count, number
from stsview.text.template_diff import DiffLine, LineKind
from stsview.ui.kit.live.empty_states import set_not_found
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Align, Column, Placeholder

COLUMNS = (
    Column("number", "REV", align=Align.RIGHT, priority=200),
    Column("name", "NAME", min_width=10, max_width=40, priority=190),
    Column("created", "CREATED", align=Align.RIGHT, priority=110),
    Column("applied", "LAST APPLIED", align=Align.RIGHT, priority=180),
    Column("pods", "PODS", align=Align.RIGHT, priority=170),
    Column("state", "", priority=160),
    Column("manager", "BY", max_width=28, priority=120),
    Column("cause", "CHANGE CAUSE", min_width=12, weight=1, priority=60),
)


def revision_row(entry: HistoryEntry, set_name: str, now: datetime, *, marked: bool = False) -> tuple[Spans, ...]:
    """Cells of COLUMNS; `marked` for the diff base."""
    revision = entry.revision
    used = bool(entry.pods) or entry.current or entry.update
    return (
        ((str(revision.number), Role.STRONG if used else Role.TEXT),),
        ((short_revision(revision.name, set_name), Role.BRIGHT if used else Role.TEXT),),
        ((age(revision.created, now), Role.DIM),),
        ((age(revision.applied, now), Role.TEXT),),
        ((number(len(entry.pods)), Role.BRIGHT) if entry.pods else (active().nothing, Role.DIM),),
        _state(entry, marked=marked),
        ((revision.manager, Role.TEXT),),
        ((" ".join(revision.cause.split()), Role.TEXT),),
    )


def _state(entry: HistoryEntry, *, marked: bool) -> Spans:
    spans: list[Span] = []
    if entry.current:
        spans.append(("current", Role.TEXT))
    if entry.update:
        spans += [(" + ", Role.DIM)] if spans else []
        spans.append(("update", Role.ACCENT))
    if marked:
        spans += [(" ", Role.DIM)] if spans else []
        spans.append((f"{active().check} diff base", Role.KEY))
    return tuple(spans)


def revisions_title(key: Key, detail: SetDetail | None) -> tuple[Spans, tuple[Spans, ...]]:
    """Title: set, number of revisions, and a warning when they are not current."""
    left: Spans = (("revisions of ", Role.DIM), (key.name, Role.STRONG))
    if detail is None or not detail.revisions:
        return left, ()
    if why := detail.revisions_health.reason:
        left = (*left, ("   ", Role.DIM), sign(Health.WARNING), (f" {why}", Role.WARNING))
    return left, (((count(len(detail.revisions), "revision"), Role.DIM),),)


def no_revisions(key: Key, snapshot: Snapshot) -> Placeholder:
    """Why there is no revision to show."""
    detail = snapshot.detail
    if detail is not None and detail.key == key:
        if why := detail.revisions_health.reason:
            return Placeholder("revisions unavailable", (why,), Health.UNKNOWN)
        if detail.revisions_health.coverage.coverage is Coverage.COMPLETE and key in snapshot.fleet.sets:
            return Placeholder(
                f"{key.name} has no revisions", ("the controller creates the first one when it first syncs the set",)
            )
    if key not in snapshot.fleet.sets:
        return set_not_found(key, snapshot)
    return Placeholder(f"loading revisions of {key.name} {active().ellipsis}")


def diff_pair(entries: Sequence[HistoryEntry], name: str, marked: str = "") -> tuple[RevisionView, RevisionView] | None:
    """The two revisions to compare for the selected one, older first.

    None when there is nothing to compare.
    The selected revision is compared with the marked one, or else with the update revision; the update revision itself
    with the one before it.
    """
    place = next((place for place, entry in enumerate(entries) if entry.revision.name == name), None)
    if place is None:
        return None
    chosen = entries[place].revision
    other = next((entry.revision for entry in entries if entry.revision.name == marked), None)
    if other is not None and other != chosen:
        return (chosen, other) if chosen.number < other.number else (other, chosen)
    update = next((entry.revision for entry in entries if entry.update), entries[0].revision)
    if chosen != update:
        return chosen, update
    return (entries[place + 1].revision, chosen) if place + 1 < len(entries) else None


def diff_title(pair: tuple[RevisionView, RevisionView] | None, set_name: str) -> Spans:
    """Title of a diff: minus lines are the first revision, plus lines the second."""
    if pair is None:
        return (("nothing to compare", Role.DIM),)
    before, after = pair
    return (
        ("- ", Role.DEGRADED_STRONG),
        (f"{before.number} ", Role.STRONG),
        (short_revision(before.name, set_name), Role.TEXT),
        ("   ", Role.DIM),
        ("+ ", Role.READY_STRONG),
        (f"{after.number} ", Role.STRONG),
        (short_revision(after.name, set_name), Role.TEXT),
        ("   pod template", Role.DIM),
    )


def diff_spans(lines: Sequence[DiffLine]) -> list[Spans]:
    """The diff as coloured lines, with a blank line before each path."""
    spans: list[Spans] = []
    for line in lines:
        match line.kind:
            case LineKind.HUNK:
                spans += [()] if spans else []
                spans.append(((line.text, Role.ACCENT),))
            case LineKind.CONTEXT:
                spans.append(((f"  {line.text}", Role.DIM),))
            case LineKind.REMOVED:
                spans.append((("- ", Role.DEGRADED_STRONG), (line.text, Role.DEGRADED)))
            case LineKind.ADDED:
                spans.append((("+ ", Role.READY_STRONG), (line.text, Role.READY)))
    return spans


def no_difference(pair: tuple[RevisionView, RevisionView] | None) -> Placeholder:
    if pair is None:
        return Placeholder("the only revision", ("a change of the pod template creates a second one",))
    return Placeholder("no differences", health=Health.READY)
