"""Tables: fitted to the width of a terminal, with the full text in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from stsview.cli.output.console import Console, Piece
from stsview.text.columns import GAP, Align, Column, PlacedColumn, lay_out_columns
from stsview.text.terminal_text import fit, width


class Table(msgspec.Struct, frozen=True):
    """Columns and their cells; a form of one content, of which there may be shorter ones."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Piece, ...], ...]
    titles: bool = True


def print_table(console: Console, *forms: Table) -> None:
    """Print a line for each row.

    On a terminal: the first of `forms` that fits whole, else the last one without the columns of the lowest priority,
    and with cells cropped to their column, so that no line wraps. In a pipe the first, whole.
    """
    for form in forms:
        placed = _place(form, console.room)
        if placed is not None:
            break
    else:
        form = forms[-1]
        placed = lay_out_columns(_filled(form), _content(form), console.room or 0)
    if form.titles:
        _print_row(console, placed, [(column.title, "dim") for column in form.columns])
    for row in form.rows:
        _print_row(console, placed, row)


def _place(form: Table, room: int | None) -> list[PlacedColumn] | None:
    """The columns at the width of their content; None if they do not fit."""
    content = _content(form)
    columns = form.columns if room is None else [column for column in _filled(form) if column.max_width != 0]
    needed = sum(max(content[column.id], column.title_width(last=False)) + GAP for column in columns) - GAP
    if room is not None and needed > room:
        return None
    whole = [replace(column, min_width=None, max_width=None, weight=0) for column in columns]
    numbers = {column.id: number for number, column in enumerate(form.columns)}
    return [replace(at, index=numbers[at.column.id]) for at in lay_out_columns(whole, content, max(1, needed))]


def _filled(form: Table) -> list[Column]:
    """The columns, those without any content hidden."""
    content = _content(form)
    return [column if content[column.id] or not form.rows else replace(column, max_width=0) for column in form.columns]


def _content(form: Table) -> dict[str, int]:
    """The widest cell of each column."""
    cells = zip(*form.rows, strict=True) if form.rows else [()] * len(form.columns)
    return {
        column.id: max((width(_plain(cell)) for cell in of_column), default=0)
        for column, of_column in zip(form.columns, cells, strict=True)
    }


def _plain(cell: Piece) -> str:
    return cell if isinstance(cell, str) else cell[0]


def _print_row(console: Console, placed: Sequence[PlacedColumn], row: Sequence[Piece]) -> None:
    pieces: list[Piece] = []
    for number, at in enumerate(placed):
        cell = row[at.index]
        text = fit(_plain(cell), at.width, right=at.column.align is Align.RIGHT)
        pieces.append(text if isinstance(cell, str) else (text, cell[1]))
        if number + 1 < len(placed):
            pieces.append(" " * GAP)
    console.line(*pieces)
