"""A headline with labelled lines below it: how every explanation is laid out."""

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
    """A headline, and lines below it to be wrapped or cropped each for itself, with their labels apart."""

    headline: Spans
    lines: tuple[tuple[str, Spans], ...]
