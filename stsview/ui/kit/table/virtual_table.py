"""A table with keys, mouse and a cursor that stays on its object."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import BindingsMap

from stsview.text.columns import GAP, Column
from stsview.ui.kit.commands.commands import Argument, Command, CommandsMixin, TypedCommand, bindings, either
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.table.grid import RowGrid, RowStyle
from stsview.ui.kit.table.messages import HeaderClicked, RowHighlighted, RowSelected
from stsview.ui.kit.table.order import successor
from stsview.ui.kit.table.rows import Cell
from stsview.ui.kit.toast import toast

K = TypeVar("K", bound=Hashable)

_MOVE = "Move"
_SORT = "Sort"


SORT_COMMAND = Command(
    "sort",
    (),
    "sort",
    "Sort by a column; again to reverse",
    _SORT,
    guard=lambda table: bool(table.sortable_titles),
    typed=TypedCommand(
        ("sort",),
        Argument(
            "COLUMN",
            lambda table: table.sortable_titles,
            closed=True,
            parse=lambda table, title: table.sortable_titles[title],
        ),
    ),
)


class VirtualTable(CommandsMixin, RowGrid[K], can_focus=True):
    """A table whose rows are objects, identified by hashable keys.

    It calls `rows` for the cells of a key when its row becomes visible, and caches them until `invalidate`. The cost of
    a frame does not depend on the number of rows. The cursor stays on its object when that moves.

    All methods belong to the app's event loop. `rows` must return, without blocking, one cell per column for every key
    of the order; texts may contain anything.
    """

    REBINDABLE = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("cursor_down", ("j", "down"), "down", "Move one row down", group=_MOVE, palette=False),
        Command("cursor_up", ("k", "up"), "up", "Move one row up", group=_MOVE, palette=False),
        Command("first", ("g", "home"), "first", "Go to the first row", group=_MOVE, palette=False),
        Command("last", ("G", "end"), "last", "Go to the last row", group=_MOVE, palette=False),
        Command("page_down", ("pagedown", "ctrl+f"), "page down", "Move one page down", group=_MOVE, palette=False),
        Command("page_up", ("pageup", "ctrl+b"), "page up", "Move one page up", group=_MOVE, palette=False),
    )

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Callable[[K], Sequence[Cell]],
        *,
        open_label: str = "open",
        gap: int = GAP,
        header: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        """`open_label` is the label of Enter in the key bar; empty: not in the key bar."""
        self._open_label = open_label
        self._cursor: K | None = None
        self._clicked: K | None = None
        self._hover_line: int | None = None
        super().__init__(columns, rows, gap=gap, header=header, name=name, id=id, classes=classes)

    def commands(self) -> list[Command]:
        rank = Rank.OPEN if self._open_label else 0
        opening = Command("open", ("enter",), self._open_label or "open", "Open this row", "This row", rank, _has_rows)
        sorting = [
            Command(
                f"sort_{column.id}",
                (column.shortcut,),
                f"sort by {column.title}",
                f"Sort by {column.title}; again to reverse",
                _SORT,
                action=f"sort({column.id!r})",
                palette=False,
            )
            for column in self._columns
            if column.sortable and column.shortcut
        ]
        return self.with_their_keys([opening, *super().commands(), *sorting, *([SORT_COMMAND] if sorting else [])])

    def _bindings_now(self) -> BindingsMap:
        # The label of Enter and the sort keys differ from table to table, and Textual can bind keys at run time only
        # for the app.
        return BindingsMap(bindings(self.commands()))

    @property
    def sortable_titles(self) -> dict[str, str]:
        """Columns to sort by: ids by title in lower case."""
        return {column.title.casefold(): column.id for column in self._columns if column.sortable}

    def _set_columns(self, columns: Sequence[Column]) -> None:
        super()._set_columns(columns)
        self._commands_changed()
        self._bindings = self._bindings_now()

    @property
    def cursor_key(self) -> K | None:
        """The object under the cursor; None only while there are no rows."""
        return self._cursor

    def move_cursor(self, key: K) -> None:
        """Move the cursor to `key` and scroll it into view; does nothing if it has no row."""
        row = self._order.row(key)
        if row is not None:
            self._go_to(row, by_user=False)

    def set_order(self, keys: Sequence[K]) -> None:
        """Show these objects in this order.

        Cached cells are not requested again: see `invalidate`.

        The cursor stays on its object, on the same line of the screen if possible; if the object is gone, it moves to
        the next one below that still exists, else above (`RowHighlighted`, not by the user). Raises ValueError if a key
        occurs twice.
        """
        before, line = self._order, self._cursor_line
        super().set_order(keys)
        found = successor(before, self._cursor, self._order.__contains__)
        self._place_cursor(found, line)

    def _place_cursor(self, key: K | None, line: int | None) -> None:
        """Put the cursor on `key`, else on the first row, after the order has changed; `line` is where it was."""
        self._set_cursor(self._order.key(0) if key is None else key, by_user=False)
        self._keep_on_line(line)

    @property
    def _cursor_line(self) -> int | None:
        """The line of the page, the first is 0, on which the cursor is; None if it is not visible."""
        row = None if self._cursor is None else self._order.row(self._cursor)
        return row - self._top if row is not None and 0 <= row - self._top < self._page else None

    def _keep_on_line(self, line: int | None) -> None:
        """Scroll so that the cursor stays on `line` of the page.

        At the top of the table it does not scroll while the cursor is visible: the worst rows appear there.
        """
        row = None if self._cursor is None else self._order.row(self._cursor)
        if row is None or line is None or (self._top == 0 and row < self._page):
            return
        self.scroll_to(y=max(0, row - line), animate=False)

    def _set_cursor(self, key: K | None, by_user: bool) -> None:
        if key == self._cursor:
            return
        self._repaint_row(self._cursor)
        self._cursor = key
        self._repaint_row(key)
        self.post_message(RowHighlighted(self, key, by_user))

    def _go_to(self, row: int, by_user: bool = True) -> None:
        """Move the cursor to a row, or the nearest one, and scroll it into view."""
        row = min(max(0, row), len(self._order) - 1)
        if row < 0:
            return
        self._set_cursor(self._order.key(row), by_user)
        self._scroll_into_view(row)

    def _scroll_into_view(self, row: int) -> None:
        if not self._page:
            return
        if row < self._top:
            self.scroll_to(y=row, animate=False)
        elif row >= self._top + self._page:
            self.scroll_to(y=row - self._page + 1, animate=False)

    @property
    def _cursor_row(self) -> int:
        row = None if self._cursor is None else self._order.row(self._cursor)
        return 0 if row is None else row

    def action_cursor_down(self) -> None:
        self._go_to(self._cursor_row + 1)

    def action_cursor_up(self) -> None:
        self._go_to(self._cursor_row - 1)

    def action_first(self) -> None:
        self._go_to(0)

    def action_last(self) -> None:
        self._go_to(len(self._order) - 1)

    def action_page_down(self) -> None:
        self._go_to(self._cursor_row + max(1, self._page - 1))

    def action_page_up(self) -> None:
        self._go_to(self._cursor_row - max(1, self._page - 1))

    def action_open(self) -> None:
        if self._cursor is not None:
            self.post_message(RowSelected(self, self._cursor))

    def action_sort(self, column: str = "") -> None:
        """Ask for the order of a column, as a click on its title does; without one say which there are."""
        if not column:
            toast(self, f"type the column, :sort {either(list(self.sortable_titles))}", title=":sort")
        if any(column == known.id and known.sortable for known in self._columns):
            self.post_message(HeaderClicked(self, column))

    def _row_style(self, key: K, line: int) -> RowStyle:
        if key == self._cursor:
            return RowStyle.CURSOR
        return RowStyle.HOVER if line == self._hover_line else RowStyle.PLAIN

    def on_resize(self) -> None:
        super().on_resize()
        if self._cursor is not None:
            self._scroll_into_view(self._cursor_row)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        offset = event.get_content_offset(self)
        self._hover(None if offset is None else (offset.x, offset.y))

    def on_leave(self) -> None:
        self._hover(None)

    def _hover(self, at: tuple[int, int] | None) -> None:
        line = at[1] if at is not None and at[1] >= self._header else None
        column = self.column_at(at[0]) if at is not None and at[1] < self._header else None
        title = column.id if column is not None and column.sortable else None
        if title != self._hovered_title:
            self._hovered_title = title
            self._repaint(0)
        if line != self._hover_line:
            was, self._hover_line = self._hover_line, line
            for changed in (was, line):
                if changed is not None:
                    self._repaint(changed)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y < self._header:
            column = self.column_at(offset.x)
            if column is not None:
                self.action_sort(column.id)
            return
        key = self.row_at(offset.y)
        if key is None:
            return
        # Rows may move between two clicks: open only what both of them hit.
        again = event.chain > 1 and key == self._clicked
        self._clicked = key
        self._set_cursor(key, by_user=True)
        if again:
            self.action_open()


def _has_rows(table: VirtualTable[Hashable]) -> bool:
    return table.cursor_key is not None
