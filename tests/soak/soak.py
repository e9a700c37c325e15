"""An hour of a cluster with faults, and of a picture that stays open, in a minute or two."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.soak.cluster_events import ClusterEvents
from tests.soak.connection_faults import ConnectionFaults
from tests.soak.equality import Differences, differences
from tests.soak.growth import Census, grown, take_census
from tests.soak.viewer import Viewer
from tests.soak.world import World

CLUSTER_EVENT_SECONDS = 3.0
"""Mean interval between events in the cluster."""

FAULT_SECONDS = 10.0
"""Mean interval between faults of the connection."""

VIEWER_SECONDS = 20.0
"""Mean interval between actions of the viewer."""

CALM_SECONDS = 1800.0
"""How long the picture may take to become live after all faults end: some errors are retried only once a minute."""

STALE_SECONDS = 700.0
"""How long an outdated picture may be called live: a watch of events may be silent for hours, so a lost connection
shows only when the watch should have ended."""

FLUSHED_SECONDS = 0.3
"""How long until held objects are shown."""

MAX_STALE_VIEWS = 4
"""How many checks in a row may come just before that."""

QUIET_SECONDS = 40.0
"""Quiet time before the comparison, long enough for time alone to change something."""


@dataclass(frozen=True)
class Report:
    seed: int
    seconds: float
    """In total, on the clock."""
    snapshots: int
    events: Counter[str]
    faults: Counter[str]
    viewer: Counter[str]
    recovery_seconds: tuple[float, ...]
    """How long the picture took to match the cluster, each time."""
    censuses: tuple[Census, ...]


class Failed(AssertionError):
    """The picture does not match the cluster; the message says how, and what happened before."""


async def soak(
    folder: Path, *, seed: int, rounds: int, seconds: float, say: Callable[[str], None] = lambda _: None
) -> Report:
    """Run `rounds` of `seconds` with random events and faults; after each, the picture must match the cluster.

    Nothing may leak. The same seed gives the same events, but not the same timing of sockets. Raises `Failed`, and
    whatever ends the live loop.
    """
    async with World(folder, seed) as world:
        player = _Player(world, seed, say)
        await player.calm()
        for _ in range(rounds):
            await player.play(seconds)
            await player.calm()
        return player.report()


class _Player:
    def __init__(self, world: World, seed: int, say: Callable[[str], None]) -> None:
        self._world = world
        self._seed = seed
        self._say = say
        self._pace = Random(seed)
        self._events = ClusterEvents(world.cluster, Random(seed + 1))
        self._faults = ConnectionFaults(
            world.cluster.server, world.clock, world.machine, world.token_file, Random(seed + 2)
        )
        self._viewer = Viewer(world.live, Random(seed + 3))
        self._recent: deque[str] = deque(maxlen=60)
        self._recovery_seconds: list[float] = []
        self._censuses: list[Census] = []

    async def play(self, seconds: float) -> None:
        clock = self._world.clock
        ends = clock.monotonic() + seconds
        event, fault, view = self._next(CLUSTER_EVENT_SECONDS), self._next(FAULT_SECONDS), self._next(VIEWER_SECONDS)
        while clock.monotonic() < ends:
            await self._world.advance(max(0.0, min(event, fault, view, ends) - clock.monotonic()))
            await self._faults.end_overdue()
            if event <= clock.monotonic():
                self._note(self._events.apply_random())
                event = self._next(CLUSTER_EVENT_SECONDS)
            if fault <= clock.monotonic():
                self._note(f"FAULT {await self._faults.apply_random()}")
                fault = self._next(FAULT_SECONDS)
            if view <= clock.monotonic():
                self._note(f"VIEWER {await self._viewer.apply_random()}")
                view = self._next(VIEWER_SECONDS)

    async def calm(self) -> None:
        """End all faults, wait until the picture is live and matches the cluster, and take a census."""
        began = self._world.clock.monotonic()
        await self._faults.end()
        self._note("CALM")
        await self._world.advance(QUIET_SECONDS)
        await self._converge()
        self._recovery_seconds.append(self._world.clock.monotonic() - began)
        await self._viewer.reset()
        await self._converge()
        if self._world.errors.messages:
            raise self._failed("\n".join(self._world.errors.messages))
        census = take_census(self._world)
        self._censuses.append(census)
        self._say(f"{self._world.clock.monotonic():8.0f} s  calm after {self._recovery_seconds[-1]:5.1f} s  {census}")

    async def _converge(self) -> None:
        began = live_since = self._world.clock.monotonic()
        wait, stale_views = 0.5, 0
        while wrong := await self._differences():
            now = self._world.clock.monotonic()
            stale_views = stale_views + 1 if wrong.shown else 0
            if not self._world.is_live:
                live_since = now
            late = now - live_since > STALE_SECONDS or now - began > CALM_SECONDS
            if late or stale_views > MAX_STALE_VIEWS:
                told = "\n".join((*wrong.held, *wrong.shown)[:5])
                raise self._failed(f"no match after {now - began:g} s\n{told}")
            # A comparison takes time: repeated without pause, it would starve the connections.
            await self._world.advance_slowly(FLUSHED_SECONDS if wrong.shown else wait)
            wait = min(wait * 2, 20.0)

    async def _differences(self) -> Differences:
        return await differences(self._world) if self._world.is_live else Differences(("it is not live",))

    def report(self) -> Report:
        if more := grown(self._censuses):
            raise self._failed("\n".join(more))
        return Report(
            self._seed,
            self._world.clock.monotonic(),
            self._world.snapshots,
            self._events.happened,
            self._faults.happened,
            self._viewer.happened,
            tuple(self._recovery_seconds),
            tuple(self._censuses),
        )

    def _next(self, mean: float) -> float:
        return self._world.clock.monotonic() + self._pace.expovariate(1 / mean)

    def _note(self, what: str) -> None:
        self._recent.append(f"{self._world.clock.monotonic():9.1f} s  {what}")

    def _failed(self, how: str) -> Failed:
        health = self._world.live.snapshot.health
        return Failed(f"seed {self._seed}: {how}\n{health}\n" + "\n".join(self._recent))
