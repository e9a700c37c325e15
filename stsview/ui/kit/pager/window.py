"""A text window on Textual's line API that can follow the end."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stsview.text.terminal_text import row_starts, rows_needed, width
from stsview.ui.kit.look.roles import rich_role_styles
from stsview.ui.kit.pager.drawing import Mark, RowText, draw_row
from stsview.ui.kit.pager.lines import FixedLines, Lines
from stsview.ui.kit.pager.rows import RowMap
from stsview.ui.kit.table.drawing import blank, draw_centred
from stsview.ui.kit.table.placeholder import Placeholder

_KEPT_STRIPS = 512

_LEAST_TEXT = 8
"""Cells that text keeps next to a prefix, however narrow the window."""


class ViewChanged(Message):
    """Other lines are visible, or following the end was switched on or off."""


class TextWindow(ScrollView):
    """Shows `Lines`; the cost of a frame does not depend on their number.

    Call `lines_added` after adding or dropping lines, and `rebuild` after any other change.
    """

    DEFAULT_CSS = """
    TextWindow {
        overflow: hidden auto;
        scrollbar-gutter: stable;
    }
    TextWindow.-across { overflow-x: auto; }
    """

    def __init__(
        self,
        lines: Lines | None = None,
        *,
        wrap: bool = True,
        following: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`following`: stay at the end while lines are added, until the user scrolls up."""
        super().__init__(id=id)
        self.lines: Lines = FixedLines() if lines is None else lines
        self._wrap = wrap
        self._can_follow = following
        self._follow = following
        self._rows = RowMap()
        self._first = 0
        self._widest = 0
        self._room = 0
        self._placeholder: Placeholder | None = None
        self._strips: dict[tuple[int, int], Strip] = {}
        self._rearranging = False

    @property
    def wrap(self) -> bool:
        """Whether long lines are wrapped; else they extend past the right edge."""
        return self._wrap

    @wrap.setter
    def wrap(self, wrap: bool) -> None:
        self._wrap = wrap
        self.set_class(not wrap, "-across")
        self.rebuild()

    @property
    def follow(self) -> bool:
        """Whether the window stays at the end."""
        return self._follow

    @follow.setter
    def follow(self, follow: bool) -> None:
        self._follow = follow
        if follow:
            self._scroll(self.max_scroll_y)
        self.post_message(ViewChanged())

    @property
    def placeholder(self) -> Placeholder | None:
        """Shown while there are no lines."""
        return self._placeholder

    @placeholder.setter
    def placeholder(self, placeholder: Placeholder | None) -> None:
        if placeholder != self._placeholder:
            self._placeholder = placeholder
            if not len(self._rows):
                self.refresh()

    @property
    def top_line(self) -> int:
        """Number of the first visible line."""
        return self._first + self._line_at_y(0)

    @property
    def bottom_line(self) -> int:
        """Number of the last visible line."""
        return self._first + self._line_at_y(max(0, self.size.height - 1))

    def visible_lines(self) -> list[str]:
        """The text of the lines that are at least partly visible."""
        if not len(self._rows):
            return []
        return [self.lines.text(number) for number in range(self.top_line, self.bottom_line + 1)]

    def show(self, lines: Lines) -> None:
        """Replace the lines; shows their start, or their end when following."""
        self.lines = lines
        self._follow = self._can_follow
        self._build()
        self._scroll(self.max_scroll_y if self._follow else 0)

    def lines_added(self) -> None:
        """Update after lines were added at the end, and possibly dropped at the start."""
        if not self._room:
            return
        above = self._rows.drop(self.lines.first - self._first)
        self._first = self.lines.first
        self._measure(self._first + len(self._rows))
        self._resize()
        if self._follow:
            self._scroll(self.max_scroll_y)
        elif above:
            self._scroll(self._top - above)
        self.refresh()

    def rebuild(self, top: int | None = None) -> None:
        """Measure and draw all lines again; `top`, or else the first visible line, is at the top afterwards.

        While the window follows the end, it stays there.
        """
        if not self._room:
            return
        top = self.top_line if top is None else top
        self._build()
        self._scroll(self.max_scroll_y if self._follow else self._row_of(top))

    def go_to(self, number: int) -> None:
        """Scroll a line to the top, and stop following unless that is the end."""
        self._follow = False
        self._scroll(min(self._row_of(number), self.max_scroll_y))

    @property
    def _top(self) -> int:
        return int(self.scroll_offset.y)

    @property
    def _text_cells(self) -> int:
        return max(_LEAST_TEXT, self._room - self.lines.prefix_cells)

    def _line_at_y(self, y: int) -> int:
        """The line on row `y` of the window, counted from the first line."""
        row = min(self._top + y, self._rows.rows - 1)
        return self._rows.line_at(row)[0] if row >= 0 else 0

    def _row_of(self, number: int) -> int:
        return self._rows.row_of(min(max(0, number - self._first), len(self._rows)))

    def _scroll(self, row: int) -> None:
        self.scroll_target_y = row
        self.scroll_y = row

    def _build(self) -> None:
        self._rows.clear()
        self._strips.clear()
        self._first = self.lines.first
        self._widest = 0
        self._measure(self._first)
        self._resize()
        self.refresh()

    def _measure(self, start: int) -> None:
        """Measure the lines from `start` on."""
        lines = self.lines
        if self._wrap:
            cells = self._text_cells
            self._rows.append(rows_needed(lines.text(number), cells) for number in range(start, lines.end))
            return
        for number in range(start, lines.end):
            text = lines.text(number)
            self._widest = max(self._widest, len(text) if text.isascii() else width(text))
        self._rows.append(1 for _ in range(start, lines.end))

    def _resize(self) -> None:
        across = self._room if self._wrap else self.lines.prefix_cells + self._widest
        # A smaller virtual size scrolls the window, which is no scrolling by the user.
        self._rearranging = True
        self.virtual_size = Size(across, self._rows.rows)
        self._rearranging = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._can_follow and not self._rearranging:
            self._follow = new_value >= self.max_scroll_y
        self.post_message(ViewChanged())

    def watch_show_vertical_scrollbar(self, shown: bool) -> None:
        # Textual (8.2.8) passes the scroll position only to a visible scrollbar.
        if shown:
            self.vertical_scrollbar.position = self.scroll_y

    def on_resize(self) -> None:
        room = self.scrollable_content_region.width
        if room != self._room:
            first = not self._room
            self._room = room
            if first:
                self._build()
                self._scroll(self.max_scroll_y if self._follow else 0)
            else:
                self.rebuild()
        elif self._follow:
            self._scroll(self.max_scroll_y)

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        ground = self.rich_style
        room = self.scrollable_content_region.width
        row = self._top + y
        if not len(self._rows):
            return self._draw_empty(y, room, ground)
        if row >= self._rows.rows:
            return blank(room, ground)
        left = int(self.scroll_offset.x)
        return self._strip(row, ground).crop_extend(left, left + room, ground).apply_offsets(left, row)

    def _strip(self, row: int, ground: Style) -> Strip:
        line, part = self._rows.line_at(row)
        number = self._first + line
        strip = self._strips.get((number, part))
        if strip is None:
            if len(self._strips) >= _KEPT_STRIPS:
                self._strips.clear()
            strip = self._strips[number, part] = self._draw(number, part, self._marks(number), ground)
        return strip

    def _draw(self, number: int, part: int, marks: list[Mark], ground: Style) -> Strip:
        text = RowText(
            self.lines.prefix(number, continued=part > 0), self.lines.spans(number), *self._characters(number, part)
        )
        return draw_row(text, self.lines.prefix_cells, marks, ground, rich_role_styles(self))

    def _characters(self, number: int, part: int) -> tuple[int, int]:
        """From which to which character a row shows its line."""
        text = self.lines.text(number)
        if not self._wrap:
            return 0, len(text)
        starts = row_starts(text, self._text_cells)
        return starts[part], starts[part + 1] if part + 1 < len(starts) else len(text)

    def _marks(self, number: int) -> list[Mark]:
        """The marks of a line."""
        return []

    def _draw_empty(self, y: int, room: int, ground: Style) -> Strip:
        if self._placeholder is not None:
            lines = self._placeholder.lines(room)
            first = max(0, (self.size.height - len(lines)) // 3)
            if first <= y < first + len(lines):
                return draw_centred(lines[y - first], room, ground, rich_role_styles(self))
        return blank(room, ground)
