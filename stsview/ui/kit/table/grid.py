"""Rows and columns on Textual's line API: what is in sight is drawn, and what changed is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stsview.ui.kit.look.roles import rich_role_styles
from stsview.ui.kit.table.column import GAP, Column, PlacedColumn, place
from stsview.ui.kit.table.drawing import EDGE, HeaderStyles, blank, draw_centred, draw_header, draw_row
from stsview.ui.kit.table.order import RowOrder
from stsview.ui.kit.table.placeholder import Placeholder
from stsview.ui.kit.table.rows import Cell, ContentWidths, Row, RowCache
from stsview.ui.kit.table.sorting import SortMark

K = TypeVar("K", bound=Hashable)

_KEPT_STRIPS = 2048


class RowStyle(Enum):
    """How a row is set off; the value is its component class."""

    PLAIN = "table--row"
    HOVER = "table--hover"
    CURSOR = "table--cursor"


class RowGrid(ScrollView, Generic[K]):
    """A table without a cursor: order, columns, painting.

    Lines are counted from the top of the content, where the header is, which does not scroll; rows from the first of
    the order.
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
        self._order: RowOrder[K] = RowOrder()
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
        """Show these columns from now on; every row is asked for anew, with one cell for each of them."""
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
        """Which title bears a sort mark; the rows stand in the order of `set_order`, whatever it says."""
        return self._sort_mark

    @sort_mark.setter
    def sort_mark(self, mark: SortMark | None) -> None:
        if mark != self._sort_mark:
            self._sort_mark = mark
            if self._header:
                self._repaint(0)

    @property
    def placeholder(self) -> Placeholder | None:
        """What is shown while there is no row."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, placeholder: Placeholder | None) -> None:
        if placeholder != self._placeholder:
            self._placeholder = placeholder
            if not len(self._order):
                self.refresh()

    @property
    def keys(self) -> tuple[K, ...]:
        """The objects in the order of their rows."""
        return self._order.keys

    def set_order(self, keys: Sequence[K]) -> None:
        """Show these objects in this order, each once. Cells that are known are not asked for again: see `invalidate`.

        Raises ValueError if a key comes twice.
        """
        order = RowOrder(keys)
        if order.keys == self._order.keys:
            return
        before = self._in_sight()
        self._order = order
        self._known.retain(order.__contains__)
        self._widths.reset(self._known.cached())
        self.virtual_size = Size(0, len(order) + self._header)
        self._arrange()
        for line, (was, now) in enumerate(zip(before, self._in_sight(), strict=True), self._header):
            if was != now:
                self._repaint(line)

    def invalidate(self, keys: Iterable[K] | None = None) -> None:
        """These objects (None: all) may look different; the lines in sight that really do are painted anew."""
        in_sight = {key: line for line, key in enumerate(self._in_sight(), self._header) if key is not None}
        if keys is None:
            self._known.retain(in_sight.__contains__)
        for key in list(in_sight) if keys is None else keys:
            line = in_sight.get(key)
            if line is None:
                self._known.drop((key,))
            elif self._known.refresh(key):
                self._widths.include(self._known.get(key))
                self._repaint(line)
        self._arrange()

    def cells(self, key: K) -> tuple[Cell, ...]:
        """What the row of `key` shows, as its source gave it."""
        return self._known.get(key).cells

    def row_at(self, y: int) -> K | None:
        """The object drawn on line `y`; None where there is none."""
        return self._order.key(self._top + y - self._header) if self._header <= y < self.size.height else None

    def column_at(self, x: int) -> Column | None:
        """The column drawn at cell `x` of the content, the gap behind it included."""
        for placed in self._layout:
            if EDGE + placed.x <= x < EDGE + placed.x + placed.width + self._gap:
                return placed.column
        return None

    @property
    def _top(self) -> int:
        """The first row in sight."""
        return int(self.scroll_offset.y)

    @property
    def _room(self) -> int:
        """Cells of a line; a scrollbar has its own."""
        return int(self.scrollable_content_region.width)

    @property
    def _page(self) -> int:
        """How many rows fit."""
        return max(0, int(self.size.height) - self._header)

    def _in_sight(self) -> list[K | None]:
        """What each line below the header shows."""
        return [self._order.key(self._top + line) for line in range(self._page)]

    def _row_style(self, key: K, line: int) -> RowStyle:
        return RowStyle.PLAIN

    def _repaint(self, line: int) -> None:
        self.refresh(Region(0, line, self._room, 1))

    def _repaint_row(self, key: K | None) -> None:
        row = None if key is None else self._order.row(key)
        if row is not None and self._top <= row < self._top + self._page:
            self._repaint(row - self._top + self._header)

    def _arrange(self) -> None:
        """Place the columns for the widths that are known now; if one moves, everything is painted anew."""
        room = self._room
        layout = place(self._columns, self._widths.by_column, room - EDGE, self._gap)
        if layout != self._layout or room != self._layout_width:
            self._layout, self._layout_width = layout, room
            self._strips.clear()
            self.refresh()

    def on_resize(self) -> None:
        in_sight = set(self._in_sight())
        self._known.retain(in_sight.__contains__)
        self._widths.reset(self._known.cached())
        self._arrange()

    def notify_style_update(self) -> None:
        self._strips.clear()
        self._styles.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        # All rows in sight are measured before the first of them is drawn, or a frame would mix two layouts.
        grew = [self._widths.include(self._known.get(key)) for key in self._in_sight() if key is not None]
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
