"""The pager of all long texts: keys, search, and selection with the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from stsview.text.terminal_text import safe
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.pager.drawing import Mark
from stsview.ui.kit.pager.search import Search
from stsview.ui.kit.pager.window import TextWindow, ViewChanged

_ACROSS = 16
"""Cells by which a key scrolls sideways while lines are not wrapped."""


def _move(name: str, keys: tuple[str, ...], words: str, *, across: bool = False) -> Command:
    guard = _scrolls_sideways if across else None
    return Command(name, keys, name.replace("_", " "), words, "Move", guard=guard, palette=False)


def _scrolls_sideways(pager: Any) -> bool:
    return not pager.wrap


class Pager(CommandsMixin, TextWindow, can_focus=True):
    """Scrolls like `less`. A search marks all matches, also in lines added later."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pager--match", "pager--current", "pager--selection"}

    REBINDABLE = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        _move("down", ("j", "down"), "Move one line down"),
        _move("up", ("k", "up"), "Move one line up"),
        _move("top", ("g", "home"), "Go to the first line"),
        _move("bottom", ("G", "end"), "Go to the last line"),
        _move("page_down", ("pagedown", "space", "ctrl+f"), "Move one page down"),
        _move("page_up", ("pageup", "ctrl+b"), "Move one page up"),
        _move("right", ("right",), "Scroll right while lines are not wrapped", across=True),
        _move("left", ("left",), "Scroll left while lines are not wrapped", across=True),
    )

    _search = Search()
    _current_match: int | None = None

    @property
    def search(self) -> Search:
        return self._search

    @property
    def current_match(self) -> int | None:
        """Number of the line of the current match."""
        return self._current_match

    def search_for(self, text: str) -> None:
        """Mark all matches of `text` and go to the first one below.

        An empty text clears the search.
        """
        self._search = Search(text)
        self._search.scan(self.lines)
        self._strips.clear()
        self._current_match = None
        found = self._search.next(self.top_line - 1)
        if found is not None:
            self._go_to_match(found)
        self.refresh()
        self.post_message(ViewChanged())

    def next_match(self, *, backwards: bool = False) -> None:
        """Go to the next matching line, wrapping around at the end."""
        if backwards:
            found = self._search.previous(self.bottom_line + 1 if self._current_match is None else self._current_match)
        else:
            found = self._search.next(self.top_line - 1 if self._current_match is None else self._current_match)
        if found is not None:
            self._go_to_match(found)

    def lines_added(self) -> None:
        self._search.scan(self.lines)
        super().lines_added()

    def _build(self) -> None:
        self._search = Search(self._search.text)
        self._search.scan(self.lines)
        if self._current_match is not None and not self._search.place(self._current_match):
            self._current_match = None
        super()._build()

    def _go_to_match(self, number: int) -> None:
        """Scroll a line into view, with context above it."""
        self._current_match = number
        self._strips.clear()
        row, height = self._row_of(number), self.size.height
        if not self._top <= row < self._top + height:
            self._scroll(row - height // 3)
        self.refresh()
        self.post_message(ViewChanged())

    def _marks(self, number: int) -> list[Mark]:
        found = self._search.spans(self.lines.text(number))
        if not found:
            return []
        style = self.get_component_rich_style(
            "pager--current" if number == self._current_match else "pager--match", partial=True
        )
        return [(start, end, style) for start, end in found]

    def action_down(self) -> None:
        self._scroll(self._top + 1)

    def action_up(self) -> None:
        self._scroll(self._top - 1)

    def action_top(self) -> None:
        self._scroll(0)

    def action_bottom(self) -> None:
        self._scroll(self.max_scroll_y)

    def action_page_down(self) -> None:
        self._scroll(self._top + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        self._scroll(self._top - max(1, self.size.height - 1))

    def action_right(self) -> None:
        self.scroll_to(x=self.scroll_offset.x + _ACROSS, animate=False)

    def action_left(self) -> None:
        self.scroll_to(x=self.scroll_offset.x - _ACROSS, animate=False)

    def _strip(self, row: int, ground: Style) -> Strip:
        selection = self.text_selection
        span = None if selection is None else selection.get_span(row)
        if span is None:
            return super()._strip(row, ground)
        line, part = self._rows.line_at(row)
        number = self._first + line
        start, end = self._characters(number, part)
        first, last = self._selected(span)
        style = self.get_component_rich_style("pager--selection", partial=True)
        selected = (min(start + first, end), end if last is None else min(start + last, end), style)
        return self._draw(number, part, [*self._marks(number), selected], ground)

    def _selected(self, span: tuple[int, int]) -> tuple[int, int | None]:
        """The selected characters of a row; None: to its end.

        Counts cells as characters, which is slightly off where characters are two cells wide.
        """
        prefix = self.lines.prefix_cells
        first, last = span
        return max(0, first - prefix), None if last < 0 else max(0, last - prefix)

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text selected with the mouse; a wrapped line is one line."""
        last_row = self._rows.rows - 1
        start = 0 if selection.start is None else max(0, selection.start.y)
        end = last_row if selection.end is None else min(selection.end.y, last_row)
        pieces: list[str] = []
        for row in range(start, end + 1):
            span = selection.get_span(row)
            if span is None:
                continue
            line, part = self._rows.line_at(row)
            begin, stop = self._characters(self._first + line, part)
            first, last = self._selected(span)
            if pieces and not part:
                pieces.append("\n")
            pieces.append(safe(self.lines.text(self._first + line)[begin:stop])[first:last])
        return ("".join(pieces), "\n") if pieces else None
