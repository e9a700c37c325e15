"""Radio buttons on one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.message import Message

from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import width
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.look.roles import Role, Span
from stsview.ui.kit.widgets.span_lines import SpanLines

_GAP = 3


class RadioRow(CommandsMixin, SpanLines, can_focus=True):
    """One line such as `(●) this   ( ) that`."""

    ALLOW_SELECT = False

    # At once, as the keys that move the focus: what these do may depend on the option.
    OWN_COMMANDS: ClassVar = (
        Command(
            "following",
            ("space", "right"),
            "choose",
            "Select the next option",
            footer=88,
            priority=True,
            palette=False,
        ),
        Command("preceding", ("left",), "choose", "Select the previous option", priority=True, palette=False),
    )

    class Picked(Message):
        """Another option was selected."""

        def __init__(self, picker: RadioRow) -> None:
            super().__init__()
            self.picker = picker

        @property
        def control(self) -> RadioRow:
            return self.picker

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        value: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """`options` are pairs of value and text.

        `value` is selected initially (empty: the first option).
        """
        super().__init__(id=id)
        self.picked: Callable[[], None] = lambda: None
        """Called immediately, before the next key is handled: what the key does may depend on the option."""
        self._options = tuple(options)
        self._value = value or self._options[0][0]
        self._draw()

    @property
    def value(self) -> str:
        return self._value

    def select(self, value: str) -> None:
        """Select an option; calls `picked` and posts `Picked` if it is another one."""
        if value != self._value:
            self._value = value
            self._draw()
            self.picked()
            self.post_message(self.Picked(self))

    def action_following(self) -> None:
        self._step(1)

    def action_preceding(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        values = [value for value, _ in self._options]
        self.select(values[(values.index(self._value) + by) % len(values)])

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        start = 0
        for value, words in self._options:
            end = start + len("(●) ") + width(words)
            if start <= event.x < end:
                self.select(value)
                return
            start = end + _GAP

    def _draw(self) -> None:
        self.show([tuple(self._spans())])

    def _spans(self) -> Iterator[Span]:
        mark = active().health(Health.READY)
        for number, (value, words) in enumerate(self._options):
            if number:
                yield " " * _GAP, Role.DIM
            selected = value == self._value
            yield f"({mark if selected else ' '}) ", Role.KEY
            yield words, Role.BRIGHT if selected else Role.TEXT
