"""Textual's driver for Linux and macOS, without two of its faults."""

from __future__ import annotations

import sys

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Draws on whichever standard stream is a terminal, and survives SIGCONT.

    Textual 8.2 always draws on standard error: with `2>file` the terminal stays blank. On a SIGCONT without a SIGTSTP
    before it, as after `kill -STOP`, it starts a second time: then two threads read the keyboard, only one of them
    ends, and the process hangs on exit with the terminal in raw mode.
    """

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._starting = False
        streams = (stream for stream in (sys.__stderr__, sys.__stdout__) if stream is not None)
        self._file = next((stream for stream in streams if stream.isatty()), self._file)

    def start_application_mode(self) -> None:
        # A signal handler may interrupt another one: a second start within the first would save the terminal's
        # attributes when they are changed already.
        if self._starting:
            return
        self._starting = True
        try:
            if self._writer_thread is not None:
                self.suspend_application_mode()
                # Whatever was drawn is gone: the app draws all of it again.
                self._must_signal_resume = True
            super().start_application_mode()  # type: ignore[no-untyped-call]
        finally:
            self._starting = False

    def write(self, data: str) -> None:
        # Nothing is drawn while the terminal is someone else's: its queue would fill, and block the app.
        if self._writer_thread is not None:
            super().write(data)

    def close(self) -> None:
        super().close()
        self._writer_thread = None
