"""The latest replacements of a set's pods, drawn on one time scale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

import msgspec

from stsview.model.rollout.detail import EventView
from stsview.model.states import Health
from stsview.model.views import OrdinalView, Phase, Place, SetView, Stretch
from stsview.text.ages import precise, time_or_date
from stsview.text.glyphs import active
from stsview.text.terminal_text import fit, width
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Span, Spans

_DELETED = re.compile(r"delete Pod (\S+) in StatefulSet ", re.IGNORECASE)
"""pkg/controller/statefulset/stateful_pod_control.go, recordPodEvent."""

_GAP = timedelta(minutes=15)
"""A replacement that ended longer before the next one is not part of the same sequence."""

_SLOWER = timedelta(seconds=60)
"""How much longer than its grace period a pod may take to be gone, for a deletion to belong to its replacement."""

_STARTS = frozenset({"Scheduled", "Pulling", "Pulled", "Created", "Started"})
"""Reasons of events of scheduler and kubelet that a pod starts."""

_ROLES = {
    Stretch.ENDING: Role.TERMINATING,
    Stretch.PLACING: Role.DIM,
    Stretch.STARTING: Role.PROGRESSING,
    Stretch.WARMING_UP: Role.READY,
}

_UNICODE = {Stretch.ENDING: "▒", Stretch.PLACING: "░", Stretch.STARTING: "▓", Stretch.WARMING_UP: "█"}
_ASCII = {Stretch.ENDING: "e", Stretch.PLACING: ".", Stretch.STARTING: "s", Stretch.WARMING_UP: "w"}

_DURATION_CELLS = 10
"""Cells of the duration, and of the gaps before and after it."""

_STATE_CELLS = 18
"""Most cells of the present state; `ContainerCreating` fits."""

_BACK_OFF_FIRST, _BACK_OFF_MOST = 10.0, 300.0
"""Seconds that the kubelet waits after the second exit of a container, and at most; each time twice as long
(documentation: "Pod Lifecycle", Container restarts). The first restart comes at once."""

_MOST_EXITS = 2_000

_PLAUSIBLE = (0.6, 1.6)
"""How far the time of all restarts may differ, as a factor, from what that back-off explains."""


class Replacement(msgspec.Struct, frozen=True):
    """The replacement of one ordinal's pod."""

    ordinal: OrdinalView
    phases: tuple[Phase, ...]

    @property
    def start(self) -> datetime:
        return self.phases[0].start

    def end(self, now: datetime) -> datetime:
        return self.phases[-1].end or now


class RecentReplacements(msgspec.Struct, frozen=True):
    """Replacements without a long pause between them."""

    rows: tuple[Replacement, ...]
    """Those in progress first, then the latest."""
    start: datetime
    end: datetime
    waiting: OrdinalView | None = None
    """The ordinal to be updated next."""


def deletion_times(events: Iterable[EventView]) -> dict[str, datetime]:
    """When the controller deleted the pod before the present one, by pod name, from its events.

    A deletion after which another pod of that name started, which is gone as well, is not the one before the present
    pod: pods are also deleted by hand, by evictions, and by the taint manager.
    """
    deleted: dict[str, datetime] = {}
    started: dict[str, datetime] = {}
    for event in events:
        if event.last is None:
            continue
        if event.former and event.reason in _STARTS:
            started[event.name] = max(started.get(event.name, event.last), event.last)
        match = _DELETED.match(event.message) if event.reason == "SuccessfulDelete" else None
        if match is not None:
            deleted[match[1]] = max(deleted.get(match[1], event.last), event.last)
    return {name: at for name, at in deleted.items() if name not in started or started[name] <= at}


def recent_replacements(view: SetView, deleted: Mapping[str, datetime], now: datetime) -> RecentReplacements | None:
    """The latest replacements; None if no pod has been replaced.

    `deleted`: when the previous pod was deleted, by name, as far as known.
    """
    known = [_replacement(ordinal, deleted) for ordinal in view.ordinals if ordinal.phases]
    known = [one for one in known if one.ordinal.place in (Place.EXPECTED, Place.SURPLUS)]
    if not known:
        return None
    known.sort(key=lambda one: one.start, reverse=True)
    start, recent = known[0].start, []
    for one in known:
        if one.end(now) < start - _GAP:
            break
        start = one.start
        recent.append(one)
    end = max(one.end(now) for one in recent)
    waiting = next((ordinal for ordinal in view.ordinals if ordinal.next), None)
    names = {one.ordinal.name for one in recent}
    return RecentReplacements(
        tuple(sorted(recent, key=_unfinished_first)),
        min(one.start for one in recent),
        end,
        waiting if waiting is not None and waiting.name not in names else None,
    )


def _unfinished_first(one: Replacement) -> tuple[bool, float, int]:
    return (one.phases[-1].end is not None, -one.start.timestamp(), one.ordinal.ordinal)


def _replacement(ordinal: OrdinalView, deleted: Mapping[str, datetime]) -> Replacement:
    requested, first = deleted.get(ordinal.name), ordinal.phases[0]
    if requested is None or first.stretch is Stretch.ENDING or requested > first.start:
        return Replacement(ordinal, ordinal.phases)
    # The ordinal may have had no pod in between, as after a scale-down.
    if first.start - requested > timedelta(seconds=ordinal.grace_seconds or 0) + _SLOWER:
        return Replacement(ordinal, ordinal.phases)
    return Replacement(ordinal, (Phase(Stretch.ENDING, requested, first.start), *ordinal.phases))


def title(replacements: RecentReplacements, now: datetime, zone: tzinfo | None = None) -> str:
    """The title of the panel, with start and end."""
    if replacements.end < now:
        return f"Timeline  {time_or_date(replacements.start, now, zone)} - {time_or_date(replacements.end, now, zone)}"
    return f"Timeline  {time_or_date(replacements.start, now, zone)} - now"


def timeline(replacements: RecentReplacements, now: datetime, cells: int, lines: int) -> list[Spans]:
    """A line per ordinal of `cells` cells, at most `lines` lines.

    Then the legend if a line is left.
    """
    names = [one.ordinal.name for one in replacements.rows]
    if replacements.waiting is not None:
        names.append(replacements.waiting.name)
    label = min(24, max(width(name) for name in names))
    state = min(_STATE_CELLS, max(width(one.ordinal.state.label) for one in replacements.rows))
    room = max(8, cells - label - 2 - _DURATION_CELLS - state)
    scale = _Scale(replacements.start, max((replacements.end - replacements.start).total_seconds(), 1.0), room)
    rows = [_line(one, scale, label, now) for one in replacements.rows]
    if replacements.waiting is not None:
        unfinished = sum(one.phases[-1].end is None for one in replacements.rows)
        rows.insert(unfinished, _next_line(replacements.waiting, label, scale.at(now)))
    if len(rows) > lines:
        rows = [*rows[: max(0, lines - 1)], ((f"and {len(rows) - lines + 1} more", Role.DIM),)]
    elif len(rows) < lines:
        rows.append(tuple(_legend(replacements)))
    return rows


class _Scale(msgspec.Struct, frozen=True):
    start: datetime
    seconds: float
    cells: int

    def at(self, instant: datetime) -> int:
        share = (instant - self.start).total_seconds() / self.seconds
        return min(self.cells, max(0, round(share * self.cells)))


def _next_line(ordinal: OrdinalView, label: int, cells: int) -> Spans:
    words = f"next{' ' * _DURATION_CELLS}"
    return ((fit(ordinal.name, label), Role.DIM), ("  ", Role.DIM), (words.rjust(cells), Role.DIM))


def _line(one: Replacement, scale: _Scale, label: int, now: datetime) -> Spans:
    state = one.ordinal.state
    broken = state.health is Health.DEGRADED
    signs: list[Span] = [(" ", Role.DIM)] * scale.cells
    for phase in one.phases:
        first = min(scale.at(phase.start), scale.cells - 1)
        role = Role.DEGRADED if broken and phase.end is None else _ROLES[phase.stretch]
        # A phase is visible however short it is.
        for cell in range(first, max(first + 1, scale.at(phase.end or now))):
            signs[cell] = (_sign(phase.stretch), role)
    exits = container_exits(one)
    if len(exits) > 1:
        _draw_restarts(signs, one, exits, scale, now)
    elif one.ordinal.died is not None and one.ordinal.died >= scale.start:
        signs[min(scale.at(one.ordinal.died), scale.cells - 1)] = sign(Health.DEGRADED)
    took = precise((one.end(now) - one.start).total_seconds())
    words: Spans = ((f"  {took.rjust(6)} ", Role.DIM), (f" {state.label}", role_of(state.health)))
    return (
        (fit(one.ordinal.name, label), Role.STRONG if broken else Role.TEXT),
        ("  ", Role.DIM),
        *_merged(signs),
        *words,
    )


def container_exits(one: Replacement) -> Sequence[datetime]:
    """When the container of a starting pod exited, the first time first.

    Its status holds only the last time. The earlier ones follow from the back-off of the kubelet, where that explains
    the time since the start; else they are left out.
    """
    runs, phase = one.ordinal.runs, one.phases[-1]
    if runs is None or phase.end is not None or phase.stretch is not Stretch.STARTING or runs.ended < phase.start:
        return ()
    each = (runs.ended - runs.started).total_seconds() if runs.started is not None else 0.0
    offsets, delay = [each], 0.0
    for _ in range(min(runs.exits, _MOST_EXITS) - 1):
        offsets.append(offsets[-1] + delay + each)
        delay = min(_BACK_OFF_MOST, max(_BACK_OFF_FIRST, delay * 2))
    took = (runs.ended - phase.start).total_seconds()
    factor = took / max(offsets[-1], 1.0)
    if not _PLAUSIBLE[0] <= factor <= _PLAUSIBLE[1]:
        return (runs.ended,)
    return tuple(phase.start + timedelta(seconds=offset * factor) for offset in offsets)


def _draw_restarts(
    signs: list[Span], one: Replacement, exits: Sequence[datetime], scale: _Scale, now: datetime
) -> None:
    """Draw a run before each exit, and blanks while the kubelet waits.

    The last exit is where it was; of others in the same cells only some are drawn.
    """
    phase, runs = one.phases[-1], one.ordinal.runs
    first = min(scale.at(phase.start), scale.cells - 1)
    for cell in range(first, scale.cells):
        signs[cell] = (" ", Role.DIM)
    run: Span = (_sign(Stretch.STARTING), Role.DEGRADED)
    each = runs.ended - runs.started if runs is not None and runs.started is not None else timedelta()
    free = scale.cells
    for at in reversed(exits):
        cell = min(scale.at(at), scale.cells - 1)
        if cell + 2 > free or cell < first:
            continue
        signs[cell] = sign(Health.DEGRADED)
        free = max(first, min(scale.at(at - each), cell - 1))
        for before in range(free, cell):
            signs[before] = run
    if runs is not None and runs.running is not None:
        for cell in range(min(scale.at(runs.running), scale.cells - 1), max(1, scale.at(now))):
            signs[cell] = run


def _merged(signs: list[Span]) -> Iterator[Span]:
    """Merge neighbours of the same role into one span."""
    text, role = "", Role.DIM
    for mark, its in signs:
        if its is not role and text:
            yield text, role
            text = ""
        text, role = text + mark, its
    if text:
        yield text, role


def _legend(replacements: RecentReplacements) -> Iterator[Span]:
    shown = {phase.stretch for one in replacements.rows for phase in one.phases}
    for stretch in Stretch:
        if stretch in shown:
            yield f"{_sign(stretch)} ", _ROLES[stretch]
            yield f"{stretch.value}   ", Role.DIM
    if any(one.ordinal.died is not None and one.ordinal.died >= replacements.start for one in replacements.rows):
        estimated = any(len(container_exits(one)) > 1 for one in replacements.rows)
        yield f"{sign(Health.DEGRADED)[0]} ", Role.DEGRADED
        yield "container exits, all but the last estimated" if estimated else "last container exit", Role.DIM


def _sign(stretch: Stretch) -> str:
    return (_ASCII if active().ascii_only else _UNICODE)[stretch]


def lines_wanted(replacements: RecentReplacements | None) -> int:
    """Lines needed for all replacements and the legend."""
    return 1 if replacements is None else len(replacements.rows) + (replacements.waiting is not None) + 1
