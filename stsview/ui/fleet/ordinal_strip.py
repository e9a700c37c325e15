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
    """One glyph per expected ordinal, the lowest first; then those beyond the replica count, behind a line.

    Counts by health if `cells` cells are too few.
    """
    healths = [ordinal.state.health for ordinal in view.ordinals if ordinal.place is Place.EXPECTED]
    surplus = [ordinal.state.health for ordinal in view.ordinals if ordinal.surplus]
    if not healths and not surplus:
        return ((active().nothing, Role.DIM),)
    if not surplus:
        return _runs(healths) if len(healths) <= cells else _counts(Counter(healths), cells)
    divider: Span = (active().divider, Role.DIM)
    if len(healths) + 1 + len(surplus) <= cells:
        return (*_runs(healths), divider, *_quiet(_runs(surplus)))
    behind = _quiet(_runs(surplus) if len(surplus) <= cells // 3 else _counts(Counter(surplus), cells // 2))
    room = max(1, cells - spans_width(behind) - 1)
    return (*(_runs(healths) if len(healths) <= room else _counts(Counter(healths), room)), divider, *behind)


def _quiet(spans: Spans) -> Spans:
    """Surplus pods are on their way out: only those that hold that up keep their colour."""
    loud = (Role.DEGRADED, Role.WARNING)
    return tuple((text, role if role in loud else Role.DIM) for text, role in spans)


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
