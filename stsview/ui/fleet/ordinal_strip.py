"""The ordinals of a set as a strip of glyphs."""

from __future__ import annotations

from collections import Counter

from stsview.model.states import Health
from stsview.model.views import Place, SetView
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans

_WORST_FIRST = (
    Health.DEGRADED,
    Health.WARNING,
    Health.TERMINATING,
    Health.MISSING,
    Health.UNKNOWN,
    Health.PROGRESSING,
    Health.NEUTRAL,
)


def ordinal_glyphs(view: SetView, cells: int) -> Spans:
    """One glyph per expected ordinal, the lowest first.

    Counts by health if `cells` cells are too few.
    """
    healths = [ordinal.state.health for ordinal in view.ordinals if ordinal.place is Place.EXPECTED]
    if not healths:
        return ((active().nothing, Role.DIM),)
    if len(healths) <= cells:
        return _runs(healths)
    return _counts(Counter(healths), cells)


def _runs(healths: list[Health]) -> Spans:
    """Merge equal neighbours into one span, to save a style per glyph."""
    spans: list[Span] = []
    for health in healths:
        glyph, role = sign(health)
        if spans and spans[-1][1] is role and spans[-1][0][-1] == glyph:
            spans[-1] = (spans[-1][0] + glyph, role)
        else:
            spans.append((glyph, role))
    return tuple(spans)


def _counts(counts: Counter[Health], cells: int) -> Spans:
    """`● 38 ✖ 2`: the ready ones first.

    When cells run out, the least severe others are dropped.
    """
    others = [health for health in _WORST_FIRST if counts[health]]
    for kept in range(len(others), 0, -1):
        line = _folded([Health.READY, *others[:kept]] if counts[Health.READY] else others[:kept], counts)
        if kept < len(others):
            line = (*line, (active().ellipsis, Role.DIM))
        if spans_width(line) <= cells:
            return line
    if others:
        return _folded(others[:1], counts)
    return _folded([Health.READY], counts)


def _folded(healths: list[Health], counts: Counter[Health]) -> Spans:
    spans: list[Span] = []
    for health in healths:
        if spans:
            spans.append((" ", Role.DIM))
        glyph, role = sign(health)
        spans.append((f"{glyph} {number(counts[health])}", role))
    return tuple(spans)
