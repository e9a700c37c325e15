"""A simulated cluster in its own process.

Started by the command that operators use.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SPEED = 60


@contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """The kubeconfig of a cluster that runs during the block.

    Raises RuntimeError with its output if it does not start.
    """
    kubeconfig, said = folder / "kubeconfig", folder / "stderr"
    command = [sys.executable, "-m", "stsview", "demo", "--serve", "--until-stdin-closes", "--scenario", "zookeeper"]
    command += ["--speed", str(_SPEED), "--kubeconfig", str(kubeconfig)]
    with (
        said.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                process.wait()
                raise RuntimeError(f"the simulated cluster ended at once: {said.read_text()}")
            yield kubeconfig
        finally:
            process.terminate()
