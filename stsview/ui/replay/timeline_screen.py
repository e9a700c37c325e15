"""The list of what happened in a recording, to go there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar, TypeAlias

from textual import on
from textual.message import Message
from textual.widget import Widget

from stsview.live.replay.player import Note
from stsview.live.replay.timeline import DatedChange, Timeline
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.text.ages import clock_time, precise
from stsview.text.numbers import count
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.table import Align, Cell, Column, Placeholder, RowSelected, VirtualTable
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.replay.replay_bar import change_words

COLUMNS = (
    Column("time", "TIME", min_width=12, priority=200),
    Column("after", "AFTER", align=Align.RIGHT, min_width=6, priority=100),
    Column("what", "WHAT", min_width=30, weight=1, priority=190),
)

Entry: TypeAlias = DatedChange | Note


class TimelineScreen(LiveScreen):
    """One row for each finding that began, changed or ended, each command and each bookmark."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("back", ("escape", "q"), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
    )

    class Chosen(Message):
        """The operator chose a time to go to."""

        def __init__(self, at: datetime) -> None:
            super().__init__()
            self.at = at

    def __init__(
        self,
        timeline: Timeline,
        marks: Sequence[Note],
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        """`marks` are bookmarks that were set while it is played."""
        super().__init__(latest, now, zone)
        self._timeline = timeline
        self._marks = marks
        self._entries: tuple[Entry, ...] = ()

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[int](COLUMNS, self._row, open_label="go there", id="timeline")

    def path(self) -> Sequence[str]:
        return ("time line",)

    @property
    def table(self) -> VirtualTable[int]:
        return self.query_one("#timeline", VirtualTable)

    def on_mount(self) -> None:
        super().on_mount()
        now = self._now()
        before = [index for index, entry in enumerate(self._entries) if entry.at <= now]
        if before:
            self.table.move_cursor(before[-1])
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        timeline = self._timeline
        entries: list[Entry] = [*timeline.findings, *timeline.notes, *self._marks]
        entries.sort(key=lambda entry: entry.at)
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self.table.set_order(range(len(entries)))
            self.table.invalidate()
        self.table.placeholder = Placeholder("nothing happened in this recording" if timeline.complete else "reading")
        head = f"{count(len(timeline.findings), 'change')} of findings"
        self.query_one("#text-head", EndsLine).update(((head, Role.TEXT),), ())

    def _row(self, index: int) -> tuple[Cell, ...]:
        entry = self._entries[index]
        after = precise((entry.at - self._timeline.start).total_seconds())
        if isinstance(entry, Note):
            by: Cell = ((f"  by {entry.by}", Role.DIM),) if entry.by else ()
            what: Cell = (sign(Health.NEUTRAL), (f" {entry.text}", Role.BRIGHT), *by)
        else:
            what = change_words(entry)
        return ((clock_time(entry.at, self.zone), Role.TEXT),), ((after, Role.DIM),), what

    @on(RowSelected)
    def _row_selected(self) -> None:
        index = self.table.cursor_key
        if index is not None:
            self.post_message(self.Chosen(self._entries[index].at))
            self.dismiss()

    def action_back(self) -> None:
        self.dismiss()
