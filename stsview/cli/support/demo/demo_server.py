"""The simulated cluster without a dashboard.

For kubectl, or for a dashboard in another process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import shlex
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from stsview.cli.support.demo.demo_process import CONTEXT
from stsview.cli.support.errors import fail
from stsview.live.errors import CannotStart

if TYPE_CHECKING:
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.static_cluster import StaticCluster

DEFAULT = "tour"
"""The scenario that the demo shows if none is named."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code."""
    # Imports and the history of the cluster create a great many objects that all stay: collecting garbage among them
    # takes a fifth of the start.
    gc.disable()
    from stsview.simulator.scenarios import UnknownScenario

    if arguments.kubeconfig_out and not _can_overwrite(Path(arguments.kubeconfig_out)):
        return fail(f"{arguments.kubeconfig_out} was not written by the demo: choose another file with --kubeconfig")
    try:
        cluster = _static_cluster(arguments) if arguments.objects else _simulated_cluster(arguments)
    except (UnknownScenario, CannotStart) as error:
        return fail(str(error))
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(_until_interrupted(cluster, arguments))
    except OSError as error:
        return fail(f"cannot serve the simulated cluster: {error.strerror or error}")
    return 0


def argument_error(arguments: argparse.Namespace) -> str:
    """What keeps the cluster from starting, without starting it; empty if it can."""
    from stsview.simulator.scenarios import UnknownScenario, find

    try:
        if arguments.objects:
            _static_cluster(arguments)
        else:
            find(arguments.scenario or DEFAULT)
    except (UnknownScenario, CannotStart) as error:
        return str(error)
    return ""


def _simulated_cluster(arguments: argparse.Namespace) -> SimulatedCluster:
    """The scenario. Raises `UnknownScenario`."""
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.scenarios import find

    cluster = SimulatedCluster(
        find(arguments.scenario or DEFAULT),
        seed=arguments.seed or 0,
        speed=arguments.speed or 1.0,
        port=arguments.port,
        tls=_for_kubectl(arguments),
        sets=arguments.sets,
        replicas=arguments.replicas,
    )
    # Replaying the history takes seconds on a busy machine; without them, the cluster's clock would look wrong.
    cluster.advance((datetime.now(UTC) - cluster.now()).total_seconds())
    return cluster


def _static_cluster(arguments: argparse.Namespace) -> StaticCluster:
    """A server of the objects in files, at the time that they are from.

    Raises `CannotStart`.
    """
    from stsview.live.files.documents import read_files
    from stsview.live.files.file_objects import newest_of
    from stsview.simulator.static_cluster import StaticCluster

    documents = read_files(arguments.objects)
    now = newest_of(documents) or datetime.now(UTC)
    try:
        cluster = StaticCluster(documents.objects, now, port=arguments.port, tls=_for_kubectl(arguments))
    except ValueError as error:
        raise CannotStart(f"the objects cannot be served: {error}") from error
    for kind, number in cluster.skipped.items():
        print(f"stsview: {number} of {kind} not served", file=sys.stderr)
    return cluster


def _for_kubectl(arguments: argparse.Namespace) -> bool:
    """Whether others than a dashboard of this process use the cluster: kubectl opens WebSockets over TLS only."""
    return not arguments.until_stdin_closes


async def _until_interrupted(cluster: SimulatedCluster | StaticCluster, arguments: argparse.Namespace) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP.

    As a dashboard's child process, serve until standard input closes.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        path = Path(arguments.kubeconfig_out or stack.enter_context(tempfile.TemporaryDirectory(prefix="stsview-")))
        if not arguments.kubeconfig_out:
            path /= "kubeconfig"
        await cluster.start()
        try:
            cluster.write_kubeconfig(path)
            print(f"kubectl --kubeconfig {shlex.quote(str(path))} get statefulsets --all-namespaces", flush=True)
            if arguments.until_stdin_closes:
                await loop.connect_read_pipe(lambda: _SetWhenClosed(stop), sys.stdin)
            await stop.wait()
        finally:
            await cluster.stop()
            if arguments.kubeconfig_out:
                path.unlink(missing_ok=True)


def _can_overwrite(path: Path) -> bool:
    """Whether `path` does not exist, or is the kubeconfig of an earlier demo."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError, yaml.YAMLError):
        return False
    names = [entry.get("name") for entry in content.get("contexts", ())] if isinstance(content, dict) else []
    return names == [CONTEXT]


class _SetWhenClosed(asyncio.Protocol):
    """Sets `stop` when the other end of a pipe closes, for whatever reason."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()
