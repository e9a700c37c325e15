"""Screen of a container's log, or of the logs of several ordinals, merged by time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.widget import Widget

from stsview.live.errors import CannotRead
from stsview.live.logs.merged_logs import MOST_LOGS, MergedLogs
from stsview.live.on_demand import ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogHealth, LogPhase, LogRequest
from stsview.objects.meta import Key
from stsview.ui.inspect.container_choices import ContainerChoice, containers_of
from stsview.ui.inspect.inspect_target import InspectTarget, InspectView
from stsview.ui.inspect.logs.log_head import LogSubject, log_amounts, log_title, no_lines
from stsview.ui.inspect.logs.log_members import labels, members_of, tail_lines
from stsview.ui.inspect.logs.log_ring import LogRing
from stsview.ui.inspect.logs.member_commands import MemberCommands
from stsview.ui.inspect.logs.members_line import MembersLine, MemberState
from stsview.ui.inspect.related_objects import pod_of_interest
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Span, Spans
from stsview.ui.kit.pager import Pager, ViewChanged
from stsview.ui.kit.save_file import save_new
from stsview.ui.kit.toast import toast

_log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
"""Shortest time between two updates of the screen, however fast lines arrive."""

_MOST_AT_ONCE = 5_000
"""Lines added by one update, so that keys are answered in between."""

_MAX_COPY = 64 * 1024
"""Characters offered to the clipboard: terminals accept only about 100 KB at once."""

_INCOMPLETE = (LogPhase.OPENING, LogPhase.READING)


def _several(screen: LogScreen) -> bool:
    return len(screen.containers) > 1


class LogScreen(MemberCommands):
    """Follows the log until the operator scrolls up.

    Lines that arrive meanwhile are kept and counted. The logs of several ordinals are merged by time, each line after
    the name of its pod; ordinals that appear or vanish meanwhile are added and removed.
    """

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "container",
            ("o",),
            "container",
            "Choose another container",
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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """A target with a pod is its log; else the logs of `target.pods`, or of all ordinals, are merged.

        `folder`: where files are saved; None for the current directory. `remembered` has the container chosen last, by
        set; the screen keeps it up to date. `monotonic` is the clock, in seconds, for how long lines wait for others.
        """
        super().__init__(target, reading, latest, now, zone)
        self._pod = target.pod
        self._chosen = frozenset(target.pods)
        self._container = target.container
        self._default_container = ""
        self._previous = previous
        self._folder = folder
        self._remembered: MutableMapping[Key, str] = {} if remembered is None else remembered
        self._monotonic = monotonic
        self._ring = LogRing(zone)
        self._logs: MergedLogs | None = None
        self._off: frozenset[str] = frozenset()
        self._unread: frozenset[str] = frozenset()
        """Pods whose logs are not read, because there are too many."""
        self._health_shown: tuple[LogHealth, ...] = ()
        self._seen = 0
        self._sought = ""
        """The time to go to once the existing lines are read."""
        self.containers: tuple[ContainerChoice, ...] = ()

    @property
    def merged(self) -> bool:
        return not self._pod

    @property
    def shown_pod(self) -> str:
        if self._pod:
            return self._pod
        match, ring = self.pager.current_match, self._ring
        if match is not None and ring.first <= match < ring.end and ring.line(match).source:
            return ring.line(match).source
        on = [state.member.pod for state in self.member_states() if state.on]
        if len(on) == 1:
            return on[0]
        view = self._latest().fleet.sets.get(self._target.set)
        interesting = "" if view is None else pod_of_interest(view)
        return interesting if interesting in on or not on else on[0]

    def path(self) -> Sequence[str]:
        return (self._target.set.namespace, self._pod or self._target.set.name, "logs")

    def inspect_target(self) -> InspectTarget:
        return InspectTarget(self._target.set, self._pod)

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.LOGS

    def compose_body(self) -> Iterator[Widget]:
        head, *rest = super().compose_body()
        yield head
        yield MembersLine(id="log-members")
        yield from rest

    def make_pager(self) -> Pager:
        return Pager(self._ring, following=True, id="log")

    @property
    def _subject(self) -> LogSubject:
        containers = set() if self._logs is None else set(self._logs.containers.values())
        container = self._container or (next(iter(containers)) if len(containers) == 1 else "")
        if self._pod:
            return LogSubject(self._pod, container, self._previous)
        return LogSubject(self._target.set.name, container, self._previous, len(self._read_pods))

    def head(self, now: datetime) -> tuple[Spans, Sequence[Spans]]:
        pager, ring = self.pager, self._ring
        existing = {} if self._logs is None else self._logs.existing
        below, more = None, False
        if not pager.follow:
            held = 0 if self._logs is None else self._logs.held
            below, more = ring.end - max(self._seen, pager.bottom_line + 1) + held, bool(held) and not ring.room
        title = log_title(self._subject, self._health_shown, below=below, lines=len(ring), more=more)
        unread = max(existing.values(), default=0) >= tail_lines(len(self._read_pods)) if self.merged else None
        return title, log_amounts(len(ring), ring.dropped, wrap=pager.wrap, unread=unread)

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(FLUSH_SECONDS, self.flush, name="log")
        self._open()

    async def on_unmount(self) -> None:
        if self._logs is not None:
            await self._logs.close()

    def update_body(self, snapshot: Snapshot, changed: frozenset[Key] | None, now: datetime) -> None:
        if changed is None or self._target.set in changed:
            self._update_members(snapshot)
        super().update_body(snapshot, changed, now)

    def _update_members(self, snapshot: Snapshot) -> None:
        """Follow the ordinals that the set has now; while it does not exist, those that it had."""
        found = members_of(snapshot.fleet.sets.get(self._target.set))
        if self._chosen:
            found = tuple(member for member in found if member.pod in self._chosen)
        if not found or found == self.members:
            return
        before, self.members = self.members, found
        if not before:
            self._unread = frozenset(member.pod for member in found[MOST_LOGS:])
        if before and self.merged and self._logs is not None:
            pods, former = {member.pod for member in found}, {member.pod for member in before}
            for pod in sorted(former - pods):
                self._logs.note(pod, "no longer in the set")
            if len(self._read_pods) > MOST_LOGS:
                self._unread |= pods - former
            self._read_logs()
            for pod in [member.pod for member in found if member.pod not in former | self._unread]:
                self._logs.note(pod, "new in the set")
            self._name_pods()
        self.refresh_bindings()

    @property
    def _read_pods(self) -> list[str]:
        """The pods whose logs are read."""
        return [self._pod] if self._pod else [one.pod for one in self.members if one.pod not in self._unread]

    def member_states(self) -> Sequence[MemberState]:
        health = {} if self._logs is None else self._logs.health
        off = self._off | self._unread
        return [
            MemberState(one, one.pod not in off, health.get(one.pod, LogHealth()), one.pod not in self._unread)
            for one in self.members
        ]

    @work(group="log", exclusive=True, exit_on_error=False)
    async def _open(self) -> None:
        """Read the container that was chosen last in this set, else the default one."""
        default = self._container
        if pod := self.shown_pod:
            try:
                found = await self.reading.get_object(PODS, Key(self._target.set.namespace, pod))
                self.containers, default = containers_of(found)
                self._default_container = default
            except CannotRead:
                # The log stream reports the problem, and starts once the pod exists.
                pass
        names = [choice.name for choice in self.containers]
        wanted = (self._container, self._remembered.get(self._target.set, ""))
        # Each of several pods has a default container of its own.
        default = default if self._pod else ""
        self._container = next((name for name in wanted if name in names), default)
        self.refresh_bindings()
        self._start_reading()

    def _start_reading(self) -> None:
        """Read the logs from the start."""
        if self._logs is not None:
            self._logs.stop()
        timestamps = self._ring.timestamps
        self._ring = LogRing(self.zone)
        self._ring.timestamps = timestamps
        self._health_shown, self._seen = (), 0
        self._logs = MergedLogs(self.reading, self._monotonic)
        self._logs.notes = self.merged
        self._ring.hide(self._off if self.merged else ())
        self._ring.name_pods(self._names())
        self._read_logs()
        self.pager.show(self._ring)
        self._update_title()

    def _read_logs(self) -> None:
        if self._logs is not None:
            tail = tail_lines(len(self._read_pods))
            namespace = self._target.set.namespace
            self._logs.read(
                LogRequest(namespace, pod, self._container, self._previous, tail_lines=tail) for pod in self._read_pods
            )

    def _names(self) -> dict[str, Span]:
        if not self.merged:
            return {}
        words = labels(self.members, self.app.size.width)
        return {member.pod: (words[member.pod], member.role) for member in self.members}

    def _name_pods(self) -> None:
        self._ring.name_pods(self._names())
        self.pager.rebuild()

    def on_resize(self) -> None:
        if self.merged and self.members:
            self.call_after_refresh(self._name_pods)

    def flush(self) -> None:
        """Show the lines that arrived since the last call.

        Lines that would push visible ones out have to wait.
        """
        logs, ring, pager = self._logs, self._ring, self.pager
        if logs is None:
            return
        try:
            lines = logs.take(_MOST_AT_ONCE if pager.follow else min(_MOST_AT_ONCE, ring.room))
        except Exception as error:
            _log.exception("reading logs failed")
            self._logs = None
            logs.stop()
            words = f"{type(error).__name__}: {error}"
            toast(self, words, title="internal error in stsview", health=Health.DEGRADED, seconds=10)
            return
        if lines:
            ring.today = self._now()
            ring.add(lines)
            pager.lines_added()
        if self._sought and not any(health.phase in _INCOMPLETE for health in logs.health.values()) and not logs.held:
            sought, self._sought = self._sought, ""
            pager.go_to(ring.since(sought))
        if lines or self._healths() != self._health_shown:
            self._update_title()

    def _healths(self) -> tuple[LogHealth, ...]:
        """The states of the logs that are shown."""
        if self._logs is None:
            return ()
        return tuple(health for pod, health in self._logs.health.items() if not self.merged or pod not in self._off)

    def _update_title(self) -> None:
        self._health_shown = self._healths()
        self.pager.placeholder = no_lines(self._subject, self._health_shown)
        line = self.query_one(MembersLine)
        line.display = self.merged
        if self.merged:
            line.update(self.member_states())
        self.update_head()

    @on(ViewChanged)
    def _view_moved(self) -> None:
        self._seen = self._ring.end if self.pager.follow else max(self._seen, self.pager.bottom_line + 1)

    def _shown_lines(self) -> range:
        """Numbers of the lines that are visible."""
        pager, ring = self.pager, self._ring
        return range(max(ring.first, pager.top_line), min(ring.end, pager.bottom_line + 1))

    def copies(self) -> Copies:
        pager, ring, offered = self.pager, self._ring, list[tuple[str, str]]()
        if pager.current_match is not None and ring.first <= pager.current_match < ring.end:
            offered.append(("the match", ring.text(pager.current_match)))
        if lines := [ring.saved_text(number) for number in self._shown_lines()]:
            offered += [("the visible lines", "\n".join(lines)[:_MAX_COPY]), ("the last visible line", lines[-1])]
        return offered

    def show_log(self, pod: str) -> None:
        if not self.pager.follow:
            stamps = (self._ring.line(number).stamp for number in self._shown_lines())
            self._sought = next(filter(None, stamps), "")
        self._pod = pod
        if pod:
            self._remembered_container()
        elif not self._remembered.get(self._target.set):
            self._container = ""
        self._start_reading()
        self.update(self._latest(), whole=True)
        self.refresh_bindings()

    def _remembered_container(self) -> None:
        """Read the same container of the pod as before, by name: the default ones of two pods may differ."""
        if self._logs is not None and not self._container:
            self._container = self._logs.containers.get(self._pod, self._default_container)

    def turn_on(self, pods: Collection[str]) -> None:
        ring, pager = self._ring, self.pager
        place = ring.line(pager.top_line).place if len(ring) else 0
        members = {member.pod for member in self.members}
        if len(members) > MOST_LOGS:
            # Off is not read as well: others need its connection.
            self._unread, self._off = frozenset(members - set(pods)), frozenset()
            self._read_logs()
        else:
            self._off = frozenset(members - set(pods))
            ring.hide(self._off)
            pager.rebuild(ring.at_place(place))
            self._seen = ring.end
        self._update_title()

    async def action_container(self) -> None:
        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen and chosen[0] != self._container:
                self._remembered[self._target.set] = chosen[0]
                self._container = chosen[0]
                self._start_reading()

        choices = [Choice(one.name, one.name, one.description) for one in self.containers]
        chooser = Chooser(f"Containers of {self._subject.name}", choices, marked=(self._subject.container,))
        await self.app.push_screen(chooser, on_chosen)

    def action_inspect(self, name: str) -> None:
        if name != InspectView.PREVIOUS.value:
            super().action_inspect(name)
            return
        self._previous = not self._previous
        self._start_reading()

    def action_follow(self) -> None:
        self.pager.follow = not self.pager.follow

    def action_timestamps(self) -> None:
        self._ring.timestamps = not self._ring.timestamps
        self.pager.rebuild()

    @work(group="saving", exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        subject, lines = self._subject, list(self._ring.lines_to_save())
        words = (subject.name, subject.container, "previous" if subject.previous else "")
        now = self._now().astimezone(self.zone)
        folder = self._folder or Path.cwd()
        try:
            path = await asyncio.to_thread(save_new, folder, words, now, lines)
        except OSError as error:
            why = f"{error.strerror or error}: {folder}"
            toast(self, why, title="cannot save the log", health=Health.DEGRADED, seconds=10)
        else:
            toast(self, str(path), title=f"{len(lines):,} lines saved", seconds=10)
