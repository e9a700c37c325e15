"""Expiry of events an hour after their last write (kube-apiserver --event-ttl)."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import EVENTS
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.engine import Engine

EVENT_SECONDS = 3600.0


class EventTtl:
    """Removes expired Events; its keys are Events."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._expires: dict[Key, float] = {}
        informers.on_any_change(self._on_event)

    def reconcile(self, key: Key) -> float | None:
        expires = self._expires.get(key)
        if expires is None:
            return None
        left = expires - self._storage.clock.monotonic()
        if left > 0.001:
            return left
        if self._storage.find(EVENTS, *key) is not None:
            self._storage.remove_now(EVENTS, *key)
        return None

    def _on_event(self, event: WatchEvent) -> None:
        if event.resource is not EVENTS:
            return
        key = key_of(event.object)
        if event.type == "DELETED":
            self._expires.pop(key, None)
            return
        self._expires[key] = self._storage.clock.monotonic() + EVENT_SECONDS
        if event.type == "ADDED":
            self._engine.enqueue(self, key, EVENT_SECONDS)
