"""The mark in the header that says by what the rows are sorted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SortMark:
    """The table does not sort: whoever sorts says so with this."""

    column: str
    descending: bool = False
    """Shown as ▼, else ▲."""
