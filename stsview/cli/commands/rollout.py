"""`stsview rollout SET`: follow a rollout until it is done or stuck."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable

import msgspec

from stsview.cli.output.console import Console
from stsview.cli.output.rollout_report import BarOutput, JsonOutput, LineOutput, RolloutOutput, RolloutReport
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import find_set
from stsview.cli.support.wait import wait_for_change
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.snapshot import CURRENT, Snapshot
from stsview.live.target import Target
from stsview.model.rollout.rollout_outcome import RolloutStatus, RolloutWatch, Stage
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView

LOST_SECONDS = 300.0
"""How long the data may be out of date before the command fails: API servers are replaced within that."""

TIMED_OUT = "timed-out"

_EXIT_CODES = {Stage.DONE: 0, Stage.HELD: 0, Stage.MANUAL: 1, Stage.STUCK: 1, Stage.GONE: 1}


def run(arguments: argparse.Namespace) -> int:
    """Follow the rollout.

    Returns 0 if done, 1 if stuck or failed, 2 if it could not be read, 3 if timed out.
    """
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    console = Console()
    rollout_output: RolloutOutput = BarOutput(console) if console.can_redraw else LineOutput(console)
    if arguments.output == "json":
        rollout_output = JsonOutput(sys.stdout)
    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        with rollout_output.open():
            return asyncio.run(follow(target, settings, arguments.set, arguments.timeout, rollout_output.show))
    except (CannotStart, CommandError) as error:
        return fail(str(error))


async def follow(
    target: Target,
    settings: ModelSettings,
    name: str,
    seconds: float | None,
    show: Callable[[RolloutReport], None],
    clock: Clock | None = None,
) -> int:
    """Follow a rollout to its outcome; returns the exit code.

    Calls `show` whenever the status of the rollout changes, and last with its outcome.

    `seconds` limits how long to wait for the outcome; None: no limit.

    Raises `CannotStart`, `CommandError`.
    """
    clock = clock or SystemClock()
    async with connected(target, settings, clock) as (live, snapshot):
        monitor = _RolloutMonitor(live, find_set(snapshot, name), clock)
        changed = asyncio.Event()
        unsubscribe = live.subscribe(lambda _: changed.set())
        try:
            while True:
                changed.clear()
                report = monitor.next_report(seconds)
                if report is not None:
                    show(report)
                    if report.exit_code is not None:
                        return report.exit_code
                await wait_for_change(changed, monitor.seconds_to_change(seconds), clock)
        finally:
            unsubscribe()


class _RolloutMonitor:
    """Turns snapshots into reports of one rollout."""

    def __init__(self, live: Live, view: SetView, clock: Clock) -> None:
        self._live = live
        self._key = view.key
        self._watch = RolloutWatch(view.uid)
        self._clock = clock
        self._started = clock.monotonic()
        self._last_current = self._started
        """When the data was last current."""
        self._status: RolloutStatus | None = None
        self._reported: _ReportKey | None = None

    def next_report(self, seconds: float | None) -> RolloutReport | None:
        """The report of the current snapshot; None if it equals the one before.

        Raises `CommandError`.
        """
        snapshot = self._live.snapshot
        problem = self._problem(snapshot)
        view = snapshot.fleet.sets.get(self._key)
        if not problem or self._status is None:
            self._status = self._watch.evaluate(view, self._live.now())
        status = self._status
        if status.stage is Stage.UNKNOWN:
            raise CommandError(f"status of {self._key} unknown: {status.detail or status.headline}")
        passed = self._clock.monotonic() - self._started
        exit_code = None if problem else _EXIT_CODES.get(status.stage)
        outcome = "" if exit_code is None else status.stage.value
        if exit_code is None and seconds is not None and passed >= seconds:
            exit_code, outcome = 3, TIMED_OUT
        report_key = _ReportKey.of(status, problem, exit_code)
        if report_key == self._reported:
            return None
        self._reported = report_key
        return RolloutReport(snapshot, self._live.now(), self._key, view, status, passed, problem, outcome, exit_code)

    def seconds_to_change(self, seconds: float | None) -> float:
        """Seconds until time alone can change the report."""
        waits = [LOST_SECONDS / 10]
        if seconds is not None:
            waits.append(self._started + seconds - self._clock.monotonic())
        if self._status is not None and self._status.until is not None:
            waits.append((self._status.until - self._live.now()).total_seconds())
        return max(0.01, min(waits))

    def _problem(self, snapshot: Snapshot) -> str:
        """Why the data is not current; empty if it is."""
        health = snapshot.health
        if health.blind:
            raise CommandError(health.blind)
        if health.link in CURRENT:
            self._last_current = self._clock.monotonic()
            return ""
        problem = health.problem or "the cluster sends no data"
        if self._clock.monotonic() - self._last_current >= LOST_SECONDS:
            raise CommandError(f"no data from the cluster for {LOST_SECONDS:.0f}s: {problem}")
        return f"{health.link.value}: {problem}"


class _ReportKey(msgspec.Struct, frozen=True):
    """The values in which two reports must differ for both to be shown."""

    text: str
    stage: Stage
    done: int
    total: int
    update: str
    finding: str
    problem: str
    exit_code: int | None

    @classmethod
    def of(cls, status: RolloutStatus, problem: str, exit_code: int | None) -> _ReportKey:
        finding = status.finding.headline if status.finding is not None else ""
        counts = (status.stage, status.done, status.total)
        return cls(status.words, *counts, status.update, finding, problem, exit_code)
