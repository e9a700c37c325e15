"""What every `Source` without a cluster has in common."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from pathlib import Path
from typing import Self

from stsview.live.errors import CannotRead, CannotRecord, CannotStart
from stsview.live.snapshot import Listener, WatchedUsage
from stsview.model.usage.set_usage import SetUsage
from stsview.objects.log_messages import ContainerRun, LogBatch, LogRequest, LogTail
from stsview.objects.meta import Key


class OfflineSource(ABC):
    """Listeners, and answers to what only a cluster could tell."""

    def __init__(self, name: str, medium: str) -> None:
        """`name` stands for the context; `medium` is what the data comes from, as in `not in the files`."""
        self._name = name
        self._medium = medium
        self._listeners: list[Listener] = []
        self._opened: Key | None = None
        self._quoted: LogTail | None = None
        self._watched_usage: WatchedUsage | None = None

    @abstractmethod
    def _publish(self, changed: frozenset[Key] = frozenset()) -> None:
        """Publish a snapshot, with the detail of the open set and the wanted log."""

    def part(self, key: Key) -> Self:
        return self

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def contexts(self) -> Sequence[str]:
        return (self._name,)

    async def switch_context(self, context: str) -> None:
        if context != self._name:
            raise CannotStart(f"{self._name} is a file: start stsview without it for a cluster")

    def retry(self) -> None:  # noqa: B027 - nothing is what it does
        """Do nothing: a file has no connection."""

    def open(self, key: Key | None) -> None:
        self._opened = key
        self._publish()

    def in_sight(self, keys: Collection[Key]) -> None:  # noqa: B027 - as above
        """Do nothing: every snapshot is complete."""

    def give_way(self) -> None:  # noqa: B027 - as above
        """Do nothing: nothing that takes long is computed between snapshots."""

    def quote_log(self, run: ContainerRun | None) -> None:
        tail = LogTail(run, problem=f"logs are not in the {self._medium}", read=True) if run is not None else None
        if tail != self._quoted:
            self._quoted = tail
            self._publish()

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        watched = WatchedUsage(key, problem=f"usage is not in the {self._medium}") if key is not None else None
        if watched != self._watched_usage:
            self._watched_usage = watched
            self._publish()

    async def record(self, path: Path | None) -> None:
        raise CannotRecord(f"the data comes from a {self._medium.removesuffix('s')}: there is nothing to record")

    async def usage(self, key: Key) -> SetUsage:
        raise CannotRead(f"usage is not in the {self._medium}")

    async def logs(self, request: LogRequest) -> AsyncGenerator[LogBatch, None]:
        raise CannotRead(f"logs are not in the {self._medium}")
        yield  # An asynchronous generator, as the protocol has it.
