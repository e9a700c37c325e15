"""Open the demo of an installed stsview in a pseudo-terminal, and quit."""

from __future__ import annotations

import sys

from tests.support.terminal.program import Program


def drive(command: str, folder: str) -> None:
    with Program([command, "demo"], cwd=folder) as program:
        program.wait_for("zookeeper", limit=60)
        program.press("q")
        code = program.end()
    if code != 0:
        raise SystemExit(f"stsview demo ended with {code}")
    print("the installed wheel opened the demo and left it again")  # noqa: T201 - a step of `make test` says what it did


if __name__ == "__main__":
    drive(sys.argv[1], sys.argv[2])
