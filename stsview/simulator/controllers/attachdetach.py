"""The attach/detach controller for volumes.

Source: kubernetes/pkg/controller/volume/attachdetach (reconciler.go: maxWaitForUnmountDuration), and external-attacher
for the CSI driver's side car.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import sha256

from stsview.simulator.apiserver.resources import PODS, VOLUME_ATTACHMENTS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, claims_of
from stsview.simulator.controllers.statefulset.state import condition, phase_of
from stsview.simulator.engine import Engine
from stsview.simulator.labels import OUT_OF_SERVICE
from stsview.simulator.latencies import Latencies

MANAGER = "kube-controller-manager"
FORCED_DETACH = 360.0
"""Seconds to wait for the unmount report of a node that is not healthy (maxWaitForUnmountDuration)."""
_RECHECK_SECONDS = 120.0
"""Seconds until a volume is looked at again whose node is healthy and has not unmounted it."""
_SINGLE_NODE = ("ReadWriteOnce", "ReadWriteOncePod")


class AttachDetachController:
    """Attaches and detaches volumes; its keys are names of PersistentVolumes."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        is_kubelet_down: Callable[[str], bool],
        *,
        latencies: Latencies,
        rng: random.Random,
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._is_kubelet_down = is_kubelet_down
        self._latencies = latencies
        self._rng = rng
        self._recorder = EventRecorder(sink, "attachdetach-controller")
        self._done_at: dict[str, float] = {}
        self._unwanted_since: dict[str, float] = {}
        self._reported: set[tuple[str, str]] = set()
        """Volume and uid of the pods for which a Multi-Attach error was reported."""
        informers.pods.add_event_handler(self._on_pod)
        informers.attachments.add_event_handler(self._on_attachment)
        informers.nodes.add_event_handler(self._on_node)

    def enqueue_node(self, node: str) -> None:
        """Check the attachments of a node whose kubelet stopped or is back."""
        for attachment in self._informers.attachments.by_index("node", node):
            self._engine.enqueue(self, _volume_of(attachment))

    def reconcile(self, key: str) -> float | None:
        volume = self._informers.volumes.get("", key)
        attachments = self._informers.attachments.by_index("volume", key)
        users = self._users(volume) if volume is not None else []
        wanted = {pod["spec"]["nodeName"]: pod for pod in reversed(users)}
        waits = [
            self._finish(attachment, wanted[attachment["spec"]["nodeName"]])
            if attachment["spec"]["nodeName"] in wanted
            else self._detach(attachment)
            for attachment in attachments
        ]
        if volume is not None:
            have = {one["spec"]["nodeName"] for one in self._informers.attachments.by_index("volume", key)}
            missing = [node for node in wanted if node not in have]
            for node in missing:
                self._attach(volume, wanted[node], {one: wanted.get(one) for one in have})
        left = [wait for wait in waits if wait is not None]
        return min(left) if left else None

    def _users(self, volume: Object) -> list[Object]:
        reference = volume["spec"].get("claimRef")
        if reference is None or "csi" not in volume["spec"]:
            return []
        return [
            pod
            for pod in self._informers.pods.by_index("claim", f"{reference['namespace']}/{reference['name']}")
            if pod["spec"].get("nodeName") and phase_of(pod) not in ("Succeeded", "Failed")
        ]

    def _attach(self, volume: Object, pod: Object, have: dict[str, Object | None]) -> None:
        """Attach a volume to the node of a pod. `have` are the nodes that have it, with the pod that uses it there."""
        name, node = volume["metadata"]["name"], pod["spec"]["nodeName"]
        if have and any(mode in _SINGLE_NODE for mode in volume["spec"]["accessModes"]):
            self._report_multi_attach(name, pod, [one for one in have.values() if one is not None])
            return
        attachment = {
            "metadata": {
                "name": "csi-" + sha256(f"{name}{volume['spec']['csi']['driver']}{node}".encode()).hexdigest()
            },
            "spec": {
                "attacher": volume["spec"]["csi"]["driver"],
                "nodeName": node,
                "source": {"persistentVolumeName": name},
            },
        }
        self._storage.create(VOLUME_ATTACHMENTS, attachment, manager=MANAGER)

    def _report_multi_attach(self, volume: str, pod: Object, users: list[Object]) -> None:
        """Record, once for each pod, that its volume is attached to another node (reportMultiAttachError)."""
        if (volume, pod["metadata"]["uid"]) in self._reported:
            return
        self._reported.add((volume, pod["metadata"]["uid"]))
        why = "Volume is already exclusively attached to one node and can't be attached to another"
        if users:
            why = f"Volume is already used by pod(s) {', '.join(one['metadata']['name'] for one in users)}"
        text = f'Multi-Attach error for volume "{volume}" {why}'
        self._recorder.event(PODS, pod, "Warning", "FailedAttachVolume", text)

    def _finish(self, attachment: Object, pod: Object) -> float | None:
        """Complete an attachment after a while, as the CSI driver does."""
        name = attachment["metadata"]["name"]
        self._unwanted_since.pop(name, None)
        if attachment["status"].get("attached"):
            return None
        now = self._storage.clock.monotonic()
        done = self._done_at.setdefault(name, now + self._latencies.vary(self._latencies.attach, self._rng))
        if done > now + 1e-6:
            return done - now
        del self._done_at[name]
        self._storage.modify(
            VOLUME_ATTACHMENTS,
            "",
            name,
            lambda one: one["status"].update(attached=True),
            subresource="status",
            manager=attachment["spec"]["attacher"],
        )
        text = f'AttachVolume.Attach succeeded for volume "{_volume_of(attachment)}"'
        self._recorder.event(PODS, pod, "Normal", "SuccessfulAttachVolume", text)
        return None

    def _detach(self, attachment: Object) -> float | None:
        """Delete an attachment that no pod needs, once it is safe.

        Only the node's kubelet knows whether the volume is still mounted.
        """
        name, node = attachment["metadata"]["name"], attachment["spec"]["nodeName"]
        now = self._storage.clock.monotonic()
        since = self._unwanted_since.setdefault(name, now)
        if self._is_kubelet_down(node) and not self._is_out_of_service(node):
            left = since + FORCED_DETACH - now
            if left > 1e-6:
                return left
            if self._is_healthy(node):
                return _RECHECK_SECONDS
        del self._unwanted_since[name]
        self._done_at.pop(name, None)
        self._storage.delete(VOLUME_ATTACHMENTS, "", name)
        return None

    def _is_out_of_service(self, node: str) -> bool:
        """Whether the node has the out-of-service taint, which an operator sets."""
        known = self._informers.nodes.get("", node)
        return known is not None and any(taint["key"] == OUT_OF_SERVICE for taint in known["spec"].get("taints") or ())

    def _is_healthy(self, node: str) -> bool:
        known = self._informers.nodes.get("", node)
        ready = condition(known, "Ready") if known is not None else None
        return ready is not None and ready["status"] == "True"

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        pod = after or before
        if pod is None or not pod["spec"].get("nodeName"):
            return
        placed = before is None or not before["spec"].get("nodeName")
        ended = after is not None and before is not None and phase_of(after) != phase_of(before)
        if after is not None and not placed and not ended:
            return
        for name in claims_of(pod):
            claim = self._informers.claims.get(*name.split("/", 1))
            volume = claim["spec"].get("volumeName") if claim is not None else None
            if volume:
                self._engine.enqueue(self, volume)

    def _on_attachment(self, before: Object | None, after: Object | None) -> None:
        attachment = after or before
        if attachment is not None:
            self._engine.enqueue(self, _volume_of(attachment))

    def _on_node(self, before: Object | None, after: Object | None) -> None:
        node = after or before
        if node is None:
            return
        was = before["spec"].get("taints") if before is not None else None
        if after is None or was != after["spec"].get("taints"):
            self.enqueue_node(node["metadata"]["name"])


def _volume_of(attachment: Object) -> str:
    return attachment["spec"]["source"]["persistentVolumeName"]  # type: ignore[no-any-return]
