"""A cache of rows, and the widths of their cells."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeAlias, TypeVar

import msgspec

from stsview.text.columns import Column
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.roles import Spans

K = TypeVar("K", bound=Hashable)

Cell: TypeAlias = Spans
"""One line of text in spans."""

_KNOWN_ROWS = 512
"""Rows kept while not visible: several screens up and down."""

_WIDEST = 400
"""Cells to measure at most: wider than any terminal."""


class Row(msgspec.Struct, frozen=True):
    cells: tuple[Cell, ...]
    widths: tuple[int, ...]
    """Cells of the content of each column; 0 for flexible columns, whose width ignores it."""


class RowCache(Generic[K]):
    """A cache of rows, each requested from the source once (LRU)."""

    def __init__(self, source: Callable[[K], Sequence[Cell]], columns: Sequence[Column]) -> None:
        self._source = source
        self._columns = tuple(columns)
        self._rows: OrderedDict[K, Row] = OrderedDict()

    def get(self, key: K) -> Row:
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._request(key)
            while len(self._rows) > _KNOWN_ROWS:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(key)
        return row

    def refresh(self, key: K) -> bool:
        """Request a row again; returns whether it changed.

        A row that was not cached counts as changed.
        """
        before = self._rows.get(key)
        cells = tuple(self._source(key))
        if before is not None and before.cells == cells:
            return False
        self._rows[key] = self._measured(cells)
        self._rows.move_to_end(key)
        return True

    def drop(self, keys: Iterable[K] | None = None) -> None:
        """Drop these rows, or all of them."""
        if keys is None:
            self._rows.clear()
            return
        for key in keys:
            self._rows.pop(key, None)

    def retain(self, wanted: Callable[[K], bool]) -> None:
        """Drop the rows whose key does not satisfy `wanted`."""
        self.drop([key for key in self._rows if not wanted(key)])

    def cached(self) -> Iterable[Row]:
        return self._rows.values()

    def _request(self, key: K) -> Row:
        return self._measured(tuple(self._source(key)))

    def _measured(self, cells: tuple[Cell, ...]) -> Row:
        if len(cells) != len(self._columns):
            raise ValueError(f"a row has {len(cells)} cells for {len(self._columns)} columns")
        widths = tuple(
            0 if column.weight else spans_width(cell, column.max_width or _WIDEST)
            for column, cell in zip(self._columns, cells, strict=True)
        )
        return Row(cells, widths)


class ContentWidths:
    """The widest content of each column, by id.

    It grows at once, but shrinks only on `reset`, so that columns keep still while values change.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self.by_column: dict[str, int] = {}
        self.reset(())

    def include(self, row: Row) -> bool:
        """Include a row; returns whether a column must grow."""
        grew = False
        for column, cells in zip(self._columns, row.widths, strict=True):
            if cells > self.by_column[column.id]:
                self.by_column[column.id] = cells
                grew = True
        return grew

    def reset(self, rows: Iterable[Row]) -> None:
        self.by_column = {column.id: 0 for column in self._columns}
        for row in rows:
            self.include(row)
