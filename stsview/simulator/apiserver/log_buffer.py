"""The output of one container run, written by a kubelet and read by log requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from stsview.simulator.apiserver.wire import Object

MAX_LINES = 100_000
"""How many lines a node keeps of a run, before it rotates the file and serves the newer half only."""


class LogBuffer:
    """The output of one container run. Kubelets append, requests read and wait."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, str]] = []
        """Those that the node still serves."""
        self._rotated = 0
        self.closed = False
        self._changed = asyncio.Event()

    @property
    def written(self) -> int:
        """Number of lines written so far."""
        return self._rotated + len(self.lines)

    def append(self, when: datetime, text: str) -> None:
        """Append one line, without its line end."""
        self.extend([(when, text)])

    def extend(self, lines: Sequence[tuple[datetime, str]]) -> None:
        """Append lines, each with its time."""
        self.lines += lines
        if len(self.lines) > MAX_LINES:
            removed = len(self.lines) - MAX_LINES // 2
            del self.lines[:removed]
            self._rotated += removed
        self._notify()

    def since(self, seen: int) -> list[tuple[datetime, str]]:
        """The lines after the first `seen`, as far as the node still serves them."""
        return self.lines[max(0, seen - self._rotated) :]

    def close(self) -> None:
        """Tell readers that the container terminated."""
        self.closed = True
        self._notify()

    async def more_than(self, seen: int) -> bool:
        """Wait for more than `seen` lines; False when there will be no more."""
        while self.written <= seen and not self.closed:
            await self._changed.wait()
        return self.written > seen

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


LogProvider: TypeAlias = Callable[[Object, str, bool], LogBuffer | None]
"""Returns the log of a pod's container, or of its previous run; None without one. May raise `ApiError` when the kubelet
cannot be reached."""
