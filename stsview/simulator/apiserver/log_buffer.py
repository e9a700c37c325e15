"""The output of one container run, written by a kubelet and read by log requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from stsview.simulator.apiserver.wire import Object


class LogBuffer:
    """The output of one container run. Kubelets append, requests read and wait."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, str]] = []
        self.closed = False
        self._changed = asyncio.Event()

    def append(self, when: datetime, text: str) -> None:
        """Append one line, without its line end."""
        self.lines.append((when, text))
        self._notify()

    def close(self) -> None:
        """Tell readers that the container terminated."""
        self.closed = True
        self._notify()

    async def more_than(self, seen: int) -> bool:
        """Wait for more than `seen` lines; False when there will be no more."""
        while len(self.lines) <= seen and not self.closed:
            await self._changed.wait()
        return len(self.lines) > seen

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


LogProvider: TypeAlias = Callable[[Object, str, bool], LogBuffer | None]
"""Returns the log of a pod's container, or of its previous run; None without one. May raise `ApiError` when the kubelet
cannot be reached."""
