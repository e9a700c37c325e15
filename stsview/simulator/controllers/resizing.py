"""Volume expansion for PVCs that request more than they have.

Source: kubernetes/pkg/controller/volume/expand, external-resizer, and the kubelet's node expansion. All of it is one
step here: drivers expand online.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from stsview.simulator.apiserver.resources import CLAIMS, VOLUMES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.engine import Engine
from stsview.simulator.latencies import Latencies
from stsview.simulator.quantities import in_bytes

COMPONENT = "external-resizer"


class ResizeController:
    """Expands volumes; its keys are PVCs."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        *,
        latencies: Latencies,
        rng: random.Random,
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._latencies = latencies
        self._rng = rng
        self._recorder = EventRecorder(sink, COMPONENT)
        self._done_at: dict[str, float] = {}
        informers.claims.add_event_handler(self._on_claim)

    def reconcile(self, key: Key) -> float | None:
        claim = self._informers.claims.get(*key)
        if claim is None or not _wants_more(claim):
            return None
        uid, now = claim["metadata"]["uid"], self._storage.clock.monotonic()
        if uid not in self._done_at:
            self._done_at[uid] = now + self._latencies.vary(self._latencies.provision, self._rng)
            self._begin(claim)
        left = self._done_at[uid] - now
        if left > 1e-6:
            return left
        del self._done_at[uid]
        self._finish(claim)
        return None

    def _begin(self, claim: Object) -> None:
        now = timestamp(self._storage.clock.now())
        condition = {"type": "Resizing", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
        self._write(claim, lambda status: status.update(conditions=[condition]))
        volume = claim["spec"]["volumeName"]
        text = f"External resizer is resizing volume {volume}"
        self._recorder.event(CLAIMS, claim, "Normal", "Resizing", text)

    def _finish(self, claim: Object) -> None:
        size, volume = claim["spec"]["resources"]["requests"]["storage"], claim["spec"]["volumeName"]
        self._storage.modify(
            VOLUMES, "", volume, lambda one: one["spec"]["capacity"].update(storage=size), manager=COMPONENT
        )

        def change(status: Object) -> None:
            status["capacity"] = {"storage": size}
            status.pop("conditions", None)

        self._write(claim, change)
        self._recorder.event(CLAIMS, claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")

    def _write(self, claim: Object, change: Callable[[Object], None]) -> None:
        metadata = claim["metadata"]
        self._storage.modify(
            CLAIMS,
            metadata["namespace"],
            metadata["name"],
            lambda one: change(one["status"]),
            subresource="status",
            manager=COMPONENT,
        )

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        if after is not None and _wants_more(after):
            self._engine.enqueue(self, key_of(after))


def _wants_more(claim: Object) -> bool:
    if claim["status"].get("phase") != "Bound":
        return False
    wanted = in_bytes(claim["spec"]["resources"]["requests"]["storage"])
    has = in_bytes((claim["status"].get("capacity") or {}).get("storage", "0"))
    return wanted > has
