"""The simulated cluster of the demo in a process of its own.

Imports little: the process is started first of all.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from stsview.live.errors import CannotStart

CONTEXT = "stsview-demo"
"""Name of the context, cluster and user in the kubeconfig that the simulator writes."""


class DemoProcess:
    """A child process with the simulated cluster.

    It ends with this process, however that ends.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self._folder = folder
        self.scaled = arguments.speed not in (None, 1.0)
        """Whether the time of the cluster runs at another speed than the local clock."""
        self.kubeconfig = folder / "kubeconfig"
        command = [sys.executable, "-m", "stsview", "demo", "--serve", "--until-stdin-closes"]
        command += ["--kubeconfig", str(self.kubeconfig), "--port", str(arguments.port)]
        for name in ("scenario", "speed", "seed", "sets", "replicas"):
            if (value := getattr(arguments, name)) is not None:
                command += [f"--{name}", str(value)]
        if arguments.objects:
            command += ["--objects", *arguments.objects]
        # A session of its own: a Ctrl-C for the dashboard must not end the cluster as well.
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # It speaks plain HTTP; aiohttp would load every trusted certificate on import, which takes 0.1 s.
            env={**os.environ, "SSL_CERT_FILE": os.devnull},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def abandon(self) -> None:
        """End the process and remove its folder without waiting, where this one cannot end as it should."""
        self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_until_ready(self) -> None:
        """Block until the cluster serves requests.

        Raises `CannotStart` with its own message if it ended instead.
        """
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        if self._process.stdout.readline():
            return
        _, output = self._process.communicate()
        lines = output.strip().splitlines()
        raise CannotStart(lines[-1].removeprefix("stsview: ") if lines else "the simulated cluster ended at once")
