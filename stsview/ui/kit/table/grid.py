"""Rows and columns on Textual's line API, drawn only when visible and changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stsview.text.columns import GAP, Column, PlacedColumn, lay_out_columns
from stsview.ui.kit.look.roles import rich_role_styles
from stsview.ui.kit.table.drawing import EDGE, HeaderStyles, blank, draw_centred, draw_header, draw_row
from stsview.ui.kit.table.order import Order, RowOrder
from stsview.ui.kit.table.placeholder import Placeholder
from stsview.ui.kit.table.rows import Cell, ContentWidths, Row, RowCache
from stsview.ui.kit.table.sorting import SortMark

K = TypeVar("K", bound=Hashable)

_KEPT_STRIPS = 2048


class RowStyle(Enum):
    """How a row is highlighted; the value is its component class."""

    PLAIN = "table--row"
    HOVER = "table--hover"
    CURSOR = "table--cursor"


class RowGrid(ScrollView, Generic[K]):
    """A table without a cursor: order, columns, drawing.

    Lines are counted from the top of the content, where the header is, which does not scroll; rows from the first in
    order.
    """

    ALLOW_SELECT = False

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(style.value for style in RowStyle),
        "table--bar",
        "table--header",
        "table--header-sorted",
        "table--header-hover",
    }

    DEFAULT_CSS = """
    RowGrid {
        overflow-x: hidden;
        overflow-y: auto;
    }
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Callable[[K], Sequence[Cell]],
        *,
        gap: int = GAP,
        header: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._source = rows
        self._gap = gap
        self._header = 1 if header else 0
        self._order: Order[K] = RowOrder()
        self._hovered_title: str | None = None
        self._sort_mark: SortMark | None = None
        self._placeholder: Placeholder | None = None
        self._strips: dict[tuple[K, RowStyle], tuple[Row, Strip]] = {}
        self._styles: dict[str, Style] = {}
        self._set_columns(columns)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Replace the columns; every row is requested again, with one cell per column."""
        self._set_columns(columns)
        self.refresh()

    def _set_columns(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._known: RowCache[K] = RowCache(self._source, self._columns)
        self._widths = ContentWidths(self._columns)
        self._layout: list[PlacedColumn] = []
        self._layout_width = -1
        self._strips.clear()

    @property
    def sort_mark(self) -> SortMark | None:
        """The title with a sort mark.

        Rows keep the order of `set_order`, whatever it says.
        """
        return self._sort_mark

    @sort_mark.setter
    def sort_mark(self, mark: SortMark | None) -> None:
        if mark != self._sort_mark:
            self._sort_mark = mark
            if self._header:
                self._repaint(0)

    @property
    def placeholder(self) -> Placeholder | None:
        """Shown while there are no rows."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, placeholder: Placeholder | None) -> None:
        if placeholder != self._placeholder:
            self._placeholder = placeholder
            if not len(self._order):
                self.refresh()

    @property
    def keys(self) -> tuple[K, ...]:
        """The keys in row order."""
        return self._order.keys

    @property
    def keys_in_sight(self) -> Sequence[K]:
        return [key for key in self._visible_keys() if key is not None]

    @property
    def row_count(self) -> int:
        return len(self._order)

    def set_order(self, keys: Sequence[K]) -> None:
        """Show these objects in this order.

        Cached cells are not requested again: see `invalidate`.

        Raises ValueError if a key occurs twice.
        """
        order = RowOrder(keys)
        if order.keys == self._order.keys:
            return
        before = self._visible_keys()
        self._order = order
        self._rows_moved(before)

    def _rows_moved(self, before: Sequence[K | None]) -> None:
        """Redraw the lines whose object is another than `before`."""
        self._known.retain(self._order.__contains__)
        self._widths.reset(self._known.cached())
        self.virtual_size = Size(0, len(self._order) + self._header)
        self._arrange()
        lines = enumerate(zip(before, self._visible_keys(), strict=True), self._header)
        if moved := [Region(0, line, self._room, 1) for line, (was, now) in lines if was != now]:
            self.refresh(*moved)

    def invalidate(self, keys: Iterable[K] | None = None) -> None:
        """Request the cells of these objects (None: all) again.

        Redraws visible lines whose cells differ.
        """
        visible = {key: line for line, key in enumerate(self._visible_keys(), self._header) if key is not None}
        if keys is None:
            self._known.retain(visible.__contains__)
        for key in list(visible) if keys is None else keys:
            line = visible.get(key)
            if line is None:
                self._known.drop((key,))
            elif self._known.refresh(key):
                self._widths.include(self._known.get(key))
                self._repaint(line)
        self._arrange()

    def forget_hidden(self) -> None:
        """Request the cells of rows that are not visible again when they become visible."""
        self._known.retain(set(self._visible_keys()).__contains__)

    def cells(self, key: K) -> tuple[Cell, ...]:
        """The cells of the row of `key`, as its source returned them."""
        return self._known.get(key).cells

    def row_at(self, y: int) -> K | None:
        """The object on line `y`; None if there is none."""
        return self._order.key(self._top + y - self._header) if self._header <= y < self.size.height else None

    def column_at(self, x: int) -> Column | None:
        """The column at cell `x` of the content, including the gap after it."""
        for placed in self._layout:
            if EDGE + placed.x <= x < EDGE + placed.x + placed.width + self._gap:
                return placed.column
        return None

    @property
    def _top(self) -> int:
        """The first visible row."""
        return int(self.scroll_offset.y)

    @property
    def _room(self) -> int:
        """Cells of a line, without the scrollbar."""
        return int(self.scrollable_content_region.width)

    @property
    def _page(self) -> int:
        """Number of rows that fit."""
        return max(0, int(self.size.height) - self._header)

    def _visible_keys(self) -> list[K | None]:
        """The object of each line below the header."""
        top, page = max(0, self._top), self._page
        keys: list[K | None] = list(self._order.between(top, top + page))
        return [*keys, *([None] * (page - len(keys)))]

    def _row_style(self, key: K, line: int) -> RowStyle:
        return RowStyle.PLAIN

    def _repaint(self, line: int) -> None:
        self.refresh(Region(0, line, self._room, 1))

    def _repaint_row(self, key: K | None) -> None:
        row = None if key is None else self._order.row(key)
        if row is not None and self._top <= row < self._top + self._page:
            self._repaint(row - self._top + self._header)

    def _arrange(self) -> None:
        """Lay out the columns for the known widths; if one moves, redraws everything."""
        room = self._room
        layout = lay_out_columns(self._columns, self._widths.by_column, room - EDGE, self._gap)
        if layout != self._layout or room != self._layout_width:
            self._layout, self._layout_width = layout, room
            self._strips.clear()
            self.refresh()

    def on_resize(self) -> None:
        visible = set(self._visible_keys())
        self._known.retain(visible.__contains__)
        self._widths.reset(self._known.cached())
        self._arrange()

    def notify_style_update(self) -> None:
        self._strips.clear()
        self._styles.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        # Measure all visible rows before the first is drawn, or a frame would mix two layouts.
        grew = [self._widths.include(self._known.get(key)) for key in self._visible_keys() if key is not None]
        if any(grew) or self._layout_width != self._room:
            self._arrange()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        room = self._room
        if y < self._header:
            return self._draw_header(room)
        key = self._order.key(self._top + y - self._header)
        if key is None:
            return self._draw_empty(y, room)
        row, style = self._known.get(key), self._row_style(key, y)
        drawn = self._strips.get((key, style))
        if drawn is None or drawn[0] is not row:
            if len(self._strips) >= _KEPT_STRIPS:
                self._strips.clear()
            bar = self._style("table--bar") if style is RowStyle.CURSOR else None
            drawn = row, draw_row(row.cells, self._layout, room, self._ground(style), rich_role_styles(self), bar)
            self._strips[key, style] = drawn
        return drawn[1]

    def _draw_header(self, room: int) -> Strip:
        plain = self.rich_style + self._style("table--header")
        styles = HeaderStyles(plain, plain + self._style("table--header-sorted"), self._style("table--header-hover"))
        return draw_header(self._layout, room, self._sort_mark, self._hovered_title, styles)

    def _draw_empty(self, y: int, room: int) -> Strip:
        if self._placeholder is not None and not len(self._order):
            lines = self._placeholder.lines(room)
            first = max(self._header, (self.size.height - len(lines)) // 3)
            if first <= y < first + len(lines):
                return draw_centred(lines[y - first], room, self._ground(RowStyle.PLAIN), rich_role_styles(self))
        return blank(room, self._ground(RowStyle.PLAIN))

    def _ground(self, style: RowStyle) -> Style:
        return self.rich_style + self._style(style.value)

    def _style(self, component: str) -> Style:
        style = self._styles.get(component)
        if style is None:
            style = self._styles[component] = self.get_component_rich_style(component, partial=True)
        return style
