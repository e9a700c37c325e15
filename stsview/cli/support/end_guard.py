"""The end of the dashboard: by a signal, and by a deadline if something hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any

_FATAL = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

DEADLINE_SECONDS = 5.0
"""How long the program may take to end once it was asked to. Closing its connections takes up to two."""


class EndGuard:
    """Ends the program on a signal, and in any case once it was asked to end.

    A thread of its own reads the signals: Python runs handlers in the main thread, and asyncio only while its loop
    turns. Neither can be relied on when a terminal is gone, or something waits for a lock.
    """

    def __init__(self, on_signal: Callable[[int], None]) -> None:
        """Take over SIGTERM, SIGHUP and SIGINT: the first one calls `on_signal` with its number, in a thread."""
        self._on_signal = on_signal
        self._clean_up: list[Callable[[], None]] = []
        self._code: int | None = None
        self._lock = threading.Lock()
        self._terminal = _terminal_settings()
        self._signals, write_end = os.pipe()
        os.set_blocking(write_end, False)
        # Python writes the number of each signal to it, in the handler that the kernel calls.
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in _FATAL:
            signal.signal(number, _ignore)
        threading.Thread(target=self._read, daemon=True, name="signals").start()

    def clean_up_with(self, function: Callable[[], None]) -> None:
        """Call `function` before the process is ended at the deadline. It must not block."""
        self._clean_up.append(function)

    def ends(self, code: int) -> None:
        """End the process with `code` if it is still there at the deadline. Later calls only change the code."""
        with self._lock:
            first, self._code = self._code is None, code
        if first:
            timer = threading.Timer(DEADLINE_SECONDS, self._end_now)
            timer.daemon = True
            timer.start()

    def _read(self) -> None:
        while received := os.read(self._signals, 1):
            if (number := received[0]) in _FATAL and self._code is None:
                self.ends(128 + number)
                self._on_signal(number)

    def _end_now(self) -> None:
        for function in self._clean_up:
            with contextlib.suppress(Exception):
                function()
        if self._terminal is not None:
            # A process in the background of its shell would be stopped for changing the terminal.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(sys.__stdin__, termios.TCSANOW, self._terminal)  # type: ignore[arg-type]
                _restore_screen()
        os._exit(self._code or 0)


_LEAVE = b"\x1b[<u\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?1049l\x1b[?25h"
"""What Textual's driver writes when it leaves the terminal: keyboard, paste, wrap, mouse, focus, screen and cursor."""


def _restore_screen() -> None:
    """Write `_LEAVE`, if the terminal takes it at once."""
    # Opened again, it can be non-blocking without becoming so for other programs.
    fileno = os.open(os.ttyname(sys.__stdin__.fileno()), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)  # type: ignore[union-attr]
    os.write(fileno, _LEAVE)


def _terminal_settings() -> list[Any] | None:
    try:
        return termios.tcgetattr(sys.__stdin__)  # type: ignore[arg-type]
    except (termios.error, ValueError, TypeError):
        return None


def _ignore(*_: object) -> None:
    """Handle a signal: its number has been written for the thread that reads them."""
