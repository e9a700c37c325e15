"""Runs the dashboard in a pseudo-terminal of its own, and reads its screen as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;:?<>=]*[a-zA-Z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>])")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_ROWS, _COLUMNS = 40, 160
_CURSOR = "▌".encode()


def stalls_in(folder: Path) -> Path:
    return folder / "stalls"


def measured(kubeconfig: Path, folder: Path) -> Sequence[str]:
    """The command of the dashboard that measures its stalls."""
    program = [sys.executable, "-m", "tests.bench.measured_program", str(stalls_in(folder))]
    return [*program, "--kubeconfig", str(kubeconfig)]


class Dashboard:
    """One run; use it as a context manager."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        """Run `command`; state is kept in `folder`. A `measured_program` is given `stalls_in(folder)`."""
        self._stalls = stalls_in(folder)
        self.began = time.monotonic()
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_STATE_HOME": str(folder)},
        )
        os.close(slave)
        self._drawn = bytearray()

    def __enter__(self) -> Dashboard:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.began

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far, user and system."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * _PAGE

    @property
    def longest_stall(self) -> float:
        """Seconds that the event loop stood still at most, since `reset_stalls`."""
        return float(self._stalls.read_text() or 0) if self._stalls.exists() else 0.0

    def toggle_stalls(self) -> None:
        """Stop to measure stalls, which costs CPU, or start again."""
        self._process.send_signal(signal.SIGUSR2)

    def reset_stalls(self) -> None:
        self._process.send_signal(signal.SIGUSR1)

    def read(self, seconds: float) -> bytes:
        """What is drawn within so many seconds at most; empty when nothing is."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        drawn = os.read(self._master, 1 << 20) if ready else b""
        self._drawn += drawn
        return drawn

    def text(self) -> bytes:
        """What was drawn since the last call, without escape sequences."""
        found = _ESCAPES.sub(b"", bytes(self._drawn))
        self._drawn.clear()
        return found

    def wait_for(self, text: str, seconds: float) -> float:
        """Seconds until `text` is drawn. Raises TimeoutError, with the end of what was drawn instead."""
        began, drawn = time.monotonic(), b""
        while time.monotonic() - began < seconds:
            self.read(0.5)
            drawn = (drawn + self.text())[-400_000:]
            if text.encode() in drawn:
                return time.monotonic() - began
        raise TimeoutError(f"{text!r} was not drawn: {drawn[-2000:].decode(errors='replace')}")

    def press(self, key: str, seconds: float = 60.0) -> float:
        """Seconds from a key that moves the cursor until it is drawn in another row."""
        while self.read(0.0):
            pass
        began, drawn = time.monotonic(), b""
        os.write(self._master, key.encode())
        while _CURSOR not in drawn and time.monotonic() - began < seconds:
            drawn += self.read(seconds)
        return time.monotonic() - began

    def drain(self, seconds: float) -> None:
        """Let it run for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)
