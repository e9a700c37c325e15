"""A headline with labelled lines below it: how every explanation is laid out."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.ui.kit.look.roles import Spans


@dataclass(frozen=True, slots=True)
class Reason:
    """A headline, and lines below it to be wrapped or cropped each for itself, with their labels apart."""

    headline: Spans
    lines: tuple[tuple[str, Spans], ...]
