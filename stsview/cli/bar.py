"""How far something is, on one line of a terminal that is drawn over."""

from __future__ import annotations

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table

from stsview.cli.paper import Piece, inked

_CELLS = 24


def bar(done: int, of: int, *words: Piece) -> RenderableType:
    """A bar, the numbers, and as much of the words as there is room for."""
    row = Table.grid(padding=(0, 1))
    row.add_column(width=_CELLS)
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    row.add_row(ProgressBar(total=max(1, of), completed=done, width=_CELLS), inked(f"{done}/{of}"), inked(*words))
    return row
