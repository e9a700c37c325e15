"""A headline with labelled lines below it: the layout of every explanation."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.ui.kit.look.roles import Spans

CAUSE = "cause"
EFFECT = "effect"
NEXT_STEP = "next step"
ALSO = "also"
"""Labels of the lines of an explanation, on every screen."""

LABEL_CELLS = 11
"""Width of the longest label, `next step`, and the gap after it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A headline and the labelled lines below it, each wrapped or cropped on its own."""

    headline: Spans
    lines: tuple[tuple[str, Spans], ...]
