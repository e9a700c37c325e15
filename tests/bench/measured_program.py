"""stsview as it is, with one more thread that measures how long its event loop stands still.

`python -m tests.bench.measured_program FILE ARGUMENTS…` writes the longest stall in seconds to FILE whenever it grows,
and whenever SIGUSR1 resets it. Between two SIGUSR2 it does not measure, for its own cost: some two hundredths of a
core.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from stsview.cli.main import main
from stsview.live.live import Live

_EVERY_SECONDS = 0.005


class StallMeter:
    """Asks the loop for an answer every 5 ms, and keeps the longest time that it took."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._longest = 0.0
        self._on = threading.Event()
        self._on.set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        signal.signal(signal.SIGUSR1, self._reset)
        signal.signal(signal.SIGUSR2, self._toggle)
        threading.Thread(target=self._measure, args=(loop,), daemon=True).start()

    def _reset(self, *_: object) -> None:
        self._longest = 0.0
        self._write()

    def _toggle(self, *_: object) -> None:
        if self._on.is_set():
            self._on.clear()
        else:
            self._on.set()

    def _write(self) -> None:
        self._path.write_text(f"{self._longest:.4f}\n")

    def _measure(self, loop: asyncio.AbstractEventLoop) -> None:
        answered = threading.Event()
        while self._on.wait():
            asked = time.monotonic()
            answered.clear()
            try:
                loop.call_soon_threadsafe(answered.set)
            except RuntimeError:
                return
            answered.wait()
            taken = time.monotonic() - asked
            if taken > self._longest:
                self._longest = taken
                self._write()
            time.sleep(_EVERY_SECONDS)


def _install(meter: StallMeter) -> None:
    run = Live.run

    async def measured(self: Live) -> Any:
        meter.start(asyncio.get_running_loop())
        await run(self)

    Live.run = measured  # type: ignore[method-assign]


if __name__ == "__main__":
    _install(StallMeter(Path(sys.argv[1])))
    sys.exit(main(sys.argv[2:]))
