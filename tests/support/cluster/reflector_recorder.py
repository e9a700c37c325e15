"""A reflector under test, and what it delivered."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import Reflector, ReflectorSettings
from stsview.objects.kinds import STATEFULSETS, Kind, KubernetesObject
from stsview.objects.stream_messages import Applied, Batch, StreamHealth, StreamPhase
from tests.support.cluster.server import until


def obj(name: str, version: int = 1, uid: str = "", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "uid": uid or f"uid-{name}", "resourceVersion": str(version)}
    return {"metadata": metadata, **fields}


def event(type_: str, body: Any) -> dict[str, Any]:
    return {"type": type_, "object": body}


def added(name: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    return event("ADDED", obj(name, version, **fields))


def modified(name: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    return event("MODIFIED", obj(name, version, **fields))


def deleted(name: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    return event("DELETED", obj(name, version, **fields))


def bookmark(version: int, *, end: bool = False) -> dict[str, Any]:
    annotations = {"annotations": {"k8s.io/initial-events-end": "true"}} if end else {}
    return event("BOOKMARK", {"kind": "StatefulSet", "metadata": {"resourceVersion": str(version), **annotations}})


def page(*objects: Any, version: int = 10, token: str = "", remaining: int | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"resourceVersion": str(version)}
    if token:
        metadata["continue"] = token
    if remaining is not None:
        metadata["remainingItemCount"] = remaining
    return {"kind": "StatefulSetList", "apiVersion": "apps/v1", "metadata": metadata, "items": list(objects)}


class ReflectorRecorder:
    """Runs a reflector, and keeps all batches and healths, and the objects by name as a store does."""

    def __init__(
        self,
        session: Session,
        clock: ManualClock,
        kind: Kind = STATEFULSETS,
        namespace: str = "",
        settings: ReflectorSettings | None = None,
    ) -> None:
        self.clock = clock
        self.batches: list[Batch] = []
        self.healths: list[StreamHealth] = []
        self.objects: dict[str, KubernetesObject] = {}
        self.reflector = Reflector(
            session, kind, namespace, self._apply, self.healths.append, clock, random.Random(1), settings
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ReflectorRecorder:
        self._task = asyncio.create_task(self.reflector.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        assert not self._task.done(), "a reflector runs until it is cancelled"
        self._task.cancel()
        await asyncio.wait((self._task,))
        assert self._task.cancelled()
        assert self.health.phase is StreamPhase.STOPPED

    @property
    def health(self) -> StreamHealth:
        return self.healths[-1] if self.healths else StreamHealth(STATEFULSETS)

    @property
    def names(self) -> list[str]:
        return sorted(self.objects)

    async def shows(self, *names: str) -> None:
        """Wait until exactly these objects exist, after a complete list and with an open watch."""
        await until(
            lambda: self.names == sorted(names) and self.health.synced and self.health.phase is StreamPhase.LIVE
        )

    async def is_in(self, phase: StreamPhase) -> StreamHealth:
        await until(lambda: self.health.phase is phase)
        return self.health

    async def waits(self) -> float:
        """Wait until the next attempt is scheduled; returns the delay."""
        await until(lambda: self.health.retry_at is not None and self.clock.next_deadline is not None)
        assert self.health.retry_at is not None
        return self.health.retry_at - self.clock.monotonic()

    async def wait_out(self) -> float:
        """Let time pass until the next attempt; returns the delay."""
        delay = await self.waits()
        await self.clock.advance(delay)
        return delay

    def _apply(self, batch: Batch) -> None:
        self.batches.append(batch)
        if batch.replace:
            listed = {name for names in batch.listed.values() for name in names}
            self.objects = {name: found for name, found in self.objects.items() if name in listed}
        for change in batch.changes:
            name = change.object.metadata.name
            if isinstance(change, Applied):
                self.objects[name] = change.object
            else:
                self.objects.pop(name, None)
