"""How far something is, on one line of a terminal that is drawn over."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table

from stsview.cli.output.console import Piece, inked
from stsview.text.glyphs import active

_CELLS = 24

_TYPED = 8
"""Cells for keys that the terminal echoes."""


def bar(done: int, of: int, *words: Piece) -> RenderableType:
    """A bar, the numbers, and as much of the words as there is room for."""
    numbers = inked(f"{done}/{of}")
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=_CELLS, no_wrap=True)
    # Else long words would take their place.
    row.add_column(min_width=numbers.cell_len, no_wrap=True)
    row.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    row.add_row(_drawn(done, max(1, of)), numbers, inked(*words))
    return _Narrower(row)


@dataclass(frozen=True, slots=True)
class _Narrower:
    """A terminal draws `^Z` and `^C` where they are typed: behind a full line they would begin another one, and what
    is to be drawn over would no longer be where it was."""

    row: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.row, options.update_width(max(1, options.max_width - _TYPED)))


def _drawn(done: int, of: int) -> RenderableType:
    glyphs = active()
    if not glyphs.ascii_only:
        return ProgressBar(total=of, completed=done, width=_CELLS)
    full = _CELLS * done // of
    return inked(glyphs.bar * full + glyphs.bar_rest * (_CELLS - full))
