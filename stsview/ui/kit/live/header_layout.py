"""The first line of every screen, laid out for a width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stsview.live.snapshot import Scope
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.phrases import widest_that_fits
from stsview.ui.kit.look.roles import Role, Span, Spans

CONTEXT, SCOPE, UP = "context", "scope", "up"
"""What a click on a piece of the way is about: another context, other namespaces, the way back to the fleet."""

_GAP: Span = ("   ", Role.DIM)
_LEAST_WAY = 24
"""Cells that the way keeps, if need be at the cost of what is said of the picture."""


@dataclass(frozen=True, slots=True)
class HeaderSegment:
    """A piece of the way here, and what a click on it is about; empty: nothing."""

    span: Span
    click: str = ""


def way(scope: Scope, path: Sequence[str]) -> tuple[HeaderSegment, ...]:
    """Brand, context, what is odd about it; then the scope on the fleet, else the steps of `path` to what is shown."""
    pieces = [
        HeaderSegment((" stsview ", Role.BADGE), UP if path else ""),
        HeaderSegment(("  ", Role.DIM)),
        HeaderSegment((scope.context, Role.STRONG), UP if path else CONTEXT),
    ]
    if scope.protected:
        pieces.append(HeaderSegment(("  PROTECTED", Role.DEGRADED_STRONG)))
    if scope.read_only:
        pieces.append(HeaderSegment(("  read-only", Role.WARNING_STRONG)))
    if scope.unverified:
        pieces.append(HeaderSegment(("  TLS not verified", Role.WARNING_STRONG)))
    if scope.acting_as:
        pieces.append(HeaderSegment((f"  as {scope.acting_as}", Role.WARNING)))
    if not path:
        return (*pieces, HeaderSegment(("  ", Role.DIM)), HeaderSegment((scope.words, Role.DIM), SCOPE))
    between = HeaderSegment((f"  {active().crumb}  ", Role.DIM))
    for step in path[:-1]:
        pieces += [between, HeaderSegment((step, Role.DIM), UP)]
    return (*pieces, between, HeaderSegment((path[-1], Role.STRONG)))


def header_line(pieces: Sequence[HeaderSegment], health: Sequence[Spans], time: str, width: int) -> Spans:
    """The way at the left; at the right the fullest form of `health` that has room, and the time if there is more.

    It takes at most `width` cells. Of the way the end is cropped first, down to a few words.
    """
    spans = tuple(piece.span for piece in pieces)
    needed = spans_width(spans)
    room = width - 1 - len(_GAP[0])
    right = widest_that_fits(health, max(room - needed, room - _LEAST_WAY))
    clock: Spans = (_GAP, (time, Role.DIM))
    if needed + len(_GAP[0]) + spans_width((*right, *clock)) < width:
        right = (*right, *clock)
    right = tuple(crop_spans(right, max(0, width - 1)))
    left = crop_spans(spans, max(0, room - spans_width(right)))
    gap = width - spans_width(left) - spans_width(right) - 1
    return (*left, (" " * max(0, gap), Role.DIM), *right)


def segment_at(pieces: Sequence[HeaderSegment], x: int) -> str:
    """What a click on cell `x` is about; empty: nothing."""
    start = 0
    for piece in pieces:
        end = start + spans_width((piece.span,))
        if start <= x < end:
            return piece.click
        start = end
    return ""
