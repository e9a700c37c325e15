"""Layout of the header line for a given width."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stsview.live.snapshot import DIFFERING, Scope
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import crop_spans, spans_width
from stsview.ui.kit.look.phrases import widest_that_fits
from stsview.ui.kit.look.roles import Role, Span, Spans

CONTEXT, SCOPE, UP, FORWARDS = "context", "scope", "up", "forwards"
"""Targets of a click on the header: choose a context, choose namespaces, return to the fleet, list forwarded ports."""

_GAP: Span = ("   ", Role.DIM)
_MIN_BREADCRUMB = 24
"""Cells that the breadcrumb keeps, if necessary at the expense of the connection state."""


class HeaderSegment(msgspec.Struct, frozen=True):
    """A part of the breadcrumb, and the target of a click on it (empty: none)."""

    span: Span
    click: str = ""


def breadcrumb(
    scope: Scope, path: Sequence[str], forwards: int = 0, *, recorded: bool = False
) -> tuple[HeaderSegment, ...]:
    """Program name, context, its warnings, whether it is recorded, and the number of forwarded ports.

    Then the scope on the fleet screen, else the parts of `path`.
    """
    segments = [
        HeaderSegment((" stsview ", Role.BADGE), UP if path else ""),
        HeaderSegment(("  ", Role.DIM)),
        HeaderSegment((scope.context, Role.STRONG), UP if path else CONTEXT),
    ]
    if scope.protected:
        segments.append(HeaderSegment(("  PROTECTED", Role.DEGRADED_STRONG)))
    if scope.read_only:
        segments.append(HeaderSegment(("  read-only", Role.WARNING_STRONG)))
    if scope.unverified:
        segments.append(HeaderSegment(("  TLS not verified", Role.WARNING_STRONG)))
    if scope.acting_as:
        segments.append(HeaderSegment((f"  as {scope.acting_as}", Role.WARNING)))
    if recorded:
        segments.append(HeaderSegment((f"  {active().health(Health.READY)} rec", Role.DEGRADED_STRONG)))
    if forwards:
        segments.append(HeaderSegment((f"  {active().forward} {forwards}", Role.PROGRESSING_STRONG), FORWARDS))
    if not path and scope.limit == DIFFERING:
        return (*segments, HeaderSegment(("  ", Role.DIM)), HeaderSegment(("namespaces differ", Role.DIM), SCOPE))
    if not path:
        return (*segments, HeaderSegment(("  ", Role.DIM)), HeaderSegment((scope.text, Role.DIM), SCOPE))
    between = HeaderSegment((f"  {active().crumb}  ", Role.DIM))
    for step in path[:-1]:
        segments += [between, HeaderSegment((step, Role.DIM), UP)]
    return (*segments, between, HeaderSegment((path[-1], Role.STRONG)))


def header_line(segments: Sequence[HeaderSegment], health: Sequence[Spans], time: str, width: int) -> Spans:
    """The breadcrumb on the left.

    On the right the longest form of `health` that fits, and the time if that fits too.

    At most `width` cells wide. The breadcrumb is cropped at its end, down to a minimum.
    """
    spans = tuple(segment.span for segment in segments)
    needed = spans_width(spans)
    room = width - 1 - len(_GAP[0])
    right = widest_that_fits(health, max(room - needed, room - _MIN_BREADCRUMB))
    clock: Spans = (_GAP, (time, Role.DIM))
    if needed + len(_GAP[0]) + spans_width((*right, *clock)) < width:
        right = (*right, *clock)
    right = tuple(crop_spans(right, max(0, width - 1)))
    left = crop_spans(spans, max(0, room - spans_width(right)))
    gap = width - spans_width(left) - spans_width(right) - 1
    return (*left, (" " * max(0, gap), Role.DIM), *right)


def segment_at(segments: Sequence[HeaderSegment], x: int) -> str:
    """The target of a click on cell `x`; empty: none."""
    start = 0
    for segment in segments:
        end = start + spans_width((segment.span,))
        if start <= x < end:
            return segment.click
        start = end
    return ""
