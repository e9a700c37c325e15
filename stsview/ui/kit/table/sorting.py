"""The sort mark of a table header."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SortMark:
    """The sort column; the table itself does not sort, its owner does."""

    column: str
    descending: bool = False
    """Shown as ▼, else ▲."""
