"""Where a filter is typed, and where it is seen for as long as it is in use."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from stsview.ui.commands import Command, Commanded
from stsview.ui.presentation.fleet_filter import SYNTAX, FleetFilter, parse_filter
from stsview.ui.presentation.words import number
from stsview.ui.roles import Role, Spans
from stsview.ui.text import spans_width
from stsview.ui.widgets.line_input import LineInput
from stsview.ui.widgets.span_lines import SpanLines

_STATUS_CELLS = 14


class FilterInput(Commanded, LineInput):
    """One line of text; what ends it is told to the bar around it."""

    OWN_COMMANDS: ClassVar = (
        Command("keep", ("enter", "down", "tab"), "keep", "Keep it, back to the table", footer=90),
        Command("drop", ("escape",), "clear", "Clear it, back to the table", footer=90),
    )

    class Ended(Message):
        """The keyboard goes back to the table."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    def __init__(self) -> None:
        super().__init__(placeholder=SYNTAX)

    def action_keep(self) -> None:
        self.post_message(self.Ended(True))

    def action_drop(self) -> None:
        self.post_message(self.Ended(False))


class FilterBar(Horizontal):
    """A blank line until a filter is in use."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar.-idle > * { display: none; }
    """

    class Changed(Message):
        """Another filter is asked for."""

        def __init__(self, wanted: FleetFilter) -> None:
            super().__init__()
            self.filter = wanted

    class Left(Message):
        """The keyboard goes back to the table."""

    def __init__(self) -> None:
        super().__init__(classes="-idle")
        self._filter = FleetFilter()

    def compose(self) -> ComposeResult:
        yield SpanLines([((" / ", Role.KEY),)], id="filter-sign")
        yield FilterInput()
        yield SpanLines(id="filter-status")

    @property
    def input(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def text(self) -> str:
        return self.input.value

    def open(self) -> None:
        """Let somebody type."""
        self.remove_class("-idle")
        self.screen.set_focus(self.input)

    def ask(self, text: str) -> None:
        """Filter by `text` as if it had been typed; the keyboard stays where it is."""
        self.input.value = text
        self.set_class(not text.strip() and not self.input.has_focus, "-idle")

    def tell(self, matching: int, total: int) -> None:
        """Show how many sets match, or what cannot be understood."""
        status: Spans
        if self._filter.problem:
            status = ((self._filter.problem, Role.WARNING),)
        elif self._filter.active:
            status = ((number(matching), Role.BRIGHT), (f" of {number(total)}", Role.DIM))
        else:
            status = ()
        line = self.query_one("#filter-status", SpanLines)
        line.styles.width = max(_STATUS_CELLS, spans_width(status) + 2)
        line.show([status])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter = parse_filter(event.value)
        self.post_message(self.Changed(self._filter))

    @on(FilterInput.Ended)
    def _ended(self, event: FilterInput.Ended) -> None:
        event.stop()
        if not event.keep:
            self.input.value = ""
        self.set_class(not self.input.value.strip(), "-idle")
        self.post_message(self.Left())
