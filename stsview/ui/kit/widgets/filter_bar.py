"""The filter bar: shows the filter while it is typed and while it is active."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from stsview.text.numbers import number
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_STATUS_CELLS = 14

_LEAST_INPUT = 20
"""Cells that stay for the input, however long a problem is."""


class Filter(Protocol):
    """A parsed filter."""

    @property
    def active(self) -> bool: ...

    @property
    def problem(self) -> str: ...


F = TypeVar("F", bound=Filter)


class _Completions(Suggester):
    """Shows how the last word can end; the right arrow accepts that."""

    def __init__(self, completion: Callable[[str], str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._completion = completion

    async def get_suggestion(self, value: str) -> str | None:
        return self._completion(value) or None


class FilterInput(CommandsMixin, LineInput):
    """The input of a filter bar; posts `Finished` to the bar."""

    OWN_COMMANDS: ClassVar = (
        Command("keep", ("enter", "down", "tab"), "keep", "Keep the filter and return to the table", footer=90),
        Command("drop", ("escape",), "clear", "Clear the filter and return to the table", footer=90),
    )

    class Finished(Message):
        """The user finished typing, and keeps or clears the filter."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    def __init__(self, syntax: str, completion: Callable[[str], str] | None = None) -> None:
        super().__init__(placeholder=syntax)
        if completion is not None:
            self.suggester = _Completions(completion)

    def action_keep(self) -> None:
        self.post_message(self.Finished(True))

    def action_drop(self) -> None:
        self.post_message(self.Finished(False))


class FilterBar(Horizontal, Generic[F]):
    """One line, blank while no filter is active."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar.-idle > * { display: none; }
    """

    class Changed(Message):
        """The filter changed; see `filter`."""

    class Closed(Message):
        """The focus should return to the table."""

    def __init__(self, parse: Callable[[str], F], syntax: str, completion: Callable[[str], str] | None = None) -> None:
        """`parse` parses any text; `syntax` is shown as a hint while the input is empty.

        `completion` returns a text with its last word completed, or an empty one.
        """
        super().__init__(classes="-idle")
        self._completion = completion
        self._parse = parse
        self._syntax = syntax
        self._filter = parse("")

    def compose(self) -> ComposeResult:
        yield SpanLines([((" / ", Role.KEY),)], id="filter-sign")
        yield FilterInput(self._syntax, self._completion)
        yield SpanLines(id="filter-status")

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def filter(self) -> F:
        """The current filter."""
        return self._filter

    @property
    def text(self) -> str:
        return self.input.value

    def open(self) -> None:
        """Show the bar and focus its input."""
        self.remove_class("-idle")
        self.screen.set_focus(self.input)

    def set_text(self, text: str) -> None:
        """Filter by `text` as if it had been typed; the focus does not move."""
        self.input.value = text
        self.set_class(not text.strip() and not self.input.has_focus, "-idle")

    def show_counts(self, matching: int, total: int) -> None:
        """Show how many rows match, or the problem with the filter."""
        status: Spans
        if self._filter.problem:
            status = ((self._filter.problem, Role.WARNING),)
        elif self._filter.active:
            status = ((number(matching), Role.BRIGHT), (f" of {number(total)}", Role.DIM))
        else:
            status = ()
        self.show_status(status)

    def show_status(self, status: Spans) -> None:
        """Show `status` after the input."""
        line = self.query_one("#filter-status", SpanLines)
        wanted = max(_STATUS_CELLS, spans_width(status) + 2)
        line.styles.width = min(wanted, max(_STATUS_CELLS, self.app.size.width - _LEAST_INPUT))
        line.show([status])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter = self._parse(event.value)
        self.post_message(self.Changed())

    @on(FilterInput.Finished)
    def _ended(self, event: FilterInput.Finished) -> None:
        event.stop()
        if not event.keep:
            self.input.value = ""
        self.set_class(not self.input.value.strip(), "-idle")
        self.post_message(self.Closed())
