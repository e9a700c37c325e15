"""The line of ordinals above a merged log: which are on, and the state of each log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
from textual import events
from textual.message import Message

from stsview.objects.log_messages import LogHealth, LogPhase
from stsview.text.numbers import count
from stsview.text.terminal_text import spans_width
from stsview.ui.inspect.logs.log_head import HEALTHS, ROLES, STATES
from stsview.ui.inspect.logs.log_members import LogMember
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.widgets.ends_line import two_ends
from stsview.ui.kit.widgets.span_lines import SpanLines

_GAP = 3

_HINTS = ("0-9 on or off", "m choose")


class MemberState(msgspec.Struct, frozen=True):
    """An ordinal, whether its lines are shown, and the state of its log."""

    member: LogMember
    on: bool
    health: LogHealth
    read: bool = True
    """Whether its log is read at all: not of all ordinals, where there are many."""


class MembersLine(SpanLines):
    """One entry for each ordinal, as far as there is room; else how many are in which state."""

    DEFAULT_CSS = "MembersLine { height: 1; padding: 0 1; }"

    class Clicked(Message):
        """An ordinal was clicked, to turn it on or off."""

        def __init__(self, pod: str) -> None:
            super().__init__()
            self.pod = pod

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._states: tuple[MemberState, ...] = ()
        self._places: list[tuple[int, int, str]] = []

    def update(self, states: Sequence[MemberState]) -> None:
        self._states = tuple(states)
        self.show([_entry(state, words=True) for state in states])

    def lines_for(self, width: int) -> Sequence[Spans]:
        hint = _HINTS[0] if all(state.member.ordinal < 10 for state in self._states) else _HINTS[1]
        hints: tuple[Spans, ...] = (*_problem(self._states), ((hint, Role.DIM),))
        for words in (True, False):
            entries = [_entry(state, words=words) for state in self._states]
            if sum(map(spans_width, entries)) + _GAP * (len(entries) - 1) <= width:
                return (two_ends(self._placed(entries), hints, width),)
        self._places = []
        return (two_ends(_summary(self._states), hints, width),)

    def _placed(self, entries: Sequence[Spans]) -> Spans:
        line: list[Span] = []
        self._places = []
        x = 0
        for state, entry in zip(self._states, entries, strict=True):
            if line:
                line.append((" " * _GAP, Role.DIM))
                x += _GAP
            cells = spans_width(entry)
            self._places.append((x, x + cells, state.member.pod))
            line += entry
            x += cells
        return tuple(line)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for start, end, pod in self._places:
            if start <= offset.x < end:
                event.stop()
                self.post_message(self.Clicked(pod))


def _problem(states: Sequence[MemberState]) -> tuple[Spans, ...]:
    """Why the log that is worst off cannot be read."""
    for phase in (LogPhase.REFUSED, LogPhase.WAITING, LogPhase.ENDED):
        for state in states:
            if state.on and state.health.phase is phase and state.health.problem:
                number: Span = (f"{state.member.ordinal}: ", state.member.role)
                return ((number, (state.health.problem, ROLES[phase])),)
    return ()


def _entry(state: MemberState, *, words: bool) -> Spans:
    """`0 ●`, `3 ▲ waiting`, `4 off`; without words where they do not fit."""
    number = str(state.member.ordinal)
    if not state.on:
        return ((f"{number} off", Role.DIM),)
    phase = state.health.phase
    spans: list[Span] = [(f"{number} ", state.member.role), sign(HEALTHS[phase])]
    if words and phase is not LogPhase.FOLLOWING:
        spans.append((f" {STATES[phase]}", ROLES[phase]))
    return tuple(spans)


def _summary(states: Sequence[MemberState]) -> Spans:
    spans: list[Span] = [(count(sum(state.on for state in states), "ordinal"), Role.BRIGHT), (" on", Role.DIM)]
    phases = Counter(state.health.phase for state in states if state.on)
    for phase in (LogPhase.REFUSED, LogPhase.WAITING, LogPhase.ENDED):
        if phases[phase]:
            spans += [("   ", Role.DIM), sign(HEALTHS[phase]), (f" {phases[phase]} {STATES[phase]}", ROLES[phase])]
    off = sum(not state.on and state.read for state in states)
    unread = sum(not state.read for state in states)
    spans += [(f"   {number} {word}", Role.DIM) for number, word in ((off, "off"), (unread, "not read")) if number]
    return tuple(spans)
