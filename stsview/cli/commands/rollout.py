"""`stsview rollout SET`: a rollout followed to its end."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

from stsview.cli.output.console import Console
from stsview.cli.output.rollout_report import Bar, JsonLines, Lines, Report, Shows
from stsview.cli.support.connect import CouldNotLook, looking
from stsview.cli.support.refuse import refuse
from stsview.cli.support.select_sets import the_set
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.live.target import Target
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView

LOST_SECONDS = 300.0
"""How long the picture may be out of date before it counts as failed: servers are replaced within that."""

TIMED_OUT = "timed-out"

_EXIT_CODES = {Stage.DONE: 0, Stage.HELD: 0, Stage.BY_HAND: 1, Stage.STUCK: 1, Stage.GONE: 1}


def run(arguments: argparse.Namespace) -> int:
    """Follow, and return the exit code: 0 done, 1 stuck or failed, 2 could not look, 3 timed out."""
    from stsview.cli.support.resolve import chosen_configuration, chosen_settings, chosen_target

    console = Console()
    shows: Shows = Bar(console) if console.moves else Lines(console)
    if arguments.output == "json":
        shows = JsonLines(sys.stdout)
    try:
        configuration = chosen_configuration(arguments)
        target = chosen_target(arguments, configuration)
        settings = chosen_settings(arguments, configuration)
        with shows.shown():
            return asyncio.run(follow(target, settings, arguments.set, arguments.timeout, shows.take))
    except (CannotStart, CouldNotLook) as error:
        return refuse(str(error))


async def follow(
    target: Target,
    settings: ModelSettings,
    name: str,
    seconds: float | None,
    take: Callable[[Report], None],
    clock: Clock | None = None,
) -> int:
    """Tell `take` how the rollout of the set of that name stands, whenever that changes and last when it has ended;
    returns the exit code. `seconds`: how long to wait for the end; None: as long as it goes on.

    Raises `CannotStart`, `CouldNotLook`.
    """
    clock = clock or SystemClock()
    async with looking(target, settings, clock) as (live, snapshot):
        following = _Following(live, the_set(snapshot, name), clock)
        news = asyncio.Event()
        unsubscribe = live.subscribe(lambda _: news.set())
        try:
            while True:
                news.clear()
                report = following.look(seconds)
                if report is not None:
                    take(report)
                    if report.exit_code is not None:
                        return report.exit_code
                await _first(news, following.pause(seconds), clock)
        finally:
            unsubscribe()


class _Following:
    def __init__(self, live: Live, view: SetView, clock: Clock) -> None:
        self._live = live
        self._key = view.key
        self._watch = RolloutWatch(view.uid)
        self._clock = clock
        self._started = clock.monotonic()
        self._current = self._started
        """When the picture was last what is."""
        self._standing: RolloutStatus | None = None
        self._told: _Told | None = None

    def look(self, seconds: float | None) -> Report | None:
        """What there is to tell; None where that has been told. Raises `CouldNotLook`."""
        snapshot = self._live.snapshot
        problem = self._problem(snapshot)
        view = snapshot.fleet.sets.get(self._key)
        if not problem or self._standing is None:
            self._standing = self._watch.look(view, self._live.now())
        standing = self._standing
        if standing.stage is Stage.UNKNOWN:
            raise CouldNotLook(f"cannot tell how {self._key} is: {standing.detail or standing.headline}")
        passed = self._clock.monotonic() - self._started
        exit_code = None if problem else _EXIT_CODES.get(standing.stage)
        outcome = "" if exit_code is None else standing.stage.value
        if exit_code is None and seconds is not None and passed >= seconds:
            exit_code, outcome = 3, TIMED_OUT
        told = _Told.of(standing, problem, exit_code)
        if told == self._told:
            return None
        self._told = told
        return Report(snapshot, self._live.now(), self._key, view, standing, passed, problem, outcome, exit_code)

    def pause(self, seconds: float | None) -> float:
        """For how long nothing but news can change what there is to tell."""
        waits = [LOST_SECONDS / 10]
        if seconds is not None:
            waits.append(self._started + seconds - self._clock.monotonic())
        if self._standing is not None and self._standing.until is not None:
            waits.append((self._standing.until - self._live.now()).total_seconds())
        return max(0.01, min(waits))

    def _problem(self, snapshot: Snapshot) -> str:
        """Why the picture cannot be believed now; empty where it can."""
        health = snapshot.health
        if health.blind:
            raise CouldNotLook(health.blind)
        if health.link in CURRENT:
            self._current = self._clock.monotonic()
            return ""
        problem = health.problem or "the cluster sends nothing"
        if self._clock.monotonic() - self._current >= LOST_SECONDS:
            raise CouldNotLook(f"the cluster has not been seen for {LOST_SECONDS:.0f}s: {problem}")
        return f"{health.link.value}: {problem}"


@dataclass(frozen=True, slots=True)
class _Told:
    """What makes one report different from another."""

    words: str
    stage: Stage
    done: int
    total: int
    update: str
    trouble: str
    problem: str
    exit_code: int | None

    @classmethod
    def of(cls, standing: RolloutStatus, problem: str, exit_code: int | None) -> _Told:
        trouble = standing.finding.headline if standing.finding is not None else ""
        shape = (standing.words, standing.stage, standing.done, standing.total, standing.update)
        return cls(*shape, trouble, problem, exit_code)


async def _first(news: asyncio.Event, seconds: float, clock: Clock) -> None:
    """Return when there are news, at the latest after `seconds`."""
    heard = asyncio.create_task(news.wait())
    waited = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait((heard, waited), return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.cancel()
        waited.cancel()
