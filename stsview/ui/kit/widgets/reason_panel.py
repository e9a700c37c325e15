"""A panel of explanations, in the colour of the worst one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.labelled_lines import ADDITION, LABEL_CELLS, Line, Reason
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most
from stsview.ui.kit.widgets.panel import Panel

INDENT = 2

_FRAME = 2
_SIDES = 4
"""Cells of the frame and of the padding."""

_ENOUGH = 200
"""More lines than a terminal has."""

_HEADLINE_LINES = 3
_FIRST_HEADLINE_LINES = 2
"""Before the other parts get their first."""

_OTHER_HEADLINE = 32
"""Rank of the headlines but the first: below the first steps of the first explanation."""

_LATER = 1000
"""What a line of each further explanation ranks below that of the one before."""


class ReasonPanel(Panel):
    """Explanations, one below the other, as far as there is room."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._reasons: tuple[Reason, ...] = ()
        self._wanted: tuple[int, int] | None = None
        """A width, and the lines that everything takes then."""

    def show_reasons(self, title: str, health: Health, reasons: Sequence[Reason]) -> None:
        """Show `reasons`, with the frame in the colour of `health`."""
        if tuple(reasons) != self._reasons:
            self._reasons, self._wanted = tuple(reasons), None
        self.set_frame(title, health)
        self.show([line for reason in self._reasons for line in _flat(reason)])

    def wanted(self, width: int) -> int:
        """Lines that everything would take in a panel of this width, frame included."""
        if self._wanted is None or self._wanted[0] != width:
            self._wanted = width, _FRAME + len(fit_reasons(self._reasons, width - _SIDES, _ENOUGH))
        return self._wanted[1]

    def lines_for(self, width: int) -> Sequence[Spans]:
        return fit_reasons(self._reasons, width, self.content_size.height)


def fit_reasons(reasons: Sequence[Reason], width: int, height: int) -> list[Spans]:
    """At most `height` lines of `width` cells.

    By rank each part gets one line, a headline two, and then by rank what else it needs. Additions, such as the command
    of a step, come after all that.
    """
    parts = [part for number, reason in enumerate(reasons) for part in _parts(reason, number, width)]
    lines: list[Spans] = []
    label = ""
    given = _distribute(parts, height)
    left_out = _left_out(parts, given)
    for place, (part, count) in enumerate(zip(parts, given, strict=True)):
        if not count:
            continue
        wrapped = wrap_at_most(part.line.spans, part.width, count)
        if place in left_out:
            wrapped[-1] = _with_end(wrapped[-1], left_out[place], part.width)
        if part.headline:
            lines += wrapped
        for number, line in enumerate(() if part.headline else wrapped):
            shown = "" if number or part.line.label == label else part.line.label
            lines.append(((" " * INDENT + shown.ljust(LABEL_CELLS), part.line.label_role), *line))
        label = "" if part.headline else part.line.label
    return lines


class _Part(msgspec.Struct, frozen=True):
    line: Line
    rank: int
    width: int
    reason: int
    headline: bool = False

    @property
    def wanted(self) -> int:
        return len(wrap_at_most(self.line.spans, self.width, self.line.most))


def _parts(reason: Reason, number: int, width: int) -> Iterator[_Part]:
    spans, lines = reason.headline, reason.lines
    if reason.aside is not None:
        both = (*spans, ("   ", Role.DIM), *reason.aside.spans)
        if len(wrap_at_most(both, width, _ENOUGH)) == len(wrap_at_most(spans, width, _ENOUGH)):
            spans = both
        else:
            lines = (reason.aside, *lines)
    headline = Line("", spans, most=_HEADLINE_LINES)
    yield _Part(headline, _OTHER_HEADLINE + number if number else -1, width, number, headline=True)
    for line in lines:
        yield _Part(line, line.rank + number * _LATER, width - INDENT - LABEL_CELLS, number)


def _left_out(parts: Sequence[_Part], given: Sequence[int]) -> dict[int, Span]:
    """By the place of the last part before them that is shown: how many lines with a key are left out, and the key."""
    left_out: dict[int, Span] = {}
    for reason in {part.reason for part in parts}:
        keyed = [place for place, part in enumerate(parts) if part.reason == reason and part.line.key]
        shown = [place for place in keyed if given[place]]
        if 0 < len(shown) < len(keyed):
            words = f"{len(keyed) - len(shown)} more: {parts[shown[-1]].line.key}"
            left_out[shown[-1]] = (words, Role.KEY)
    return left_out


def _with_end(spans: Spans, end: Span, width: int) -> Spans:
    words, role = end
    whole: Span = (f" {active().ellipsis} {words}", role)
    if spans_width((*spans, whole)) <= width:
        return (*spans, whole)
    # What is cropped ends with an ellipsis already.
    return (*crop_spans(spans, max(0, width - len(words) - 1)), (f" {words}", role))


def _distribute(parts: Sequence[_Part], height: int) -> list[int]:
    """Lines of each part."""
    order = sorted(range(len(parts)), key=lambda place: parts[place].rank)
    wanted = [part.wanted for part in parts]
    given, spare = [0] * len(parts), height
    for additions, only_first in ((False, True), (False, False), (True, True), (True, False)):
        for place in order:
            if additions is not (parts[place].line.rank >= ADDITION and not parts[place].headline):
                continue
            least = _FIRST_HEADLINE_LINES if parts[place].headline else 1
            most = min(least, wanted[place]) if only_first else wanted[place]
            more = max(0, min(spare, most - given[place]))
            given[place] += more
            spare -= more
    return given


def _flat(reason: Reason) -> list[Spans]:
    lines = reason.lines if reason.aside is None else (reason.aside, *reason.lines)
    return [reason.headline, *(((line.label, line.label_role), *line.spans) for line in lines)]
