"""Screen of the events of a set, its pods and PVCs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.widget import Widget

from stsview.live.snapshot import Snapshot
from stsview.model.rollout.detail import EventView, SetDetail
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.ui.inspect.copies import line_text
from stsview.ui.inspect.events.event_filter import LANGUAGE, EventFilter
from stsview.ui.inspect.events.event_rows import COLUMNS, event_lines, event_row, events_title, no_events
from stsview.ui.inspect.filter_screen import CLEAR_FILTER, FilterScreen, filter_command
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.table import Cell, RowHighlighted, VirtualTable
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.kit.widgets.filter_bar import FilterBar
from stsview.ui.kit.widgets.lines_panel import LinesPanel

_PANEL_FROM = 20
"""Terminal height from which there is room for the details of one event."""


def _has_row(screen: EventsScreen) -> bool:
    return screen.is_mounted and screen.selected is not None and not_typing(screen)


class EventsScreen(FilterScreen):
    """Table with the newest event last.

    A cursor on the last row stays on the last row.
    """

    is_inspect_screen: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        CLEAR_FILTER,
        Command(
            "back",
            ("escape", "q"),
            "back",
            "Return to the previous screen",
            "This screen",
            Rank.BACK,
            not_typing,
            short="",
        ),
        filter_command("Filter events"),
        Command("warnings", ("w",), "warnings", "Only warnings; again for all", "Filter", Rank.MAIN),
        Command("copy", ("c",), "copy", "Copy texts of this event", "This row", Rank.COPY, _has_row, priority=True),
    )

    def __init__(
        self,
        target: InspectTarget,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._target = target
        self._events: dict[str, EventView] = {}
        self._detail: SetDetail | None = None
        self._filter = EventFilter()

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield self.filter_bar(LANGUAGE)
        yield VirtualTable[str](COLUMNS, self._row, open_label="", id="events")
        yield LinesPanel(id="event")

    def path(self) -> Sequence[str]:
        return (*self._target.set, "events")

    @property
    def detail_key(self) -> Key:
        return self._target.set

    def inspect_target(self) -> InspectTarget:
        """The pod of the selected event, or else the one the screen was opened on."""
        event = self.selected
        if event is not None and event.kind == "Pod":
            return InspectTarget(self._target.set, event.name)
        return InspectTarget(self._target.set, self._target.pod)

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.EVENTS

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one("#events", VirtualTable)

    @property
    def bar(self) -> FilterBar[EventFilter]:
        return self.query_one(FilterBar)

    @property
    def selected(self) -> EventView | None:
        """The event under the cursor."""
        key = self.table.cursor_key
        return None if key is None else self._events.get(key)

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        detail = snapshot.detail
        if detail is None or detail.key != self._target.set:
            detail = None
        if detail != self._detail or changed is None:
            self._detail = detail
            self._events = {event.uid: event for event in detail.events} if detail is not None else {}
            self._update_rows()
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.invalidate()
        self.table.placeholder = no_events(self._target.set, snapshot, self.bar.text.strip())
        self._update_details(now)

    def _update_rows(self) -> None:
        table = self.table
        at_end = table.cursor_key is None or table.cursor_key == table.keys[-1]
        keys = [key for key, event in self._events.items() if self._filter.matches(event)]
        table.set_order(keys)
        if keys and at_end:
            table.move_cursor(keys[-1])

    def _update_details(self, now: datetime) -> None:
        self.query_one("#text-head", EndsLine).update(*events_title(self._target.set, self._detail))
        self.bar.show_counts(len(self.table.keys), len(self._events))
        panel, event = self.query_one(LinesPanel), self.selected
        panel.display = event is not None and self.app.size.height >= _PANEL_FROM
        if event is not None:
            health = Health.WARNING if event.warning else Health.NEUTRAL
            panel.show_labelled(event.reason, health, event_lines(event, now, self.zone))

    def _row(self, key: str) -> tuple[Cell, ...]:
        event = self._events.get(key)
        return ((),) * len(COLUMNS) if event is None else event_row(event, self._now())

    def on_resize(self) -> None:
        self._update_details(self._now())

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details(self._now())
        self.refresh_bindings()

    def apply_filter(self) -> None:
        self._filter = self.bar.filter
        self._update_rows()
        self.update_ages(self._latest(), self._now())

    def action_back(self) -> None:
        self.dismiss()

    def action_warnings(self) -> None:
        self.bar.set_text(LANGUAGE.toggled(self.bar.text, "is", "warning"))

    async def action_copy(self) -> None:
        event, key = self.selected, self.table.cursor_key
        if event is not None and key is not None:
            row = line_text(self.table.cells(key))
            await offer_copies(
                self, [("message", event.message), ("object", event.name), ("reason", event.reason), ("row", row)]
            )
