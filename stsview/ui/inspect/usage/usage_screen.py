"""Screen of what the pods of a set use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import on
from textual.widget import Widget

from stsview.live.snapshot import Snapshot, WatchedUsage
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.usage_words import health_of_share, percent
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


class UsageScreen(InspectCommands):
    """One row for each PVC. The source measures the set while a screen that shows its usage is visible."""

    is_inspect_screen: ClassVar[bool] = True

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("back", ("escape", "q"), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
        Command("reload", ("r",), "reload", "Read again now", "This screen", Rank.DISPLAY),
    )

    def __init__(
        self,
        target: InspectTarget,
        watch: Callable[..., None],
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        """`watch` is `Source.watch_usage`."""
        super().__init__(latest, now, zone)
        self._key = target.set
        self._first_pod = target.pod
        self._watch = watch
        self._watched = WatchedUsage(target.set)
        self._rows: dict[str, UsageRow] = {}

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[str](COLUMNS, self._row, open_label="", id="usage")
        yield LinesPanel(id="event")

    def path(self) -> Sequence[str]:
        return (*self._key, "usage")

    @property
    def usage_key(self) -> Key:
        return self._key

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
        watched = snapshot.usage
        if watched is not None and watched.key == self._key and watched != self._watched:
            first = self._watched.measured is None
            self._watched = watched
            self._show(first=first)
        self._show_state(now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        self.table.invalidate()
        self._show_state(now)

    def _show_state(self, now: datetime) -> None:
        problem, measured = self._watched.problem, self._watched.measured
        words = problem or ("no pods" if measured is not None else f"reading usage {active().ellipsis}")
        self.table.placeholder = Placeholder(words, (), Health.DEGRADED if problem else Health.NEUTRAL)
        left: Spans = (("usage of ", Role.DIM), (self._key.name, Role.STRONG))
        self.query_one("#text-head", EndsLine).update(left, self._state(now))
        self._update_details()

    def _state(self, now: datetime) -> tuple[Spans, ...]:
        measured, problem = self._watched.measured, self._watched.problem
        if measured is None:
            return ()
        usage = measured.usage
        when: Spans = ((f"   read {age(usage.now, now)} ago", Role.DIM),)
        if problem:
            short: Spans = (sign(Health.WARNING), (" not current", Role.WARNING), *when)
            return ((sign(Health.WARNING), (f" not current: {problem}", Role.WARNING), *when), short)
        limit = usage.limits.volume
        fullest = [row.claim.worst or 0.0 for row in self._rows.values() if row.claim is not None]
        nearly = sum(one >= limit for one in fullest)
        if nearly:
            health = health_of_share(max(fullest), limit)
            words = f" {count(nearly, 'PVC')} above {percent(limit)}"
            return ((sign(health), (words, role_of(health)), *when), (sign(health), (words, role_of(health))))
        if usage.unknown:
            return ((sign(Health.UNKNOWN), (f" {usage.unknown[0]}", Role.WARNING), *when), when)
        return (when,)

    def _show(self, *, first: bool) -> None:
        measured = self._watched.measured
        if measured is None:
            return
        self._rows = {row.key: row for row in usage_rows(measured.usage)}
        self.table.set_order(list(self._rows))
        if first and (key := next((one for one, row in self._rows.items() if row.pod.pod == self._first_pod), None)):
            self.table.move_cursor(key)
        self.table.invalidate()
        self.refresh_bindings()

    def _row(self, key: str) -> tuple[Cell, ...]:
        row = self._rows.get(key)
        measured = self._watched.measured
        return ((),) * len(COLUMNS) if row is None or measured is None else usage_cells(row, measured, self._now())

    def _update_details(self) -> None:
        panel, row, measured = self.query_one(LinesPanel), self.selected, self._watched.measured
        panel.display = row is not None
        if row is not None and measured is not None:
            share = row.claim.worst if row.claim is not None else None
            health = health_of_share(share, measured.usage.limits.volume)
            panel.show_labelled(row.pod.pod, health, usage_lines(row, measured, self._now()))

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details()
        self.refresh_bindings()

    def action_reload(self) -> None:
        self._watch(self._key, again=True)

    def action_back(self) -> None:
        self.dismiss()
