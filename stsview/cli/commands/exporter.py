"""`stsview exporter`: findings and rollouts as metrics for Prometheus."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import sys
from collections.abc import Callable, Sequence

from stsview.cli.commands.check import LEVELS
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import SetSelection, has_name
from stsview.cli.support.signals import stop_on_signal
from stsview.cli.unattended.observer import EventType, FindingObserver
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.live import Live
from stsview.live.snapshot import Snapshot
from stsview.live.target import Target
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.objects.meta import Key
from stsview.program_name import program_name
from stsview.text.terminal_text import safe

MISSING = "this command needs the package prometheus-client: pip install 'stsview[exporter]'"


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal; returns 0 then, 2 if it cannot listen, or has no usable configuration."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        return fail(MISSING)
    try:
        selection = SetSelection.of(arguments.sets, None)
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        asyncio.run(_until_stopped(target, settings, selection, LEVELS[arguments.min_severity], arguments.listen))
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    return 0


async def _until_stopped(
    target: Target, settings: ModelSettings, selection: SetSelection, lowest: Level, address: tuple[str, int]
) -> None:
    stopped = asyncio.Event()
    exporting = asyncio.create_task(export(target, settings, selection, lowest, address, note=_note))
    stopping = asyncio.create_task(stopped.wait())
    try:
        with stop_on_signal(stopped.set):
            await asyncio.wait((exporting, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        exporting.cancel()
        await asyncio.wait((exporting,))
    if not exporting.cancelled():
        exporting.result()


def _note(text: str) -> None:
    # Metrics are served also where nothing reads the log any more.
    with contextlib.suppress(OSError):
        print(f"{program_name()}: {safe(text)}", file=sys.stderr, flush=True)


async def export(
    target: Target,
    settings: ModelSettings,
    selection: SetSelection,
    lowest: Level,
    address: tuple[str, int],
    clock: Clock | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> None:
    """Serve until cancelled; `note` gets where, and when the picture is complete, lost and restored.

    A cluster that does not answer, at first or later, is tried again. Raises `CannotStart`, `CommandError`.
    """
    from stsview.cli.unattended.endpoints import Server, application
    from stsview.cli.unattended.metrics import registry

    clock = clock or SystemClock()

    def is_selected(key: Key) -> bool:
        return not selection.names or any(has_name(key, name) for name in selection.names)

    live = Live(target, settings=settings, clock=clock, keep_trying=True, shows_loading=False)
    observer = FindingObserver(is_selected, lowest, symptoms=False)
    notes = _Notes(observer, selection.names, note)
    unsubscribe = live.subscribe(notes.take)
    server = Server(application(registry(live, observer), live, observer, clock))
    running = asyncio.create_task(live.run(), name="live")
    try:
        for host, port in await server.listen(*address):
            at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            note(f"serving http://{at}/metrics, /livez and /readyz")
            if not ipaddress.ip_address(host).is_loopback:
                note(f"{host} is no loopback address: everyone who reaches it can read the names of StatefulSets")
        await running
    finally:
        unsubscribe()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await server.close()


class _Notes:
    """Feeds the observer, and says in a log what becomes of the connection."""

    def __init__(self, observer: FindingObserver, names: Sequence[str], note: Callable[[str], None]) -> None:
        self._observer = observer
        self._names = names
        self._note = note
        self._problem = ""

    def take(self, snapshot: Snapshot) -> None:
        self._observer.note(snapshot)
        before = self._observer.seen
        for event in self._observer.events(snapshot):
            if event.type is EventType.LOST:
                self._note(f"the picture is not current: {event.reason}")
            elif event.type is EventType.RESTORED:
                self._note("the picture is current again")
            elif event.type is EventType.UNREAD:
                self._note(event.reason)
        if self._observer.seen and not before:
            self._note(f"the first picture is complete: {snapshot.scope.text}")
            for name in self._names:
                if not any(has_name(key, name) for key in snapshot.fleet.sets):
                    self._note(f"there is no StatefulSet {name} yet")
        elif not self._observer.seen and (problem := snapshot.health.blind or snapshot.health.problem) != self._problem:
            self._problem = problem
            if problem:
                self._note(f"waiting for the first picture: {problem}")
