"""`stsview logs NAME`: the logs of the pods of a set, merged by time."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence

import msgspec

from stsview.cli.output.log_lines import JsonLines, LogOutput, TextLines
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import find_member, no_ordinal
from stsview.cli.support.wait import wait_for_change
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotRead, CannotStart
from stsview.live.live import Live
from stsview.live.logs.merged_logs import MOST_LOGS, MergedLogs
from stsview.live.snapshot import Snapshot
from stsview.live.target import Target
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, SetView
from stsview.nearest import did_you_mean
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogPhase, LogRequest
from stsview.objects.meta import Key

_PAUSE_SECONDS = 0.1
"""How long lines that arrive are collected before they are printed."""


class LogOptions(msgspec.Struct, frozen=True):
    """What is printed of each log."""

    name: str
    ordinals: tuple[int, ...] = ()
    """Empty: all ordinals of the set."""
    container: str = ""
    previous: bool = False
    follow: bool = False
    tail_lines: int | None = None
    since_seconds: float | None = None

    def request(self, namespace: str, pod: str) -> LogRequest:
        return LogRequest(
            namespace, pod, self.container, self.previous, self.follow, self.tail_lines, self.since_seconds
        )


def run(arguments: argparse.Namespace) -> int:
    """Print the logs; returns 0, 1 if some could not be read, or 2 if the cluster could not be read."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    options = LogOptions(
        arguments.member,
        arguments.ordinals or (),
        arguments.container or "",
        arguments.previous,
        arguments.follow,
        arguments.tail,
        arguments.since,
    )

    def output(pods: Sequence[str]) -> LogOutput:
        if arguments.output == "json":
            return JsonLines(sys.stdout)
        return TextLines(sys.stdout, pods, timestamps=arguments.timestamps)

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        return asyncio.run(print_logs(target, settings, options, output))
    except (CannotStart, CommandError) as error:
        return fail(str(error))


async def print_logs(
    target: Target,
    settings: ModelSettings,
    options: LogOptions,
    output: Callable[[Sequence[str]], LogOutput],
    clock: Clock | None = None,
) -> int:
    """Print the logs to their end, or until cancelled; returns the exit code.

    `output` gets the pods whose names precede lines; none for the log of one pod.

    Raises `CannotStart`, `CommandError`.
    """
    clock = clock or SystemClock()
    async with connected(target, settings, clock) as (live, snapshot):
        selected = _Selection.of(snapshot, options)
        pods = selected.pods(snapshot)
        if not pods:
            raise CommandError(f"{selected.key} has no pods: it has 0 replicas")
        if len(pods) > MOST_LOGS:
            raise CommandError(f"{selected.key} has {len(pods)} pods: name at most {MOST_LOGS} of them by --ordinals")
        await _require_container(live, selected.key.namespace, pods, options.container)
        logs = MergedLogs(live, clock.monotonic, exact=not options.follow)
        printer = output(pods if selected.several else ())
        unsubscribe = live.subscribe(lambda _: logs.changed.set())
        try:
            return await _print_all(live, logs, selected, options, printer, clock)
        finally:
            unsubscribe()
            await logs.close()


async def _print_all(
    live: Live, logs: MergedLogs, selected: _Selection, options: LogOptions, printer: LogOutput, clock: Clock
) -> int:
    shown: tuple[str, ...] = ()
    limited = False
    while True:
        logs.changed.clear()
        pods = selected.pods(live.snapshot) if options.follow or not shown else shown
        if len(pods) > MOST_LOGS and not limited:
            printer.notes([f"{selected.key} has {len(pods)} pods now: the logs of the first {MOST_LOGS} are read"])
        limited = len(pods) > MOST_LOGS
        pods = pods[:MOST_LOGS]
        if pods != shown:
            if shown and (notes := _membership_notes(shown, pods)):
                printer.notes(notes)
            shown = pods
            logs.read(options.request(selected.key.namespace, pod) for pod in shown)
        printer.lines(logs.take(), logs.containers)
        if logs.done:
            break
        await wait_for_change(logs.changed, _PAUSE_SECONDS if logs.held else 1.0, clock)
        if options.follow:
            await clock.sleep(_PAUSE_SECONDS)
    return 0 if all(health.phase is LogPhase.ENDED for health in logs.health.values()) else 1


def _membership_notes(before: Sequence[str], now: Sequence[str]) -> list[str]:
    return [
        *(f"{pod}: new in the set" for pod in now if pod not in before),
        *(f"{pod}: no longer in the set" for pod in before if pod not in now),
    ]


class _Selection(msgspec.Struct, frozen=True):
    """Whose logs are printed."""

    key: Key
    """Of the set."""
    pod: str
    """Empty for several pods."""
    ordinals: frozenset[int]
    """Empty for all."""

    @property
    def several(self) -> bool:
        return not self.pod

    @classmethod
    def of(cls, snapshot: Snapshot, options: LogOptions) -> _Selection:
        """Raises `CommandError` if there is no such set, ordinal or pod."""
        view, ordinal = find_member(snapshot, options.name)
        if ordinal is not None:
            if options.ordinals:
                raise CommandError(f"--ordinals is only for a StatefulSet: {options.name} is one pod")
            return cls(view.key, ordinal.name, frozenset())
        missing = sorted(set(options.ordinals) - {row.ordinal for row in _members(view)})
        if missing:
            raise CommandError(no_ordinal(view, missing))
        return cls(view.key, "", frozenset(options.ordinals))

    def pods(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The names of the pods, lowest ordinal first; none of a set that does not exist."""
        if self.pod:
            return (self.pod,)
        view = snapshot.fleet.sets.get(self.key)
        rows = [] if view is None else _members(view)
        return tuple(row.name for row in rows if not self.ordinals or row.ordinal in self.ordinals)


def _members(view: SetView) -> list[OrdinalView]:
    """The ordinals of a set, whether their pods exist or not, lowest first."""
    return sorted((row for row in view.ordinals if row.owned), key=lambda row: row.ordinal)


async def _require_container(live: Live, namespace: str, pods: Sequence[str], container: str) -> None:
    """Raise `CommandError` if no pod that can be read has a container of that name."""
    if not container:
        return
    known: list[str] = []
    for pod in pods:
        try:
            spec = (await live.get_object(PODS, Key(namespace, pod))).get("spec") or {}
        except CannotRead:
            continue
        kinds = ("containers", "initContainers", "ephemeralContainers")
        names = [str(one.get("name")) for kind in kinds for one in spec.get(kind) or ()]
        if container in names:
            return
        known += [name for name in names if name not in known]
    if known:
        hint = did_you_mean(container, known) or f": it has {', '.join(known)}"
        raise CommandError(f"no container {container} in {pods[0]}{hint}")
