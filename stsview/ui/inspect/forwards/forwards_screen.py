"""The list of forwarded ports."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.message import Message
from textual.widget import Widget

from stsview.actions.port_forward.forward import Forward
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.meta import Key
from stsview.program_name import program_name
from stsview.text.numbers import count
from stsview.ui.inspect.forwards.forward_rows import COLUMNS, NOTHING, forward_lines, forward_row, health_of, title
from stsview.ui.kit.choosers.copy_chooser import offer_copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.live.live_screen import LiveScreen
from stsview.ui.kit.table import Cell, RowHighlighted, RowSelected, VirtualTable
from stsview.ui.kit.toast import toast
from stsview.ui.kit.widgets.ends_line import EndsLine
from stsview.ui.kit.widgets.lines_panel import LinesPanel

if TYPE_CHECKING:
    from stsview.ui.inspect.forwards.open_forwards import OpenForwards


def _has_row(screen: Any) -> bool:
    return screen.is_mounted and screen.selected is not None


class ForwardsScreen(LiveScreen):
    """One row for each forwarded port, in the order in which they were opened."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("back", ("escape", "q"), "back", "Return to the previous screen", "This screen", Rank.BACK, short=""),
        Command("end", ("ctrl+d",), "end", "End this forward and its connections", "This row", Rank.MAIN, _has_row),
        Command(
            "copy",
            ("c",),
            "copy",
            "Copy the address, the URL or the command of this forward",
            "This row",
            Rank.COPY,
            _has_row,
            priority=True,
        ),
    )

    class Opened(Message):
        """The operator opened the set that a forward leads to."""

        def __init__(self, key: Key, pod: str) -> None:
            super().__init__()
            self.key = key
            self.pod = pod

    def __init__(
        self,
        opened: OpenForwards,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(latest, now, zone)
        self._opened = opened
        self._asked: Forward | None = None
        """The forward that a second key ends, although something is connected."""

    def compose_body(self) -> Iterator[Widget]:
        yield EndsLine(id="text-head")
        yield VirtualTable[Forward](COLUMNS, self._row, open_label="open set", id="forwards")
        yield LinesPanel(id="event")

    def path(self) -> Sequence[str]:
        return ("forwarded ports",)

    @property
    def table(self) -> VirtualTable[Forward]:
        return self.query_one("#forwards", VirtualTable)

    @property
    def selected(self) -> Forward | None:
        return self.table.cursor_key

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        self.update_ages(snapshot, now)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        table, forwards = self.table, self._opened.forwards
        if list(table.keys) != list(forwards):
            table.set_order(forwards)
            self.refresh_bindings()
        table.invalidate()
        table.placeholder = NOTHING
        self.query_one("#text-head", EndsLine).update(*title(forwards))
        self._update_details()

    def _update_details(self) -> None:
        panel, forward = self.query_one(LinesPanel), self.selected
        panel.display = forward is not None
        if forward is not None:
            lines = forward_lines(forward, self._opened.last_said(forward))
            panel.show_labelled(forward.target, health_of(forward), lines)

    def _row(self, forward: Forward) -> tuple[Cell, ...]:
        return forward_row(forward, self._latest().scope.context)

    @on(RowHighlighted)
    def _row_highlighted(self) -> None:
        self._update_details()
        self.refresh_bindings()

    @on(RowSelected)
    def _row_selected(self) -> None:
        forward = self.selected
        if forward is None:
            return
        snapshot = self._latest()
        if forward.context not in ([state.cluster for state in snapshot.clusters] or [snapshot.scope.context]):
            toast(
                self, f"its set is in {forward.context}: press {hint('contexts', 'C')} to switch", health=Health.WARNING
            )
            return
        self.post_message(self.Opened(self._opened.set_of(forward), forward.pod.name))

    def action_back(self) -> None:
        self.dismiss()

    async def action_end(self) -> None:
        forward = self.selected
        if forward is None:
            return
        if forward.connections and self._asked is not forward:
            self._asked = forward
            words = f"{count(forward.connections, 'connection')} to {forward.target} would break"
            toast(self, words, title=f"{hint('end', 'ctrl+d')} again to end it", health=Health.WARNING)
            return
        await self._opened.end(forward)

    async def action_copy(self) -> None:
        forward = self.selected
        if forward is None:
            return
        ports = f"{forward.local_port}:{forward.port}"
        context = f" --context {shlex.quote(forward.context)}" if self._latest().clusters else ""
        command = f"{program_name()} port-forward{context} {forward.pod.namespace}/{forward.pod.name} {ports}"
        await offer_copies(
            self, [("address", forward.local), ("URL", f"http://{forward.local}/"), ("command", command)]
        )
