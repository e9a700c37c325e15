"""The program in a pseudo-terminal: pexpect runs it, pyte is the screen."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

# The program under test must not see the developer's own terminal or clusters.
_DROPPED = ("KUBECONFIG", "NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "TMUX", "KUBERNETES_SERVICE_HOST")


_ALTERNATE_SCREEN = b"1049"
"""A private mode of a terminal (xterm, "DEC Private Mode Set")."""

_ON_AT_FIRST = {b"7", b"25"}
"""Auto-wrap and visible cursor; all other private modes are off in a new terminal."""

_FRAME_SECONDS = 0.02
"""Between two keys of which each gets a frame of its own: Textual draws sixty frames a second."""

_SAME = 55
"""How often, at that interval, the same amount of unread output has to be seen."""


class Program:
    """One run of a command on a terminal of a given size.

    `wait` reads what the program draws until a condition holds; nothing else waits. Leaving the `with` block ends it.
    Each run has a state folder of its own: it is the first start, and leaves nothing in the developer's.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        environment: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self._state = tempfile.TemporaryDirectory()
        inherited = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        state = {"XDG_STATE_HOME": self._state.name}
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._settings_after: list[Any] | None = None
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(rows, columns),
            env={**inherited, "TERM": "xterm-256color", "LANG": "C.UTF-8", **state, **(environment or {})},
            cwd=cwd,
            timeout=None,
        )
        # Before each key, pexpect waits 50 ms for a prompt to turn off the echo; tests wait for what they need.
        self._child.delaybeforesend = None
        self._settings_before = termios.tcgetattr(self._child.child_fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.close(force=True)
        self._state.cleanup()

    @property
    def screen(self) -> pyte.Screen:
        return self._screen

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def pid(self) -> int:
        assert self._child.pid is not None
        return self._child.pid

    @property
    def left_as_found(self) -> bool:
        """Whether the terminal is restored: settings (echo, line mode, …), screen, cursor and modes."""
        switched = dict(re.findall(rb"\x1b\[\?(\d+)([hl])", self.raw))
        return (
            self._settings_after == self._settings_before
            and _ALTERNATE_SCREEN in switched
            and all(last == (b"h" if mode in _ON_AT_FIRST else b"l") for mode, last in switched.items())
            and len(re.findall(rb"\x1b\[>\d*u", self.raw)) == self.raw.count(b"\x1b[<u")
        )

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def fill(self, keys: str, limit: float = 30.0) -> None:
        """Press keys one by one, and read nothing of what the program draws until it has to wait for the terminal."""
        deadline = time.monotonic() + limit
        unread, same = 0, 0
        # Something is drawn for every key and every second: an amount that stays is all that the terminal takes.
        while keys or unread == 0 or same < _SAME:
            assert time.monotonic() < deadline, f"the terminal took {unread} bytes and is not full"
            if keys:
                self.press(keys[0])
                keys = keys[1:]
            former, unread = unread, self._unread()
            same = same + 1 if unread == former else 0
            time.sleep(_FRAME_SECONDS)

    def _unread(self) -> int:
        return int.from_bytes(fcntl.ioctl(self._child.child_fd, termios.FIONREAD, bytes(4)), sys.byteorder)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as when its window or its connection is closed."""
        child: Any = self._child
        child.ptyproc.fileobj.close()

    def end_unread(self, limit: float = 30.0) -> int:
        """As `end`, without reading what the program draws."""
        deadline = time.monotonic() + limit
        while self._child.isalive():
            assert time.monotonic() < deadline, f"the program did not end within {limit:.0f} s"
            time.sleep(0.02)
        return self._code()

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def wait(self, condition: Callable[[Program], bool], expected: str, limit: float = 30.0) -> None:
        """Read until `condition` holds; fail with `expected` after `limit` seconds, or when the program ends."""
        deadline = time.monotonic() + limit
        while not condition(self):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {limit:.0f} s for: {expected}\n{self.text}")
            if not self._read(0.05):
                if condition(self):
                    return
                raise AssertionError(f"the program ended while waiting for: {expected}\n{self.text}")

    def wait_for(self, text: str, limit: float = 30.0) -> None:
        self.wait(lambda program: text in program.text, repr(text), limit)

    def end(self, limit: float = 30.0) -> int:
        """Wait until the program ends; returns its exit code, or the negative number of the signal that ended it."""
        deadline = time.monotonic() + limit
        while self._read(0.05):
            if time.monotonic() > deadline:
                raise AssertionError(f"the program did not end within {limit:.0f} s\n{self.text}")
        self._settings_after = termios.tcgetattr(self._child.child_fd)
        self._child.close(force=False)
        return self._code()

    def _code(self) -> int:
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        assert self._child.exitstatus is not None
        return int(self._child.exitstatus)

    def _read(self, seconds: float) -> bool:
        """Feed the screen with output, waiting at most `seconds` for it; False once the program has ended."""
        try:
            # The stubs know only text mode, which is not the default.
            chunk: Any = self._child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += chunk
        self._stream.feed(chunk)
        return True
