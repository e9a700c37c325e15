"""Textual's driver for Linux and macOS, without three of its faults."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from stsview.ui.kit.terminal_writer import TerminalWriter


class TerminalDriver(LinuxDriver):
    """Draws on whichever standard stream is a terminal, survives SIGCONT, and never waits for the terminal.

    Textual 8.2 always draws on standard error: with `2>file` the terminal stays blank. On a SIGCONT without a SIGTSTP
    before it, as after `kill -STOP`, it starts a second time: then two threads read the keyboard, only one of them
    ends, and the process hangs on exit with the terminal in raw mode. Its writer blocks the event loop, and with it
    every signal, while the terminal does not read: see `TerminalWriter`.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._starting = False
        self._writer: TerminalWriter | None = None
        streams = (stream for stream in (sys.__stderr__, sys.__stdout__) if stream is not None)
        self._file = next((stream for stream in streams if stream.isatty()), self._file)
        assert self._file is not None  # noqa: S101 - there is a terminal, or the app would not start
        self._terminal: TextIO = self._file

    def start_application_mode(self) -> None:
        # A signal handler may interrupt another one: a second start within the first would save the terminal's
        # attributes when they are changed already.
        if self._starting:
            return
        self._starting = True
        try:
            if self._writer is not None:
                self.suspend_application_mode()
                # Whatever was drawn is gone: the app draws all of it again.
                self._must_signal_resume = True
            loop = asyncio.get_running_loop()
            self._writer = TerminalWriter(
                self._terminal,
                caught_up=lambda: _call_in(loop, self._draw_all),
                lost=lambda: _call_in(loop, self._leave),
            )
            super().start_application_mode()  # type: ignore[no-untyped-call]
            if self._writer_thread is None:
                # In the background of its shell: the next SIGCONT starts again.
                self.close()
            else:
                # Textual's own thread has nothing to write.
                self._writer_thread.stop()
                self._writer_thread = None
        finally:
            self._starting = False

    def write(self, data: str) -> None:
        # Nothing is drawn while the terminal is someone else's.
        if self._writer is not None:
            self._writer.write(data)

    def disable_input(self) -> None:
        # The texts that restore the terminal follow.
        if self._writer is not None:
            self._writer.keep_all()
        super().disable_input()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer = None

    def _draw_all(self) -> None:
        for screen in self._app.screen_stack[-1:]:
            screen.refresh()

    def _leave(self) -> None:
        """Exit as after a hangup: without a terminal the keyboard is gone as well."""
        self._app.exit(return_code=128 + signal.SIGHUP)


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Call `function` in the event loop; not at all once that is closed."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        return
