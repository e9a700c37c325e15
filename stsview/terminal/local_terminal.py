"""Standard input and output of this process, read and written without blocking the event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import signal
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

_BLOCK = 32 * 1024
"""Bytes that are read at a time."""


class LocalTerminal:
    """The three standard streams; with a terminal on input and output, its size and its raw mode.

    Close it after use: a thread that still waits for keys would take them from what reads the terminal next.
    """

    def __init__(self, stdin: int = 0, stdout: int = 1, stderr: int = 2) -> None:
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self.reads_keys = os.isatty(stdin)
        """Whether input is a terminal."""
        self.is_terminal = self.reads_keys and os.isatty(stdout)
        """Whether input and output are terminals."""
        self._wake_read, self._wake_write = os.pipe()
        self._reading = threading.Lock()
        self.at_line_start = True
        """Whether the last that was written ended a line."""
        self._closed = False

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows; 80, 24 where the terminal does not know."""
        with suppress(OSError):
            found = os.get_terminal_size(self._stdout)
            if found.columns and found.lines:
                return found.columns, found.lines
        return 80, 24

    async def read(self) -> bytes:
        """The next bytes of standard input; empty at its end, and once the terminal is closed."""
        return await asyncio.to_thread(self._read)

    async def write(self, data: bytes, *, error: bool = False) -> None:
        """Write all of `data` to standard output or error, and wait while nothing reads it. Raises `OSError`."""
        await asyncio.to_thread(_write_all, self._stderr if error else self._stdout, data)
        self.at_line_start = data.endswith(b"\n") if data else self.at_line_start

    def close(self) -> None:
        """Let reads that wait return."""
        if not self._closed:
            self._closed = True
            os.write(self._wake_write, b"x")
            with self._reading:
                os.close(self._wake_read)
                os.close(self._wake_write)

    @contextmanager
    def raw(self) -> Iterator[None]:
        """Pass every key on as it is, Ctrl-C included. The terminal is as before afterwards, whatever happens."""
        former = termios.tcgetattr(self._stdin)
        try:
            tty.setraw(self._stdin, termios.TCSANOW)
            with _handled(signal.SIGCONT, lambda: tty.setraw(self._stdin, termios.TCSANOW)):
                yield
        finally:
            # Not TCSADRAIN: a terminal that does not read would block for ever.
            with suppress(termios.error):
                termios.tcsetattr(self._stdin, termios.TCSANOW, former)
                # Keys that the ended program did not read are not commands for the shell that started us.
                termios.tcflush(self._stdin, termios.TCIFLUSH)

    @contextmanager
    def on_resize(self, resized: Callable[[], None]) -> Iterator[None]:
        """Call `resized` in the event loop whenever the size may have changed."""
        loop = asyncio.get_running_loop()

        def notify() -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(resized)

        with _handled(signal.SIGWINCH, notify):
            yield

    def _read(self) -> bytes:
        with self._reading:
            if self._closed:
                return b""
            ready, _, _ = select.select([self._stdin, self._wake_read], [], [])
            if self._wake_read in ready:
                return b""
            try:
                return os.read(self._stdin, _BLOCK)
            except BlockingIOError:
                return self._read_later()
            except OSError as error:
                if error.errno == errno.EIO:
                    # The other end of the terminal is gone.
                    return b""
                raise

    def _read_later(self) -> bytes:
        """Read from a stream that another process has made non-blocking."""
        while not select.select([self._wake_read], [], [], 0.01)[0]:
            with suppress(BlockingIOError):
                return os.read(self._stdin, _BLOCK)
        return b""


def _write_all(fileno: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fileno, data) :]
        except BlockingIOError:
            select.select([], [fileno], [])


@contextmanager
def _handled(number: signal.Signals, handler: Callable[[], None]) -> Iterator[None]:
    """Call `handler` for a signal.

    Not by the event loop: asyncio would take over the file descriptor by which the dashboard learns of SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def call(_number: int, _frame: Any) -> None:
        handler()

    former = signal.signal(number, call)
    try:
        yield
    finally:
        signal.signal(number, former)
