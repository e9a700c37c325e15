"""A `Source` over a recording, whose time can be stopped, moved and turned back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from stsview.clock import Clock
from stsview.live.errors import CannotRead
from stsview.live.files.offline_source import OfflineSource
from stsview.live.on_demand import Description, Document, readable
from stsview.live.recording.lines import KINDS
from stsview.live.replay.player import Player
from stsview.live.replay.timeline import Timeline
from stsview.live.snapshot import Link, NamespaceList, PictureHealth, Scope, Snapshot, WatchedUsage
from stsview.live.waiting import wait_for_work
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.nodes.members import NodeSource
from stsview.model.rollout.detail import PartHealth, SetDetail, event_views
from stsview.objects.kinds import EVENTS, Kind
from stsview.objects.meta import Key

READ_ONLY = "the data comes from a recording"

FRAME_SECONDS = 0.1
"""How often a new snapshot is published while it plays."""

_SLICE_SECONDS = 0.01
"""How long the recording is read at most before keys are answered."""

_NO_REVISIONS = KindCoverage(Coverage.FORBIDDEN, "templates of revisions are not in the recording")


class ReplaySource(OfflineSource):
    """Plays a recording as a `stsview.live.snapshot.Source`; at first it stands still.

    The times of `now` and of snapshots are those of the recording.
    """

    def __init__(self, player: Player, timeline: Timeline, clock: Clock, name: str) -> None:
        """`timeline` is filled by `run`, from a player of its own."""
        super().__init__(name, "recording")
        self._player = player
        self._clock = clock
        self.timeline = timeline
        self.playing = False
        self.speed = 1.0
        """Seconds of the recording in one second."""
        self._tick_at = clock.monotonic()
        """When `position` was right, by the monotonic clock."""
        self._position = player.now
        self._watched: Key | None = None
        """The set whose usage is shown."""
        self._wake = asyncio.Event()
        self._changed = frozenset[Key]()
        """Sets that changed since the last snapshot."""
        self._publish()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def now(self) -> datetime:
        """The position in the recording."""
        if not self.playing:
            return self._position
        elapsed = self._clock.monotonic() - self._tick_at
        return min(self._position + timedelta(seconds=elapsed * self.speed), max(self._position, self.end))

    @property
    def start(self) -> datetime:
        return self.timeline.start

    @property
    def end(self) -> datetime:
        """The end of the recording, as far as it was read."""
        return max(self.timeline.known_until, self._position)

    async def run(self) -> None:
        """Play until cancelled, and read ahead for the time line meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read_ahead(), name="time line")
            tasks.create_task(self._follow(), name="replay")

    def play(self) -> None:
        """Continue from the position; from the beginning, at the end."""
        if self.timeline.complete and self._position >= self.end:
            self._position = self.start
        self._tick_at = self._clock.monotonic()
        self.playing = True
        self._wake.set()

    def pause(self) -> None:
        self.seek(self.now())
        self.playing = False

    def set_speed(self, speed: float) -> None:
        """`speed` in seconds of the recording in one second."""
        self.seek(self.now())
        self.speed = speed

    def seek(self, at: datetime) -> None:
        """Go to a time of the recording; before its start or behind its end, to there. Snapshots follow soon."""
        self._position = min(max(at, self.start), self.end)
        self._tick_at = self._clock.monotonic()
        self._wake.set()

    def step(self, direction: int) -> bool:
        """Stop, and go to the next (1) or previous (-1) change of a view; whether there is one."""
        at = self.timeline.next_moment(self.now()) if direction > 0 else self.timeline.previous_moment(self.now())
        return self._step_to(at)

    def step_finding(self, direction: int) -> bool:
        """Stop, and go to where the next (1) or previous (-1) finding begins or ends; whether there is one."""
        now = self.now()
        dated = self.timeline.next_finding(now) if direction > 0 else self.timeline.previous_finding(now)
        return self._step_to(dated.at if dated is not None else None)

    async def namespaces(self) -> NamespaceList:
        return NamespaceList(tuple(sorted({key.namespace for key in self._snapshot.fleet.sets})))

    async def set_keys(self) -> Sequence[Key]:
        return sorted(self._snapshot.fleet.sets)

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        self._changed |= self._snapshot.fleet.sets.keys()
        self._player.show(namespaces)
        self._wake.set()

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        self._watched = key
        self._publish()

    def _usage(self) -> WatchedUsage | None:
        """What was measured of the set that is watched for it, up to the position."""
        if (key := self._watched) is None:
            return None
        measured = self._player.store.measured.get(key)
        return WatchedUsage(key, measured, "" if measured else "usage was not measured before this time")

    def node_source(self) -> NodeSource:
        return self._player.store

    async def get_object(self, kind: Kind, key: Key) -> Document:
        found = self._player.store.get(readable(kind), key) if kind in KINDS.values() else None
        if found is None:
            raise CannotRead(f"no {kind.name} {key} in the recording at that time", absent=True)
        fields = msgspec.to_builtins(found)
        return {"apiVersion": kind.api_version, "kind": kind.name, **fields}

    async def describe(self, kind: Kind, key: Key) -> Description:
        document = await self.get_object(kind, key)
        return Description(kind, document, events_problem="events of objects are not in the recording")

    def _step_to(self, at: datetime | None) -> bool:
        self.pause()
        if at is None:
            return False
        self.seek(at)
        return True

    async def _read_ahead(self) -> None:
        complete = False
        while not complete:
            complete = self.timeline.fill(partial(_before, time.perf_counter() + _SLICE_SECONDS))
            # As long as it took, for what is pressed and drawn meanwhile.
            await asyncio.sleep(_SLICE_SECONDS)
        self._publish()

    async def _follow(self) -> None:
        """Bring the picture to the position, wherever that is moved."""
        while True:
            self._wake.clear()
            if self.playing:
                self._position, self._tick_at = self.now(), self._clock.monotonic()
                self.playing = not self.timeline.complete or self._position < self.end
            await self._move()
            self._publish()
            if self.playing:
                await wait_for_work(self._clock, self._wake, self._clock.monotonic() + FRAME_SECONDS)
            else:
                await self._wake.wait()

    async def _move(self) -> None:
        """Play to the position, which may be moved meanwhile, and answer keys in between."""
        position = self._position
        self._changed |= self._player.approach(position)
        until = time.perf_counter() + _SLICE_SECONDS
        for moment in self._player.moments(position):
            self._changed |= moment.changed
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + _SLICE_SECONDS
                if position != self._position:
                    return

    def _publish(self, changed: frozenset[Key] = frozenset()) -> None:
        player = self._player
        health = PictureHealth(
            link=Link.REPLAY,
            since=player.now,
            problem=self._trouble(),
            degraded=tuple(dict.fromkeys(known.reason for known in player.store.coverage.values() if known.reason)),
            malformed=sum(len(known.malformed) for known in player.store.coverage.values()),
        )
        changed, self._changed = changed | self._changed, frozenset()
        self._snapshot = Snapshot(
            player.store.fleet,
            self._scope(),
            health,
            player.now,
            changed,
            self._detail(),
            self._quoted,
            tuple(sorted(player.store.settings.disabled_rules)),
            self._usage(),
        )
        for listener in tuple(self._listeners):
            listener(self._snapshot)

    def _trouble(self) -> str:
        """What was wrong with the connection at that time; empty if nothing."""
        link = self._player.link
        if link in (Link.LIVE, Link.POLLED):
            return ""
        return f"{link.value} at that time" + (f": {self._player.problem}" if self._player.problem else "")

    def _scope(self) -> Scope:
        part = self._player.part
        namespaces = self._player.namespaces or part.namespaces
        return Scope(part.context or self._name, part.server, namespaces, read_only=READ_ONLY)

    def _detail(self) -> SetDetail | None:
        if (key := self._opened) is None:
            return None
        around = self._player.store.objects_of(key)
        if around is None:
            return SetDetail(key)
        events = PartHealth(self._player.store.coverage_of(EVENTS, "") or KindCoverage(Coverage.COMPLETE))
        return SetDetail(key, event_views(around.events, key, around), (), events, PartHealth(_NO_REVISIONS))


def _before(instant: float) -> bool:
    return time.perf_counter() < instant
