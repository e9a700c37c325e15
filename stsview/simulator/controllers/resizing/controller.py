"""Volume expansion on the side of the control plane, for PVCs that request more than they have.

Sources: pkg/controller/expand_and_recover.go of external-resizer 2 (expandAndRecover, callResizeOnPlugin), and
kubernetes/pkg/controller/volume/expand/expand_controller.go. The kubelet expands the file system
(`stsview.simulator.nodes.expansion`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from stsview.simulator.apiserver.resources import CLAIMS, VOLUMES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.controllers.resizing import claim_status
from stsview.simulator.controllers.resizing.drivers import Driver, DriverError, Expansion, Outcome, driver_of
from stsview.simulator.controllers.statefulset.state import phase_of
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.engine import Engine
from stsview.simulator.latencies import Latencies
from stsview.simulator.quantities import in_bytes

COMPONENT = "external-resizer"
CALL_SECONDS = 10.0
"""How long external-resizer waits for a driver (--timeout)."""
FIRST_RETRY = 1.0
LAST_RETRY = 300.0
"""Seconds, doubled with each failure (--retry-interval-start, --retry-interval-max)."""
RESYNC = 600.0
"""Seconds after which external-resizer looks at every claim again (--resync-period)."""
PRE_RESIZE_CAPACITY = "volume.alpha.kubernetes.io/pre-resize-capacity"


@dataclass
class _Attempts:
    """The expansions of one claim."""

    size: str = ""
    """The size of the call that is in progress; empty without one."""
    due: float = 0.0
    """When it returns; without one, when the next may begin. Monotonic seconds."""
    failed: str = ""
    """The size at which the last attempt failed."""
    failures: int = 0
    final_error: bool = False
    """Whether the last error was a final one."""
    slow: bool = False
    """Whether the size was found infeasible twice: then the next attempts are `LAST_RETRY` apart."""
    in_use_error: bool = False
    announced: int = 0
    """Bytes of the request about which the expand controller has recorded its event."""


class ResizeController:
    """Expands volumes; its keys are PVCs."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        settings: ProvisionerSettings,
        *,
        served: Collection[str],
        latencies: Latencies,
        rng: random.Random,
    ) -> None:
        """`served` are the provisioners whose external-resizer runs."""
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._settings = settings
        self._served = frozenset(served)
        self._latencies = latencies
        self._rng = rng
        self._sink = sink
        self._expand_controller = EventRecorder(sink, "volume_expand")
        self._resizers: dict[str, EventRecorder] = {}
        self._attempts: dict[str, _Attempts] = {}
        informers.claims.add_event_handler(self._on_claim)
        informers.pods.add_event_handler(self._on_pod)
        informers.classes.add_event_handler(self._on_class)

    def reconcile(self, key: Key) -> float | None:
        claim = self._informers.claims.get(*key)
        if claim is None or claim["status"].get("phase") != "Bound":
            return None
        volume = self._informers.volumes.get("", claim["spec"].get("volumeName", ""))
        if volume is None or (volume["spec"].get("claimRef") or {}).get("uid") != claim["metadata"]["uid"]:
            return None
        self._forget_previous_capacity(claim, volume)
        uid, now = claim["metadata"]["uid"], self._storage.clock.monotonic()
        if not _wants_more(claim):
            self._attempts.pop(uid, None)
            return None
        attempts = self._attempts.setdefault(uid, _Attempts())
        self._announce(claim, attempts)
        driver = driver_of(claim, volume, self._informers)
        if self._runs_no_resizer(driver, volume):
            return RESYNC
        if not attempts.size:
            size = _target(claim, volume, final_error=attempts.final_error)
            if not size:
                return RESYNC
            if attempts.failed == size and attempts.due > now + 1e-6:
                return attempts.due - now
            if not self._begin(claim, volume, driver, attempts, size):
                return self._delay(attempts, size)
            wait = CALL_SECONDS if driver.expansion is Expansion.NEVER else self._latencies.provision
            attempts.size, attempts.due = size, now + self._latencies.vary(wait, self._rng)
        if attempts.due > now + 1e-6:
            return attempts.due - now
        return self._return(claim, volume, driver, attempts)

    def _runs_no_resizer(self, driver: Driver, volume: Object) -> bool:
        provisioner = (volume["spec"].get("csi") or {}).get("driver", "")
        unserved = bool(provisioner) and provisioner not in self._served
        return unserved or self._settings.silent or driver.expansion is Expansion.ABSENT

    def _begin(self, claim: Object, volume: Object, driver: Driver, attempts: _Attempts, size: str) -> bool:
        """Write that the expansion is in progress. False when a pod uses the volume, and the driver refused that."""
        now, again = timestamp(self._storage.clock.now()), claim_status.allocated(claim) == size
        attempts.slow = again and claim_status.resize_state(claim) == claim_status.CONTROLLER_INFEASIBLE
        claim = self._write(claim, lambda status: claim_status.begin(status, size, now, again=again))
        metadata, recorder = claim["metadata"], self._recorder(volume)
        if attempts.in_use_error and self._in_use(claim):
            text = (
                f"Unable to expand {metadata['namespace']}/{metadata['name']} because CSI driver "
                f"{_driver_name(volume)} only supports offline expansion and volume is currently in-use"
            )
            recorder.event(CLAIMS, claim, "Warning", "VolumeResizeFailed", text)
            return False
        text = f"External resizer is resizing volume {volume['metadata']['name']}"
        recorder.event(CLAIMS, claim, "Normal", "Resizing", text)
        attempts.in_use_error = False
        return True

    def _return(self, claim: Object, volume: Object, driver: Driver, attempts: _Attempts) -> float | None:
        """What follows when the driver returns."""
        size, attempts.size = attempts.size, ""
        error = driver.controller_error(size, in_use=self._in_use(claim))
        if error is not None:
            self._fail(claim, volume, attempts, error)
            return self._delay(attempts, size)
        attempts.failed, attempts.failures, attempts.final_error, attempts.slow = "", 0, False, False
        self._grow(claim, volume, size, driver.resizes_on_node)
        now, recorder = timestamp(self._storage.clock.now()), self._recorder(volume)
        if driver.resizes_on_node:
            self._write(claim, lambda status: claim_status.await_node(status, now))
            text = "Require file system resize of volume on node"
            recorder.event(CLAIMS, claim, "Normal", "FileSystemResizeRequired", text)
        else:
            self._write(claim, lambda status: claim_status.finish(status, size))
            recorder.event(CLAIMS, claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
        return RESYNC

    def _fail(self, claim: Object, volume: Object, attempts: _Attempts, error: DriverError) -> None:
        now = timestamp(self._storage.clock.now())
        attempts.in_use_error = error.outcome is Outcome.IN_USE
        attempts.final_error = error.outcome is not Outcome.UNCERTAIN
        attempts.slow = attempts.slow and error.outcome is Outcome.INFEASIBLE
        if attempts.final_error:
            state = claim_status.CONTROLLER_INFEASIBLE if error.outcome is Outcome.INFEASIBLE else ""
            self._write(
                claim,
                lambda status: claim_status.fail(status, claim_status.CONTROLLER_ERROR, error.text, now, state),
            )
        text = f'resize volume "{volume["metadata"]["name"]}" by resizer "{_driver_name(volume)}" failed: {error.text}'
        self._recorder(volume).event(CLAIMS, claim, "Warning", "VolumeResizeFailed", text)

    def _delay(self, attempts: _Attempts, size: str) -> float:
        """Seconds until the next attempt after a failure."""
        wait = LAST_RETRY if attempts.slow else min(FIRST_RETRY * 2 ** min(attempts.failures, 20), LAST_RETRY)
        attempts.failed, attempts.failures = size, attempts.failures + 1
        attempts.due = self._storage.clock.monotonic() + wait
        return wait

    def _grow(self, claim: Object, volume: Object, size: str, on_node: bool) -> None:
        """Write the new size of the volume, and the previous one while the file system has not grown."""

        def change(one: Object) -> None:
            one["spec"]["capacity"].update(storage=size)
            if on_node:
                one["metadata"].setdefault("annotations", {}).setdefault(
                    PRE_RESIZE_CAPACITY, claim_status.capacity(claim)
                )

        self._storage.modify(VOLUMES, "", volume["metadata"]["name"], change, manager=COMPONENT)

    def _forget_previous_capacity(self, claim: Object, volume: Object) -> None:
        annotations = volume["metadata"].get("annotations") or {}
        grown = in_bytes(claim_status.capacity(claim)) >= in_bytes(volume["spec"]["capacity"]["storage"])
        if grown and PRE_RESIZE_CAPACITY in annotations:
            self._storage.modify(
                VOLUMES,
                "",
                volume["metadata"]["name"],
                lambda one: one["metadata"]["annotations"].pop(PRE_RESIZE_CAPACITY),
                manager=COMPONENT,
            )

    def _announce(self, claim: Object, attempts: _Attempts) -> None:
        """The event of the expand controller of kube-controller-manager, once for each larger request."""
        size = in_bytes(claim_status.requested(claim))
        if size > attempts.announced:
            attempts.announced = size
            text = "waiting for an external controller to expand this PVC"
            self._expand_controller.event(CLAIMS, claim, "Normal", "ExternalExpanding", text)

    def _in_use(self, claim: Object) -> bool:
        metadata = claim["metadata"]
        users = self._informers.pods.by_index("claim", f"{metadata['namespace']}/{metadata['name']}")
        return any(phase_of(pod) not in ("Succeeded", "Failed") for pod in users)

    def _recorder(self, volume: Object) -> EventRecorder:
        name = _driver_name(volume)
        return self._resizers.setdefault(name, EventRecorder(self._sink, f"{COMPONENT} {name}"))

    def _write(self, claim: Object, change: Callable[[Object], None]) -> Object:
        metadata = claim["metadata"]
        return self._storage.modify(
            CLAIMS,
            metadata["namespace"],
            metadata["name"],
            partial(_change_status, change=change),
            subresource="status",
            manager=COMPONENT,
        )

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        if after is None:
            if before is not None:
                self._attempts.pop(before["metadata"]["uid"], None)
            return
        changed = before is None or any(part(before) != part(after) for part in _CONCERNS)
        if changed and (_wants_more(after) or (before is not None and _wants_more(before))):
            self._engine.enqueue(self, key_of(after))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        """Retry the claims of a pod that ends: a driver may have refused to expand them while it ran."""
        if before is None or (after is not None and phase_of(after) not in ("Succeeded", "Failed")):
            return
        for volume in before["spec"].get("volumes") or ():
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
            claim = self._informers.claims.get(before["metadata"]["namespace"], name)
            attempts = self._attempts.get(claim["metadata"]["uid"]) if claim is not None else None
            if claim is not None and attempts is not None and attempts.in_use_error:
                attempts.failed = ""
                self._engine.enqueue(self, key_of(claim))

    def _on_class(self, before: Object | None, after: Object | None) -> None:
        """Retry the claims of a class whose annotations changed: its driver works differently now."""
        if before is None or after is None or before["metadata"] == after["metadata"]:
            return
        for claim in self._informers.claims.by_index("class", after["metadata"]["name"]):
            if _wants_more(claim):
                if (attempts := self._attempts.get(claim["metadata"]["uid"])) is not None:
                    attempts.failed = ""
                self._engine.enqueue(self, key_of(claim))


def _phase(claim: Object) -> str:
    return claim["status"].get("phase", "")  # type: ignore[no-any-return]


_CONCERNS: tuple[Callable[[Object], str], ...] = (claim_status.requested, claim_status.capacity, _phase)
"""What of a claim makes external-resizer look at it again before its resync (updatePVC)."""


def _change_status(claim: Object, change: Callable[[Object], None]) -> None:
    change(claim["status"])


def _driver_name(volume: Object) -> str:
    annotations = volume["metadata"].get("annotations") or {}
    driver = (volume["spec"].get("csi") or {}).get("driver")
    return str(driver or annotations.get("pv.kubernetes.io/provisioned-by", ""))


def _target(claim: Object, volume: Object, *, final_error: bool) -> str:
    """The size to which the volume is to be expanded; empty while the node has to do its part.

    An expansion whose outcome is open is completed before a new request counts.
    """
    wanted, begun = claim_status.requested(claim), claim_status.allocated(claim)
    state, size = claim_status.resize_state(claim), in_bytes(volume["spec"]["capacity"]["storage"])
    node = state in (claim_status.NODE_PENDING, claim_status.NODE_IN_PROGRESS)
    if size >= in_bytes(wanted):
        return "" if node else begun or wanted
    if node:
        return "" if size >= in_bytes(begun or wanted) else begun
    if state == claim_status.NODE_INFEASIBLE:
        return begun or wanted
    if state == claim_status.CONTROLLER_IN_PROGRESS and not final_error:
        return begun or wanted
    return wanted


def _wants_more(claim: Object) -> bool:
    if claim["status"].get("phase") != "Bound":
        return False
    return in_bytes(claim_status.requested(claim)) > in_bytes(claim_status.capacity(claim))
