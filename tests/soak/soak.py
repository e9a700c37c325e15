"""An hour in the life of a cluster and of the picture that somebody keeps open of it, in a minute or two."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.soak.equality import Differences, differences
from tests.soak.growth import Census, grown, take_census
from tests.soak.life import Life
from tests.soak.trouble import Trouble
from tests.soak.viewer import Viewer
from tests.soak.world import World

LIFE_SECONDS = 3.0
"""Between two things that happen in the cluster, on average."""

TROUBLE_SECONDS = 10.0
"""Between two things that go wrong on the way to it."""

LOOK_SECONDS = 20.0
"""Between two wishes of somebody who looks at it."""

CALM_SECONDS = 1800.0
"""So long it may take until the picture is live when nothing goes wrong any more: some refusals are only tried again
once a minute."""

TOLD_SECONDS = 700.0
"""So long a picture may be called live that is not: a watch of events has nothing to say for hours, so when its
connection dies without a word, that is seen only when it should have ended."""

FLUSHED_SECONDS = 0.3
"""Within which what is held is shown."""

SHOWN_LOOKS = 4
"""So many looks in a row may come just before that."""

QUIET_SECONDS = 40.0
"""In which nobody does anything, before it is looked at: long enough for time alone to change something."""


@dataclass(frozen=True)
class Report:
    seed: int
    seconds: float
    """Of the clock, all in all."""
    snapshots: int
    life: Counter[str]
    trouble: Counter[str]
    viewer: Counter[str]
    calmed: tuple[float, ...]
    """How long each calm took until the picture was the cluster's."""
    censuses: tuple[Census, ...]


class Failed(AssertionError):
    """The picture is not what it should be; the message says how, and what happened before."""


async def soak(
    folder: Path, *, seed: int, rounds: int, seconds: float, say: Callable[[str], None] = lambda _: None
) -> Report:
    """Play so many rounds of so many seconds of life and trouble, each followed by a calm in which the picture has to
    become true.

    Nothing may grow meanwhile. The same seed plays the same life; what sockets do in between is their own affair.
    Raises `Failed`, and whatever ends the live loop.
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
        self._life = Life(world.cluster, Random(seed + 1))
        self._trouble = Trouble(world.cluster.server, world.clock, world.machine, world.token_file, Random(seed + 2))
        self._viewer = Viewer(world.live, Random(seed + 3))
        self._lately: deque[str] = deque(maxlen=60)
        self._calmed: list[float] = []
        self._censuses: list[Census] = []

    async def play(self, seconds: float) -> None:
        clock = self._world.clock
        ends = clock.monotonic() + seconds
        life, trouble, look = self._next(LIFE_SECONDS), self._next(TROUBLE_SECONDS), self._next(LOOK_SECONDS)
        while clock.monotonic() < ends:
            await self._world.passes(max(0.0, min(life, trouble, look, ends) - clock.monotonic()))
            await self._trouble.pass_by()
            if life <= clock.monotonic():
                self._note(self._life.something())
                life = self._next(LIFE_SECONDS)
            if trouble <= clock.monotonic():
                self._note(f"TROUBLE {await self._trouble.something()}")
                trouble = self._next(TROUBLE_SECONDS)
            if look <= clock.monotonic():
                self._note(f"VIEWER {await self._viewer.something()}")
                look = self._next(LOOK_SECONDS)

    async def calm(self) -> None:
        """End all trouble, let time pass until the picture is live and true, and count what there is."""
        began = self._world.clock.monotonic()
        await self._trouble.end()
        self._note("CALM")
        await self._world.passes(QUIET_SECONDS)
        await self._becomes_true()
        self._calmed.append(self._world.clock.monotonic() - began)
        await self._viewer.rests()
        await self._becomes_true()
        if self._world.complaints.heard:
            raise self._failed("\n".join(self._world.complaints.heard))
        census = take_census(self._world)
        self._censuses.append(census)
        self._say(f"{self._world.clock.monotonic():8.0f} s  calm after {self._calmed[-1]:5.1f} s  {census}")

    async def _becomes_true(self) -> None:
        began = live_since = self._world.clock.monotonic()
        wait, shown_wrongly = 0.5, 0
        while wrong := await self._differences():
            now = self._world.clock.monotonic()
            shown_wrongly = shown_wrongly + 1 if wrong.shown else 0
            if not self._world.is_live:
                live_since = now
            late = now - live_since > TOLD_SECONDS or now - began > CALM_SECONDS
            if late or shown_wrongly > SHOWN_LOOKS:
                told = "\n".join((*wrong.told, *wrong.shown)[:5])
                raise self._failed(f"not live and true after {now - began:g} s\n{told}")
            # To look takes its time: who looked all the while would starve the connections that are looked at.
            await self._world.lingers(FLUSHED_SECONDS if wrong.shown else wait)
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
            self._life.happened,
            self._trouble.happened,
            self._viewer.happened,
            tuple(self._calmed),
            tuple(self._censuses),
        )

    def _next(self, mean: float) -> float:
        return self._world.clock.monotonic() + self._pace.expovariate(1 / mean)

    def _note(self, what: str) -> None:
        self._lately.append(f"{self._world.clock.monotonic():9.1f} s  {what}")

    def _failed(self, how: str) -> Failed:
        health = self._world.live.snapshot.health
        return Failed(f"seed {self._seed}: {how}\n{health}\n" + "\n".join(self._lately))
