"""The kubelet's part of a volume expansion: the file system.

Sources: kubernetes/pkg/volume/util/operationexecutor/{node_expander,operation_generator}.go (expandOnPlugin,
expandVolumeDuringMount, GenerateExpandInUseVolumeFunc), pkg/volume/csi/expander.go.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.events import EventRecorder
from stsview.simulator.controllers.informers import Informers, Key, claims_of, key_of
from stsview.simulator.controllers.resizing import claim_status
from stsview.simulator.controllers.resizing.drivers import DriverError, Expansion, Outcome, driver_of
from stsview.simulator.engine import Engine
from stsview.simulator.latencies import Latencies

CALL_SECONDS = 120.0
"""How long the kubelet waits for NodeExpandVolume (csiTimeout)."""
BACKOFF = (0.5, 1, 2, 4, 8, 16, 32, 64, 122)
"""Seconds before a failed volume operation is retried (pkg/util/goroutinemap/exponentialbackoff)."""


class FileSystemExpansion:
    """Expands the file systems of grown volumes: of mounted ones, and of others when a pod mounts them.

    Its keys are PVCs.
    """

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        recorder: Callable[[str], EventRecorder],
        works: Callable[[str], bool],
        *,
        latencies: Latencies,
        rng: random.Random,
    ) -> None:
        """`recorder` returns that of a node's kubelet; `works` whether the kubelet of a node does."""
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._recorder = recorder
        self._works = works
        self._latencies = latencies
        self._rng = rng
        self._mounted: set[str] = set()
        """The uids of pods whose volumes are mounted."""
        self._due: dict[str, float] = {}
        """When the call for a claim returns, or its next one begins, by the claim's uid. Monotonic seconds."""
        self._calls: set[str] = set()
        """The uids of claims with a call in progress."""
        self._failures: dict[str, int] = {}
        self._in_use_errors: set[tuple[str, str]] = set()
        """Pods by uid, and claims by uid, for which the driver expands only what is not in use."""
        informers.claims.add_event_handler(self._on_claim)

    def reconcile(self, key: Key) -> float | None:
        """Expand a mounted file system."""
        claim = self._informers.claims.get(*key)
        if claim is None or not self._is_due(claim):
            if claim is not None:
                self._forget(claim)
            return None
        pod = self._mounting_pod(claim)
        if pod is None:
            self._forget(claim)
            return None
        uid, now = claim["metadata"]["uid"], self._storage.clock.monotonic()
        if self._due.get(uid, 0.0) > now + 1e-6:
            return self._due[uid] - now
        if uid not in self._calls:
            claim = self._begin(claim)
            self._calls.add(uid)
            self._due[uid] = now + self._duration(claim)
            return self._due[uid] - now
        self._calls.discard(uid)
        error = self._end(claim, pod, mounting=False)
        if error is None:
            self._forget(claim)
            return None
        if error.outcome is Outcome.IN_USE:
            self._in_use_errors.add((pod["metadata"]["uid"], uid))
            return None
        text = f'NodeExpandVolume.NodeExpandVolume failed for volume "{_volume_name(claim)}" : {_wrapped(error)}'
        self._recorder(pod["spec"]["nodeName"]).event(PODS, pod, "Warning", "VolumeResizeFailed", text)
        failures = self._failures.get(uid, 0)
        self._failures[uid] = failures + 1
        wait = BACKOFF[min(failures, len(BACKOFF) - 1)]
        self._due[uid] = now + wait
        return wait

    def mount(self, pod: Object) -> Iterator[float | str]:
        """Expand the file systems that a pod is about to mount.

        Yields the seconds that each call takes, and the error of one that failed: then the volume is not mounted.
        """
        for key in claims_of(pod):
            claim = self._informers.claims.get(*key.split("/", 1))
            if claim is None or not self._is_due(claim):
                continue
            claim = self._begin(claim)
            yield self._duration(claim)
            error = self._end(claim, pod, mounting=True)
            if error is not None:
                text = f'MountVolume.MountDevice failed while expanding volume for volume "{_volume_name(claim)}" : '
                yield text + _wrapped(error)

    def mounted(self, pod: Object) -> None:
        """The volumes of a pod are mounted."""
        self._mounted.add(pod["metadata"]["uid"])
        self.look_again(pod)

    def unmounted(self, uid: str) -> None:
        """A pod has gone."""
        self._mounted.discard(uid)
        self._in_use_errors = {one for one in self._in_use_errors if one[0] != uid}

    def look_again(self, pod: Object) -> None:
        """Reconcile the claims of a pod."""
        for key in claims_of(pod):
            claim = self._informers.claims.get(*key.split("/", 1))
            if claim is not None and self._is_due(claim):
                self._engine.enqueue(self, key_of(claim))

    def _is_due(self, claim: Object) -> bool:
        """Whether the volume has grown, and the kubelet may expand its file system (runPreCheck)."""
        return claim_status.resize_state(claim) in (claim_status.NODE_PENDING, claim_status.NODE_IN_PROGRESS)

    def _mounting_pod(self, claim: Object) -> Object | None:
        """A pod whose kubelet can expand the file system now."""
        metadata = claim["metadata"]
        for pod in self._informers.pods.by_index("claim", f"{metadata['namespace']}/{metadata['name']}"):
            uid = pod["metadata"]["uid"]
            usable = uid in self._mounted and "deletionTimestamp" not in pod["metadata"]
            if usable and self._works(pod["spec"]["nodeName"]) and (uid, metadata["uid"]) not in self._in_use_errors:
                return pod
        return None

    def _duration(self, claim: Object) -> float:
        """Seconds that NodeExpandVolume takes."""
        volume = self._informers.volumes.get("", _volume_name(claim))
        if volume is not None and driver_of(claim, volume, self._informers).expansion is Expansion.NEVER_NODE:
            return CALL_SECONDS
        return self._latencies.vary(self._latencies.expand, self._rng)

    def _begin(self, claim: Object) -> Object:
        return self._write(claim, lambda status: claim_status.set_state(status, claim_status.NODE_IN_PROGRESS))

    def _end(self, claim: Object, pod: Object, *, mounting: bool) -> DriverError | None:
        """The result of NodeExpandVolume, written to the claim."""
        volume = self._informers.volumes.get("", _volume_name(claim))
        if volume is None:
            return None
        size, now = volume["spec"]["capacity"]["storage"], timestamp(self._storage.clock.now())
        error = driver_of(claim, volume, self._informers).node_error(size, mounting=mounting)
        if error is None:
            self._write(claim, lambda status: claim_status.finish(status, size))
            node = pod["spec"]["nodeName"]
            text = f'MountVolume.NodeExpandVolume succeeded for volume "{volume["metadata"]["name"]}" {node}'
            self._recorder(node).event(PODS, pod, "Normal", "FileSystemResizeSuccessful", text)
            self._recorder(node).event(CLAIMS, claim, "Normal", "FileSystemResizeSuccessful", text)
        elif error.outcome is not Outcome.UNCERTAIN:
            state = claim_status.NODE_INFEASIBLE if error.outcome is Outcome.INFEASIBLE else ""
            self._write(
                claim,
                lambda status: claim_status.fail(status, claim_status.NODE_ERROR, _wrapped(error), now, state),
            )
        return error

    def _write(self, claim: Object, change: Callable[[Object], None]) -> Object:
        metadata = claim["metadata"]
        return self._storage.modify(
            CLAIMS,
            metadata["namespace"],
            metadata["name"],
            partial(_change_status, change=change),
            subresource="status",
            manager="kubelet",
        )

    def _forget(self, claim: Object) -> None:
        uid = claim["metadata"]["uid"]
        self._due.pop(uid, None)
        self._failures.pop(uid, None)
        self._calls.discard(uid)

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        if after is not None and self._is_due(after) and (before is None or not self._is_due(before)):
            self._engine.enqueue(self, key_of(after), self._latencies.notice)


def _change_status(claim: Object, change: Callable[[Object], None]) -> None:
    change(claim["status"])


def _volume_name(claim: Object) -> str:
    return claim["spec"].get("volumeName", "")  # type: ignore[no-any-return]


def _wrapped(error: DriverError) -> str:
    return f"Expander.NodeExpand failed to expand the volume : {error.text}"
