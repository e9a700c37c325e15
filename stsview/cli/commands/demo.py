"""`stsview demo`: a simulated cluster, with the dashboard on it or alone.

The dashboard's cluster runs in a process of its own, started before anything else is loaded: so both get ready at the
same time, and what the cluster is busy with never holds up the screen.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from stsview.cli.support.refuse import refuse
from stsview.live.errors import CannotStart

CONTEXT = "stsview-demo"
"""What the simulator calls its context, cluster and user in the kubeconfig that it writes."""


def run(arguments: argparse.Namespace) -> int:
    """List the scenarios, serve one, or open the dashboard on one; returns the exit code."""
    if arguments.kubeconfig or arguments.context or arguments.config:
        return refuse("the demo brings its own cluster: leave --kubeconfig, --context and --config before 'demo' away")
    if arguments.list:
        return _list()
    if arguments.serve:
        from stsview.cli.support import serve

        return serve.run(arguments)
    with tempfile.TemporaryDirectory(prefix="stsview-") as folder, Child(arguments, Path(folder)) as child:
        # The cluster takes longest to get ready: only now that it is on its way is anything else loaded.
        from stsview.cli.commands.dashboard import show
        from stsview.cli.support.demo_target import DemoTarget
        from stsview.cli.support.resolve import chosen_namespaces, chosen_rules, chosen_settings
        from stsview.config import Configuration

        try:
            rules = chosen_rules(arguments, Configuration(), CONTEXT)
            target = DemoTarget(child, chosen_namespaces(arguments) or (), rules)
        except CannotStart as error:
            return refuse(str(error))
        # The file is about the operator's own clusters.
        return show(target, theme=arguments.theme, settings=chosen_settings(arguments, Configuration()))


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
            # It speaks plain HTTP; aiohttp would read every trusted certificate as it loads, which takes 0.1 s.
            env={**os.environ, "SSL_CERT_FILE": os.devnull},
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


def _list() -> int:
    from stsview.simulator.scenarios import catalogue

    scenarios = catalogue()
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        print(f"{scenario.name:{width}}  {scenario.summary}")
    return 0
