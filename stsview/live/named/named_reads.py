"""The two kinds that are read by name for a picture, and the loops that read them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.live.named.point_reads import NODE_LEASES, PODS_BY_NAME, READ_SECONDS, PointReader, lease_key
from stsview.model.cache.coverage import KindCoverage
from stsview.objects.stream_messages import Batch

if TYPE_CHECKING:
    from stsview.model.store import Store


class _Loop:
    """Reads with the current reader while anything is wanted."""

    def __init__(self, clock: Clock) -> None:
        self.reader: PointReader | None = None
        self.wanted = asyncio.Event()
        self._clock = clock

    async def run(self) -> None:
        while True:
            if self.reader is not None and await self.reader.read():
                await self._clock.sleep(READ_SECONDS)
            else:
                self.wanted.clear()
                await self.wanted.wait()


class NamedReads:
    """Reads the leases of suspect nodes, and the pods of missing ordinals' names, for one picture at a time."""

    def __init__(
        self, clock: Clock, on_batch: Callable[[Batch], None], on_lease_coverage: Callable[[KindCoverage], None]
    ) -> None:
        """`on_lease_coverage` gets whether leases can be read."""
        self._clock = clock
        self._on_batch = on_batch
        self._on_lease_coverage = on_lease_coverage
        self._leases = _Loop(clock)
        self._pods = _Loop(clock)

    @property
    def pending(self) -> bool:
        """Whether something wanted was not read yet, and may be."""
        return any(reader.pending for reader in self._readers)

    def attach(self, session: Session, store: Store) -> None:
        """Read what `store` asks for."""
        self._leases.reader = PointReader(
            session,
            self._clock,
            NODE_LEASES,
            lambda: [lease_key(node) for node in store.suspects],
            self._on_batch,
            self._on_lease_coverage,
        )
        self._pods.reader = PointReader(session, self._clock, PODS_BY_NAME, lambda: store.sought, self._on_batch)

    def detach(self) -> None:
        """Report nothing more of the current picture."""
        for reader in self._readers:
            reader.stop()
        self._leases.reader = self._pods.reader = None

    def retry(self) -> None:
        """Ask again with the next read, even after a 403."""
        for reader in self._readers:
            reader.retry()

    def wake(self, store: Store) -> None:
        """Start reading if `store` asks for anything; called after each refresh."""
        if store.suspects:
            self._leases.wanted.set()
        if store.sought:
            self._pods.wanted.set()

    async def run(self) -> None:
        """Read until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._leases.run(), name="leases")
            tasks.create_task(self._pods.run(), name="pods by name")

    @property
    def _readers(self) -> list[PointReader]:
        return [loop.reader for loop in (self._leases, self._pods) if loop.reader is not None]
