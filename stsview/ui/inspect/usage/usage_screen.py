"""Screen of what the pods of a set use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from textual import on, work
from textual.widget import Widget

from stsview.live.errors import CannotRead
from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.model.usage import NEARLY_FULL, SetUsage
from stsview.model.usage_history import UsageHistory
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.usage_words import health_of_share
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.inspect.usage.usage_rows import COLUMNS, UsageRow, usage_cells, usage_lines, usage_rows
from stsview.ui.kit.commands.commands import Availability, Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Cell, Placeholder, RowHighlighted, VirtualTable
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.kit.widgets.lines_panel import LinesPanel

READ_EVERY = timedelta(seconds=15)
"""The resolution of metrics-server (--metric-resolution)."""


class UsageScreen(InspectCommands):
    """One row for each PVC. It reads while it is the visible screen only."""

    is_inspect_screen: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("back", ("escape", "q"), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
        Command("reload", ("r",), "reload", "Read again now", "This screen", Rank.DISPLAY),
    )

    def __init__(
        self,
        target: InspectTarget,
        reading: ObjectReader,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._key = target.set
        self._first_pod = target.pod
        self._reading = reading
        self._usage: SetUsage | None = None
        self._rows: dict[str, UsageRow] = {}
        self._history = UsageHistory()
        self._problem = ""
        self._asked_at: datetime | None = None

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[str](COLUMNS, self._row, open_label="", id="usage")
        yield LinesPanel(id="event")

    def path(self) -> Sequence[str]:
        return (*self._key, "usage")

    def inspect_target(self) -> InspectTarget:
        row = self.selected if self.is_mounted else None
        return InspectTarget(self._key, row.pod.pod if row is not None else "")

    @property
    def usage_offered(self) -> Availability:
        return False

    @property
    def table(self) -> VirtualTable[str]:
        return self.query_one("#usage", VirtualTable)

    @property
    def selected(self) -> UsageRow | None:
        """The row under the cursor."""
        return self._rows.get(self.table.cursor_key or "")

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        if self.is_current and (self._asked_at is None or now - self._asked_at >= READ_EVERY):
            self._asked_at = now
            self._read()
        self._show_state(now)

    def _show_state(self, now: datetime) -> None:
        words = self._problem or f"reading usage {active().ellipsis}"
        if self._usage is not None and not self._problem:
            words = "no pods"
        self.table.placeholder = Placeholder(words, (), Health.DEGRADED if self._problem else Health.NEUTRAL)
        left: Spans = (("usage of ", Role.DIM), (self._key.name, Role.STRONG))
        self.query_one("#text-head", EndsLine).update(left, self._state(now))
        self._update_details()

    def _state(self, now: datetime) -> tuple[Spans, ...]:
        if self._usage is None:
            return ()
        when: Spans = ((f"   read {age(self._usage.now, now)} ago", Role.DIM),)
        if self._problem:
            return ((sign(Health.WARNING), (f" not current: {self._problem}", Role.WARNING), *when),)
        fullest = [row.claim.fullness or 0.0 for row in self._rows.values() if row.claim is not None]
        nearly = sum(one >= NEARLY_FULL for one in fullest)
        if nearly:
            health = health_of_share(max(fullest))
            words = f" {count(nearly, 'PVC')} above {int(NEARLY_FULL * 100)}%"
            return ((sign(health), (words, role_of(health)), *when), (sign(health), (words, role_of(health))))
        if self._usage.unknown:
            return ((sign(Health.UNKNOWN), (f" {self._usage.unknown[0]}", Role.WARNING), *when), when)
        return (when,)

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            usage = await self._reading.usage(self._key)
        except CannotRead as error:
            self._problem = str(error)
        else:
            self._problem = ""
            self._show(usage)
        self._show_state(self._now())

    def _show(self, usage: SetUsage) -> None:
        first = self._usage is None
        self._usage = usage
        self._history.add(usage)
        self._rows = {row.key: row for row in usage_rows(usage)}
        self.table.set_order(list(self._rows))
        if first and (key := next((one for one, row in self._rows.items() if row.pod.pod == self._first_pod), None)):
            self.table.move_cursor(key)
        self.table.invalidate()
        self.refresh_bindings()

    def _row(self, key: str) -> tuple[Cell, ...]:
        row = self._rows.get(key)
        return ((),) * len(COLUMNS) if row is None else usage_cells(row, self._history)

    def _update_details(self) -> None:
        panel, row = self.query_one(LinesPanel), self.selected
        panel.display = row is not None
        if row is not None and self._usage is not None:
            health = health_of_share(row.claim.fullness if row.claim is not None else None)
            panel.show_labelled(row.pod.pod, health, usage_lines(row, self._usage, self._history))

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details()
        self.refresh_bindings()

    def action_reload(self) -> None:
        self._asked_at = self._now()
        self._read()

    def action_back(self) -> None:
        self.dismiss()
