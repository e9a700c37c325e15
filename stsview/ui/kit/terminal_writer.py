"""Writing to a terminal that may be slow, may stop reading, or may be gone."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

_MOST_PENDING = 64
"""How many texts wait for the terminal before more are dropped: the start of the app alone writes some twenty."""

_STOP_SECONDS = 1.0
"""How long a terminal may take for what is still to be written when the app leaves it."""


class TerminalWriter:
    """Writes to a terminal in a thread of its own; the caller never waits for it.

    Takes the place of Textual's `WriterThread`, whose queue blocks the event loop for as long as the terminal does not
    read, and for ever once the terminal is gone: the thread ends with the first error, and nothing empties the queue.
    """

    def __init__(self, file: TextIO, *, caught_up: Callable[[], None], lost: Callable[[], None]) -> None:
        """Start the thread.

        It calls `caught_up` once the terminal has read everything after something was dropped, and `lost` when the
        terminal is gone.
        """
        # Not the file itself: while it blocks it is locked, and Python aborts when it cannot flush it at exit.
        self._fileno = file.fileno()
        self._encoding = file.encoding
        self._caught_up = caught_up
        self._lost = lost
        self._pending: deque[str | None] = deque()
        self._changed = threading.Condition()
        self._dropped = False
        self._last = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="terminal-output")
        self._thread.start()

    def write(self, text: str) -> None:
        """Write `text`, or drop it where too much waits for the terminal."""
        with self._changed:
            # A later part of a frame alone would be drawn at the wrong place: drop all until the terminal caught up.
            self._dropped = not self._last and (self._dropped or len(self._pending) >= _MOST_PENDING)
            if not self._dropped:
                self._pending.append(text)
                self._changed.notify()

    def keep_all(self) -> None:
        """Drop nothing from here on: the texts that follow restore the terminal."""
        with self._changed:
            self._last = True
            self._dropped = False

    def stop(self) -> None:
        """Wait until everything is written, but not for long."""
        with self._changed:
            self._pending.append(None)
            self._changed.notify()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        gone = False
        while True:
            with self._changed:
                caught_up = self._dropped and not self._pending
                if caught_up:
                    self._dropped = False
                elif not self._pending:
                    self._changed.wait()
                texts = list(self._pending)
                self._pending.clear()
            if caught_up and not gone:
                self._caught_up()
            kept = "".join(text for text in texts if text is not None)
            if kept and not gone:
                try:
                    self._write(kept.encode(self._encoding, "replace"))
                except OSError:
                    # EIO: the other end of the pseudo-terminal was closed.
                    gone = True
                    self._lost()
            if None in texts:
                return

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._fileno, data) :]
