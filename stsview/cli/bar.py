"""How far something is, on one line of a terminal that is drawn over."""

from __future__ import annotations

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table

from stsview.cli.paper import Piece, inked
from stsview.ui.glyphs import active

_CELLS = 24


def bar(done: int, of: int, *words: Piece) -> RenderableType:
    """A bar, the numbers, and as much of the words as there is room for."""
    numbers = inked(f"{done}/{of}")
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=_CELLS, no_wrap=True)
    # Else long words would take their place.
    row.add_column(min_width=numbers.cell_len, no_wrap=True)
    row.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    row.add_row(_drawn(done, max(1, of)), numbers, inked(*words))
    return row


def _drawn(done: int, of: int) -> RenderableType:
    glyphs = active()
    if not glyphs.ascii_only:
        return ProgressBar(total=of, completed=done, width=_CELLS)
    full = _CELLS * done // of
    return inked(glyphs.bar * full + glyphs.bar_rest * (_CELLS - full))
