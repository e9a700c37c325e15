"""The output of one container run, written by a kubelet and read by log requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from stsview.simulator.apiserver.wire import Object


class LogBuffer:
    """What one run of a container has written so far. Kubelets append; requests read and wait for more."""

    def __init__(self) -> None:
        self.lines: list[tuple[datetime, str]] = []
        self.closed = False
        self._changed = asyncio.Event()

    def append(self, when: datetime, text: str) -> None:
        """One line, without its line end."""
        self.lines.append((when, text))
        self._wake()

    def close(self) -> None:
        """The container has ended: whoever follows is told so."""
        self.closed = True
        self._wake()

    async def more_than(self, seen: int) -> bool:
        """Wait until there are more than `seen` lines; False when there never will be."""
        while len(self.lines) <= seen and not self.closed:
            await self._changed.wait()
        return len(self.lines) > seen

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


LogProvider: TypeAlias = Callable[[Object, str, bool], LogBuffer | None]
"""Of a pod, a container and whether its previous run is meant: the log, None when there is none.

May raise `ApiError`, as the API server answers when a kubelet cannot be reached.
"""
