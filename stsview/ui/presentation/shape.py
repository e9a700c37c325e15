"""The ordinals of a set side by side, so that the shape of trouble is seen before it is read."""

from __future__ import annotations

from collections import Counter

from stsview.model.views import Place, SetView, Tone
from stsview.ui.glyphs import active
from stsview.ui.presentation.words import number
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.text import spans_width
from stsview.ui.tones import sign

_WORST_FIRST = (Tone.BROKEN, Tone.WARNING, Tone.GOING, Tone.MISSING, Tone.UNKNOWN, Tone.MOVING, Tone.QUIET)


def ordinal_signs(view: SetView, cells: int) -> Spans:
    """One sign per expected ordinal, the lowest first; folded into counts where `cells` cells are not enough."""
    tones = [ordinal.state.tone for ordinal in view.ordinals if ordinal.place is Place.EXPECTED]
    if not tones:
        return ((active().nothing, Role.DIM),)
    if len(tones) <= cells:
        return _runs(tones)
    return _counts(Counter(tones), cells)


def _runs(tones: list[Tone]) -> Spans:
    """Neighbours of one kind as one piece: long sets would else cost a style for each sign."""
    spans: list[Span] = []
    for tone in tones:
        glyph, role = sign(tone)
        if spans and spans[-1][1] is role and spans[-1][0][-1] == glyph:
            spans[-1] = (spans[-1][0] + glyph, role)
        else:
            spans.append((glyph, role))
    return tuple(spans)


def _counts(counts: Counter[Tone], cells: int) -> Spans:
    """`● 38 ✖ 2`: the ready ones first; when room runs out, the least bad of the others are dropped."""
    others = [tone for tone in _WORST_FIRST if counts[tone]]
    for kept in range(len(others), 0, -1):
        line = _folded([Tone.READY, *others[:kept]] if counts[Tone.READY] else others[:kept], counts)
        if kept < len(others):
            line = (*line, (active().ellipsis, Role.DIM))
        if spans_width(line) <= cells:
            return line
    if others:
        return _folded(others[:1], counts)
    return _folded([Tone.READY], counts)


def _folded(tones: list[Tone], counts: Counter[Tone]) -> Spans:
    spans: list[Span] = []
    for tone in tones:
        if spans:
            spans.append((" ", Role.DIM))
        glyph, role = sign(tone)
        spans.append((f"{glyph} {number(counts[tone])}", role))
    return tuple(spans)
