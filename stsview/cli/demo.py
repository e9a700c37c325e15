"""`stsview demo`: a simulated cluster, with the dashboard on it or alone.

The dashboard's cluster runs in a process of its own, started before anything else is loaded: so both get ready at the
same time, and what the cluster is busy with never holds up the screen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import yaml

from stsview.cli.dashboard import chosen_namespaces, refuse, show
from stsview.live.errors import CannotStart
from stsview.live.snapshot import Scope

if TYPE_CHECKING:
    from stsview.cluster.config import ClusterConfig
    from stsview.simulator.cluster import SimulatedCluster

CONTEXT = "stsview-demo"
"""What the simulator calls its context, cluster and user in the kubeconfig that it writes."""


def run(arguments: argparse.Namespace) -> int:
    """List the scenarios, serve one, or open the dashboard on one; returns the exit code."""
    if arguments.kubeconfig or arguments.context:
        return refuse("the demo brings its own cluster: leave --kubeconfig and --context before 'demo' away")
    if arguments.list:
        return _list()
    if arguments.serve:
        return _serve(arguments)
    try:
        namespaces = chosen_namespaces(arguments) or ()
    except CannotStart as error:
        return refuse(str(error))
    with tempfile.TemporaryDirectory(prefix="stsview-") as folder, Child(arguments, Path(folder)) as child:
        return show(DemoTarget(child, namespaces), theme=arguments.theme, cluster_domain=arguments.cluster_domain)


class Child:
    """The simulated cluster in a process of its own, which ends with this one, however that comes about."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.kubeconfig = folder / "kubeconfig"
        command = [sys.executable, "-m", "stsview", "demo", "--serve", "--until-stdin-closes"]
        command += ["--kubeconfig", str(self.kubeconfig), "--port", str(arguments.port)]
        for name in ("scenario", "speed", "seed", "sets", "replicas"):
            if (value := getattr(arguments, name)) is not None:
                command += [f"--{name}", str(value)]
        # Its own session: a Ctrl-C that is meant for the dashboard must not end the cluster under it.
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def wait_until_ready(self) -> None:
        """Block until the cluster answers. Raises `CannotStart` with its own words when it ended instead."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        if self._process.stdout.readline():
            return
        _, said = self._process.communicate()
        words = said.strip().splitlines()
        raise CannotStart(words[-1].removeprefix("stsview: ") if words else "the simulated cluster ended at once")


class DemoTarget:
    """The cluster of a `Child`."""

    def __init__(self, child: Child, namespaces: tuple[str, ...]) -> None:
        self._child = child
        self.scope = Scope(context=CONTEXT, namespaces=namespaces)

    async def config(self) -> ClusterConfig:
        await asyncio.to_thread(self._child.wait_until_ready)
        return self.other(CONTEXT)

    def contexts(self) -> Sequence[str]:
        return (CONTEXT,)

    def other(self, context: str) -> ClusterConfig:
        from stsview.cluster.errors import ConfigError
        from stsview.cluster.kubeconfig import Kubeconfig

        try:
            return Kubeconfig.load(str(self._child.kubeconfig)).config(context)
        except ConfigError as error:
            raise CannotStart(str(error)) from error


def _list() -> int:
    from stsview.simulator.scenarios import catalogue

    scenarios = catalogue()
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        print(f"{scenario.name:{width}}  {scenario.summary}")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    # Loading and telling the past makes a great many objects that all stay: looking for garbage among them, time and
    # again, takes a fifth of the start.
    gc.disable()
    from stsview.simulator.cluster import SimulatedCluster
    from stsview.simulator.scenarios import UnknownScenario

    if arguments.kubeconfig_out and not _ours(Path(arguments.kubeconfig_out)):
        return refuse(f"{arguments.kubeconfig_out} is not the demo's own: name another file with --kubeconfig")
    try:
        cluster = SimulatedCluster(
            arguments.scenario,
            seed=arguments.seed,
            speed=arguments.speed,
            port=arguments.port,
            sets=arguments.sets,
            replicas=arguments.replicas,
        )
    except UnknownScenario as error:
        return refuse(str(error))
    gc.freeze()
    gc.enable()
    try:
        asyncio.run(_until_interrupted(cluster, arguments))
    except OSError as error:
        return refuse(f"cannot serve the simulated cluster: {error.strerror or error}")
    return 0


async def _until_interrupted(cluster: SimulatedCluster, arguments: argparse.Namespace) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, or (for the dashboard's own) until standard input closes."""
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
                await loop.connect_read_pipe(lambda: _UntilClosed(stop), sys.stdin)
            await stop.wait()
        finally:
            await cluster.stop()
            if arguments.kubeconfig_out:
                path.unlink(missing_ok=True)


def _ours(path: Path) -> bool:
    """Whether a kubeconfig may be written to `path`: nothing is there, or what an earlier demo has left."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except (OSError, ValueError, yaml.YAMLError):
        return False
    names = [entry.get("name") for entry in found.get("contexts", ())] if isinstance(found, dict) else []
    return names == [CONTEXT]


class _UntilClosed(asyncio.Protocol):
    """Sets `stop` when the other end of a pipe is gone, whatever ended it."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()
