"""A progress bar on one line of a terminal, redrawn in place."""

from __future__ import annotations

import msgspec
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table

from stsview.cli.output.console import Piece, styled
from stsview.text.glyphs import active

_CELLS = 24

_ECHO_CELLS = 8
"""Cells for keys that the terminal echoes, such as `^C`."""


def progress_bar(done: int, total: int, *text: Piece) -> RenderableType:
    """A bar, the numbers, and as much of the text as fits."""
    numbers = styled(f"{done}/{total}")
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=_CELLS, no_wrap=True)
    # Otherwise a long text would displace them.
    row.add_column(min_width=numbers.cell_len, no_wrap=True)
    row.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    row.add_row(_bar(done, max(1, total)), numbers, styled(*text))
    return _WithEchoMargin(row)


class _WithEchoMargin(msgspec.Struct, frozen=True):
    """Keeps cells at the end of the line free for echoed keys.

    A terminal echoes `^Z` and `^C` at the cursor: after a full line they would start another one, and the next redraw
    would miss the line that it has to overwrite.
    """

    row: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.row, options.update_width(max(1, options.max_width - _ECHO_CELLS)))


def _bar(done: int, total: int) -> RenderableType:
    glyphs = active()
    if not glyphs.ascii_only:
        return ProgressBar(total=total, completed=done, width=_CELLS)
    full = _CELLS * done // total
    return styled(glyphs.bar * full + glyphs.bar_rest * (_CELLS - full))
