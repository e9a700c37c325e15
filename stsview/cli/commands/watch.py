"""`stsview watch`: findings as they begin, change and end."""

from __future__ import annotations

import argparse
import asyncio
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from stsview.cli.commands.check import LEVELS
from stsview.cli.output.console import Console, where
from stsview.cli.support.connect import connected
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.select_sets import SetSelection, has_name, select_sets
from stsview.cli.support.signals import stop_on_signal
from stsview.cli.support.unknown_names import require_namespaces
from stsview.cli.unattended.observer import FindingObserver
from stsview.cli.unattended.watch_output import JsonEvents, TextEvents, WatchOutput
from stsview.clock import Clock
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Snapshot
from stsview.live.target import Target
from stsview.model.finding import Level
from stsview.model.settings import ModelSettings
from stsview.objects.meta import Key
from stsview.program_name import program_name
from stsview.text.numbers import count
from stsview.text.terminal_text import safe


def run(arguments: argparse.Namespace) -> int:
    """Print findings until a signal, or until the reader of the output has gone.

    Returns 0 then, 2 if the cluster could not be read at the start.
    """
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_target

    output: WatchOutput = JsonEvents(sys.stdout) if arguments.output == "json" else TextEvents(Console())
    try:
        selection = SetSelection.of(arguments.sets, None)
        configuration = resolve_configuration(arguments)
        target = resolve_target(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        asyncio.run(_until_stopped(target, settings, selection, LEVELS[arguments.min_severity], output))
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    except BrokenPipeError:
        # What Python flushes at exit must not raise again.
        sys.stdout = None
    return 0


async def _until_stopped(
    target: Target, settings: ModelSettings, selection: SetSelection, lowest: Level, output: WatchOutput
) -> None:
    stopped = asyncio.Event()
    watching = asyncio.create_task(watch(target, settings, selection, lowest, output, note=_note))
    stopping = asyncio.create_task(stopped.wait())
    try:
        with stop_on_signal(stopped.set), _stop_when_closed(sys.stdout, stopped.set):
            await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        watching.cancel()
        await asyncio.wait((watching,))
    if not watching.cancelled():
        watching.result()


@contextmanager
def _stop_when_closed(file: TextIO, stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` once the reader of a pipe has gone: the next line, which would notice it, may be days away."""
    mode = os.fstat(file.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        yield
        return
    loop, fileno = asyncio.get_running_loop(), file.fileno()

    def closed() -> None:
        loop.remove_reader(fileno)
        stop()

    # A pipe that is only written to becomes readable when its other end is closed, as in asyncio's own transports.
    loop.add_reader(fileno, closed)
    try:
        yield
    finally:
        loop.remove_reader(fileno)


def _note(text: str) -> None:
    print(f"{program_name()}: {safe(text)}", file=sys.stderr, flush=True)


async def watch(
    target: Target,
    settings: ModelSettings,
    selection: SetSelection,
    lowest: Level,
    output: WatchOutput,
    clock: Clock | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> None:
    """Show events until cancelled; `note` gets what is watched.

    Raises `CannotStart`, `CommandError`, and `BrokenPipeError` from the output.
    """
    async with connected(target, settings, clock) as (live, snapshot):
        selected = select_sets(snapshot, selection)
        await require_namespaces(live)

        def is_selected(key: Key) -> bool:
            return not selection.names or any(has_name(key, name) for name in selection.names)

        observer = FindingObserver(is_selected, lowest)
        changed = asyncio.Event()

        def on_snapshot(latest: Snapshot) -> None:
            observer.note(latest)
            changed.set()

        unsubscribe = live.subscribe(on_snapshot)
        try:
            note(f"watching {count(len(selected), 'StatefulSet')} in {where(snapshot.scope)}")
            if snapshot.disabled_rules:
                note(f"rules disabled by the configuration: {', '.join(snapshot.disabled_rules)}")
            while True:
                changed.clear()
                latest = live.snapshot
                for event in observer.events(latest):
                    output.show(event, latest)
                await changed.wait()
        finally:
            unsubscribe()
