"""Screen of a container's log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import aclosing
from datetime import datetime, tzinfo
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import on, work

from stsview.live.errors import CannotRead
from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogHealth, LogLine, LogPhase, LogRequest
from stsview.objects.meta import Key
from stsview.ui.inspect.container_choices import ContainerChoice, containers_of
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView
from stsview.ui.inspect.logs.log_head import log_amounts, log_title, no_lines
from stsview.ui.inspect.logs.log_ring import LogRing
from stsview.ui.inspect.text_screen import TextScreen
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.pager import Pager, ViewChanged
from stsview.ui.kit.save_file import save_new
from stsview.ui.kit.toast import toast

FLUSH_SECONDS = 0.1
"""Shortest time between two updates of the screen, however fast lines arrive."""

_MAX_COPY = 64 * 1024
"""Characters offered to the clipboard: terminals accept only about 100 KB at once."""


def _several(screen: LogScreen) -> bool:
    return len(screen.containers) > 1


class LogScreen(TextScreen):
    """Follows the log until the operator scrolls up.

    Lines that arrive meanwhile are kept and counted.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "container",
            ("o",),
            "container",
            "Choose another container of this pod",
            "This screen",
            Rank.RELATED,
            _several,
        ),
        Command("follow", ("f",), "follow", "Toggle follow", "Display", Rank.MAIN),
        Command("timestamps", ("t",), "timestamps", "Toggle timestamps", "Display", Rank.DISPLAY, short="times"),
        Command("save", ("ctrl+s",), "save", "Save to a file in the current directory", "This screen", Rank.DISPLAY),
    )

    def __init__(
        self,
        target: InspectTarget,
        reading: ObjectReader,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        *,
        previous: bool = False,
        folder: Path | None = None,
        remembered: MutableMapping[Key, str] | None = None,
    ) -> None:
        """`folder`: where files are saved; None for the current directory.

        `remembered` has the container chosen last, by set; the screen keeps it up to date.
        """
        super().__init__(target, reading, latest, now, zone)
        self._request = LogRequest(target.set.namespace, target.pod, container=target.container, previous=previous)
        self._container = target.container
        self._folder = folder
        self._remembered: MutableMapping[Key, str] = {} if remembered is None else remembered
        self._ring = LogRing(zone)
        self._pending: list[LogLine] = []
        self._health = LogHealth()
        self._health_shown = self._health
        self._seen = 0
        self._room = asyncio.Event()
        self.containers: tuple[ContainerChoice, ...] = ()

    def path(self) -> Sequence[str]:
        return (self._request.namespace, self._request.pod, "logs")

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.LOGS

    def make_pager(self) -> Pager:
        return Pager(self._ring, following=True, id="log")

    def head(self, now: datetime) -> tuple[Spans, Sequence[Spans]]:
        pager, ring = self.pager, self._ring
        below = None if pager.follow else ring.end - max(self._seen, pager.bottom_line + 1)
        title = log_title(self._request, self._health_shown, below=below, lines=len(ring))
        return title, log_amounts(len(ring), ring.dropped, wrap=pager.wrap)

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(FLUSH_SECONDS, self.flush, name="log")
        self._open()

    @work(group="log", exclusive=True, exit_on_error=False)
    async def _open(self) -> None:
        """Read the container that was chosen last in this set, else the default one."""
        key = Key(self._request.namespace, self._request.pod)
        try:
            self.containers, default = containers_of(await self.reading.get_object(PODS, key))
        except CannotRead:
            # The log stream reports the problem, and starts once the pod exists.
            default = self._container
        names = [choice.name for choice in self.containers]
        wanted = (self._container, self._remembered.get(self._target.set, ""))
        self._request = replace(self._request, container=next((name for name in wanted if name in names), default))
        self.refresh_bindings()
        self._start_reading()

    @work(group="reading", exclusive=True, exit_on_error=False)
    async def _start_reading(self) -> None:
        request = self._request
        self._ring = LogRing(self.zone)
        self._ring.timestamps = self.pager.lines.prefix_cells > 0
        self._pending, self._health, self._seen = [], LogHealth(), 0
        self.pager.show(self._ring)
        self._update_title()
        try:
            async with aclosing(self.reading.logs(request)) as batches:
                async for batch in batches:
                    self._pending += batch.lines
                    self._health = batch.health
                    if len(self._pending) >= self._ring.room and not self.pager.follow:
                        # Visible lines are not dropped for lines out of sight: the node keeps those meanwhile.
                        self._room.clear()
                        await self._room.wait()
        except CannotRead as error:
            self._health = LogHealth(LogPhase.REFUSED, str(error))

    def flush(self) -> None:
        """Show the lines that arrived since the last call.

        Lines that would push visible ones out have to wait.
        """
        if self.pager.follow:
            self._room.set()
        ring = self._ring
        fitting = len(self._pending) if self.pager.follow else min(len(self._pending), ring.room)
        if not fitting and self._health == self._health_shown:
            return
        if fitting:
            ring.today = self._now()
            ring.add(self._pending[:fitting])
            del self._pending[:fitting]
            self.pager.lines_added()
        self._update_title()

    def _update_title(self) -> None:
        self._health_shown = self._health
        self.pager.placeholder = no_lines(self._request, self._health_shown)
        self.update_head()

    @on(ViewChanged)
    def _view_moved(self) -> None:
        self._seen = self._ring.end if self.pager.follow else max(self._seen, self.pager.bottom_line + 1)

    def copies(self) -> Copies:
        pager, offered = self.pager, list[tuple[str, str]]()
        if pager.current_match is not None and self._ring.first <= pager.current_match < self._ring.end:
            offered.append(("the match", self._ring.text(pager.current_match)))
        if lines := pager.visible_lines():
            offered += [("the visible lines", "\n".join(lines)[:_MAX_COPY]), ("the last visible line", lines[-1])]
        return offered

    async def action_container(self) -> None:
        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen and chosen[0] != self._request.container:
                self._remembered[self._target.set] = chosen[0]
                self._request = replace(self._request, container=chosen[0])
                self._start_reading()

        choices = [Choice(one.name, one.name, one.description) for one in self.containers]
        chooser = Chooser(f"Containers of {self._request.pod}", choices, marked=(self._request.container,))
        await self.app.push_screen(chooser, on_chosen)

    def action_inspect(self, name: str) -> None:
        if name != InspectView.PREVIOUS.value:
            super().action_inspect(name)
            return
        self._request = replace(self._request, previous=not self._request.previous)
        self._start_reading()

    def action_follow(self) -> None:
        self.pager.follow = not self.pager.follow

    def action_timestamps(self) -> None:
        self._ring.timestamps = not self._ring.timestamps
        self.pager.rebuild()

    @work(group="saving", exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        request, lines = self._request, list(self._ring.lines_to_save())
        words = (request.pod, request.container, "previous" if request.previous else "")
        now = self._now().astimezone(self.zone)
        folder = self._folder or Path.cwd()
        try:
            path = await asyncio.to_thread(save_new, folder, words, now, lines)
        except OSError as error:
            why = f"{error.strerror or error}: {folder}"
            toast(self, why, title="cannot save the log", health=Health.DEGRADED, seconds=10)
        else:
            toast(self, str(path), title=f"{len(lines):,} lines saved", seconds=10)
