"""The last replacements of a set's pods, drawn on one scale of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from stsview.model.rollout.detail import EventView
from stsview.model.states import Health
from stsview.model.views import OrdinalView, Phase, Place, SetView, Stretch
from stsview.text.ages import precise, since_when
from stsview.text.glyphs import active
from stsview.text.terminal_text import fit, width
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Span, Spans

_DELETED = re.compile(r"delete Pod (\S+) in StatefulSet ", re.IGNORECASE)
"""pkg/controller/statefulset/stateful_pod_control.go, recordPodEvent."""

_GAP = timedelta(minutes=15)
"""What happened longer before the rest belongs to another story."""

_ROLES = {
    Stretch.ENDING: Role.TERMINATING,
    Stretch.PLACING: Role.DIM,
    Stretch.STARTING: Role.PROGRESSING,
    Stretch.WARMING_UP: Role.READY,
}

_UNICODE = {Stretch.ENDING: "▒", Stretch.PLACING: "░", Stretch.STARTING: "▓", Stretch.WARMING_UP: "█"}
_ASCII = {Stretch.ENDING: "e", Stretch.PLACING: ".", Stretch.STARTING: "s", Stretch.WARMING_UP: "w"}

_WORDS_CELLS = 22
"""For how long it took, and how it is now."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """One ordinal on the time line."""

    ordinal: OrdinalView
    phases: tuple[Phase, ...]

    @property
    def start(self) -> datetime:
        return self.phases[0].start

    def end(self, now: datetime) -> datetime:
        return self.phases[-1].end or now


@dataclass(frozen=True, slots=True)
class RecentReplacements:
    """What belongs together: replacements with no long pause between them."""

    rows: tuple[Replacement, ...]
    """In the order in which an update takes them, the highest ordinal first."""
    start: datetime
    end: datetime
    waiting: OrdinalView | None = None
    """Whose turn comes next."""


def deletion_times(events: Iterable[EventView]) -> dict[str, datetime]:
    """By name of a pod: when the controller last deleted one of that name, as its events tell."""
    ended: dict[str, datetime] = {}
    for event in events:
        if event.reason != "SuccessfulDelete" or event.last is None:
            continue
        told = _DELETED.match(event.message)
        if told is not None and (told[1] not in ended or ended[told[1]] < event.last):
            ended[told[1]] = event.last
    return ended


def recent_replacements(view: SetView, ended: Mapping[str, datetime], now: datetime) -> RecentReplacements | None:
    """The newest replacements; None where the pods tell of none. `ended`: by name of the pod, when the end of the one
    before was asked for, as far as that is known."""
    known = [_replacement(ordinal, ended) for ordinal in view.ordinals if ordinal.phases]
    known = [one for one in known if one.ordinal.place in (Place.EXPECTED, Place.SURPLUS)]
    if not known:
        return None
    known.sort(key=lambda one: one.start, reverse=True)
    begun, told = known[0].start, []
    for one in known:
        if one.end(now) < begun - _GAP:
            break
        begun = one.start
        told.append(one)
    end = max(one.end(now) for one in told)
    waiting = next((ordinal for ordinal in view.ordinals if ordinal.next), None)
    names = {one.ordinal.name for one in told}
    return RecentReplacements(
        tuple(sorted(told, key=lambda one: -one.ordinal.ordinal)),
        min(one.start for one in told),
        end,
        waiting if waiting is not None and waiting.name not in names else None,
    )


def _replacement(ordinal: OrdinalView, ended: Mapping[str, datetime]) -> Replacement:
    asked, first = ended.get(ordinal.name), ordinal.phases[0]
    if asked is None or first.stretch is Stretch.ENDING or asked > first.start:
        return Replacement(ordinal, ordinal.phases)
    return Replacement(ordinal, (Phase(Stretch.ENDING, asked, first.start), *ordinal.phases))


def title(story: RecentReplacements, now: datetime, zone: tzinfo | None = None) -> str:
    """From when to when."""
    if story.end < now:
        return f"Timeline  {since_when(story.start, now, zone)} - {since_when(story.end, now, zone)}"
    return f"Timeline  {since_when(story.start, now, zone)} - now"


def timeline(story: RecentReplacements, now: datetime, cells: int, lines: int) -> list[Spans]:
    """A line per ordinal in `cells` cells, at most `lines` of them; then the legend, where a line is left for it."""
    names = [one.ordinal.name for one in story.rows]
    if story.waiting is not None:
        names.append(story.waiting.name)
    label = min(24, max(width(name) for name in names))
    room = max(8, cells - label - 2 - _WORDS_CELLS)
    scale = _Scale(story.start, max((story.end - story.start).total_seconds(), 1.0), room)
    rows = [_line(one, scale, label, now) for one in story.rows]
    if story.waiting is not None:
        waits: Spans = ((fit(story.waiting.name, label), Role.DIM), ("  ", Role.DIM), (" " * room, Role.DIM))
        rows.append((*waits, ("  next", Role.DIM)))
    if len(rows) > lines:
        rows = [*rows[: max(0, lines - 1)], ((f"and {len(rows) - lines + 1} more", Role.DIM),)]
    elif len(rows) < lines:
        rows.append(tuple(_legend(story)))
    return rows


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    seconds: float
    cells: int

    def at(self, instant: datetime) -> int:
        share = (instant - self.start).total_seconds() / self.seconds
        return min(self.cells, max(0, round(share * self.cells)))


def _line(one: Replacement, scale: _Scale, label: int, now: datetime) -> Spans:
    state = one.ordinal.state
    broken = state.health is Health.DEGRADED
    signs: list[Span] = [(" ", Role.DIM)] * scale.cells
    for phase in one.phases:
        first = min(scale.at(phase.start), scale.cells - 1)
        role = Role.DEGRADED if broken and phase.end is None else _ROLES[phase.stretch]
        # However short, a stretch is seen.
        for cell in range(first, max(first + 1, scale.at(phase.end or now))):
            signs[cell] = (_sign(phase.stretch), role)
    if one.ordinal.died is not None and one.ordinal.died >= scale.start:
        signs[min(scale.at(one.ordinal.died), scale.cells - 1)] = sign(Health.DEGRADED)
    took = precise((one.end(now) - one.start).total_seconds())
    words: Spans = ((f"  {took.rjust(6)} ", Role.DIM), (f" {state.label}", role_of(state.health)))
    return (
        (fit(one.ordinal.name, label), Role.STRONG if broken else Role.TEXT),
        ("  ", Role.DIM),
        *_joined(signs),
        *words,
    )


def _joined(signs: list[Span]) -> Iterator[Span]:
    """Neighbours of one role as one piece."""
    text, role = "", Role.DIM
    for mark, its in signs:
        if its is not role and text:
            yield text, role
            text = ""
        text, role = text + mark, its
    if text:
        yield text, role


def _legend(story: RecentReplacements) -> Iterator[Span]:
    shown = {phase.stretch for one in story.rows for phase in one.phases}
    for stretch in Stretch:
        if stretch in shown:
            yield f"{_sign(stretch)} ", _ROLES[stretch]
            yield f"{stretch.value}   ", Role.DIM
    if any(one.ordinal.died is not None and one.ordinal.died >= story.start for one in story.rows):
        yield f"{sign(Health.DEGRADED)[0]} ", Role.DEGRADED
        yield "last death", Role.DIM


def _sign(stretch: Stretch) -> str:
    return (_ASCII if active().ascii_only else _UNICODE)[stretch]


def lines_wanted(story: RecentReplacements | None) -> int:
    """Lines that show all of it, legend included."""
    return 1 if story is None else len(story.rows) + (story.waiting is not None) + 1
