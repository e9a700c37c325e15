"""Where a filter is typed, and where it is seen for as long as it is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from stsview.text.terminal_text import spans_width
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.phrases import number
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.line_input import LineInput
from stsview.ui.kit.widgets.span_lines import SpanLines

_STATUS_CELLS = 14


class Filter(Protocol):
    """What was typed, and what of it could be understood."""

    @property
    def active(self) -> bool: ...

    @property
    def problem(self) -> str: ...


F = TypeVar("F", bound=Filter)


class FilterInput(CommandsMixin, LineInput):
    """One line of text; what ends it is told to the bar around it."""

    OWN_COMMANDS: ClassVar = (
        Command("keep", ("enter", "down", "tab"), "keep", "Keep it, back to the table", footer=90),
        Command("drop", ("escape",), "clear", "Clear it, back to the table", footer=90),
    )

    class Finished(Message):
        """The keyboard goes back to the table."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    def __init__(self, syntax: str) -> None:
        super().__init__(placeholder=syntax)

    def action_keep(self) -> None:
        self.post_message(self.Finished(True))

    def action_drop(self) -> None:
        self.post_message(self.Finished(False))


class FilterBar(Horizontal, Generic[F]):
    """A blank line until a filter is in use."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar.-idle > * { display: none; }
    """

    class Changed(Message):
        """Another filter is asked for: `filter` tells which."""

    class Closed(Message):
        """The keyboard goes back to the table."""

    def __init__(self, parse: Callable[[str], F], syntax: str) -> None:
        """`parse` understands what is typed, whatever that is; `syntax` is a hint at what it takes."""
        super().__init__(classes="-idle")
        self._parse = parse
        self._syntax = syntax
        self._filter = parse("")

    def compose(self) -> ComposeResult:
        yield SpanLines([((" / ", Role.KEY),)], id="filter-sign")
        yield FilterInput(self._syntax)
        yield SpanLines(id="filter-status")

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def filter(self) -> F:
        """What is asked for now."""
        return self._filter

    @property
    def text(self) -> str:
        return self.input.value

    def open(self) -> None:
        """Let somebody type."""
        self.remove_class("-idle")
        self.screen.set_focus(self.input)

    def set_text(self, text: str) -> None:
        """Filter by `text` as if it had been typed; the keyboard stays where it is."""
        self.input.value = text
        self.set_class(not text.strip() and not self.input.has_focus, "-idle")

    def show_counts(self, matching: int, total: int) -> None:
        """Show how many rows match, or what cannot be understood."""
        status: Spans
        if self._filter.problem:
            status = ((self._filter.problem, Role.WARNING),)
        elif self._filter.active:
            status = ((number(matching), Role.BRIGHT), (f" of {number(total)}", Role.DIM))
        else:
            status = ()
        self.show_status(status)

    def show_status(self, status: Spans) -> None:
        """Show that behind what is typed."""
        line = self.query_one("#filter-status", SpanLines)
        line.styles.width = max(_STATUS_CELLS, spans_width(status) + 2)
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
