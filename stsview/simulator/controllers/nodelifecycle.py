"""The node lifecycle and taint eviction controllers, for unreachable nodes.

Source: kubernetes/pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/tainteviction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import NODES, PODS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, instant, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, Key, key_of
from stsview.simulator.controllers.statefulset.state import condition, is_ready
from stsview.simulator.engine import Engine
from stsview.simulator.labels import UNREACHABLE
from stsview.simulator.pod_conditions import set_condition
from stsview.simulator.taints import tolerating

MANAGER = "kube-controller-manager"
GRACE = 50.0
"""Seconds without a heartbeat after which a node is Unknown (--node-monitor-grace-period, 50 s since 1.32)."""
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")


class NodeLifecycle:
    """Marks unresponsive nodes Unknown, and taints them; its keys are node names."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        last_heartbeat: Callable[[str], datetime | None],
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._last_heartbeat = last_heartbeat
        self._recorder = EventRecorder(sink, "node-controller")
        informers.nodes.add_event_handler(self._on_node)

    def enqueue_node(self, node: str) -> None:
        """Check a node whose heartbeats stopped or resumed."""
        self._engine.enqueue(self, node)

    def reconcile(self, key: str) -> float | None:
        node = self._informers.nodes.get("", key)
        if node is None:
            return None
        now = self._storage.clock.now()
        since = self._last_heartbeat(key)
        left = GRACE - (now - since).total_seconds() if since is not None else GRACE
        ready = condition(node, "Ready")
        known = ready is not None and ready["status"] != "Unknown"
        if left > 0:
            if known:
                self._set_taints(node, [])
            return left if since is not None else None
        if known:
            self._mark_unknown(node, now)
            self._set_taints(self._storage.get(NODES, "", key), ["NoSchedule"])
            for pod in self._informers.pods.by_index("node", key):
                self._mark_pod_not_ready(pod, now)
            return 0.1
        self._set_taints(node, ["NoSchedule", "NoExecute"])
        return None

    def _mark_unknown(self, node: Object, now: datetime) -> None:
        name = node["metadata"]["name"]

        def change(one: Object) -> None:
            for type_ in _PRESSURES:
                found = condition(one, type_)
                if found is not None and found["status"] != "Unknown":
                    found.update(
                        status="Unknown",
                        lastTransitionTime=timestamp(now),
                        reason="NodeStatusUnknown",
                        message="Kubelet stopped posting node status.",
                    )

        self._storage.modify(NODES, "", name, change, subresource="status", manager=MANAGER)
        text = f"Node {name} status is now: NodeNotReady"
        self._recorder.event(NODES, node, "Normal", "NodeNotReady", text)

    def _set_taints(self, node: Object, effects: list[str]) -> None:
        """Set the unreachable taints to those of `effects`; other taints stay."""
        before = node["spec"].get("taints") or []
        kept = [taint for taint in before if taint["key"] != UNREACHABLE or taint["effect"] in effects]
        have = {taint["effect"] for taint in kept if taint["key"] == UNREACHABLE}
        now = timestamp(self._storage.clock.now())
        taints = kept + [
            {"key": UNREACHABLE, "effect": effect, "timeAdded": now} for effect in effects if effect not in have
        ]
        if taints == before:
            return

        def change(one: Object) -> None:
            if taints:
                one["spec"]["taints"] = taints
            else:
                one["spec"].pop("taints", None)

        self._storage.modify(NODES, "", node["metadata"]["name"], change, manager=MANAGER)

    def _mark_pod_not_ready(self, pod: Object, now: datetime) -> None:
        if not is_ready(pod):
            return
        metadata = pod["metadata"]

        def change(one: Object) -> None:
            ready = condition(one, "Ready")
            if ready is not None:
                ready.update(status="False", lastTransitionTime=timestamp(now))

        self._storage.modify(
            PODS, metadata["namespace"], metadata["name"], change, subresource="status", manager=MANAGER
        )
        self._recorder.event(PODS, pod, "Warning", "NodeNotReady", "Node is not ready")

    def _on_node(self, before: Object | None, after: Object | None) -> None:
        if after is None or before is None:
            return
        was, now = condition(before, "Ready"), condition(after, "Ready")
        if (was or {}).get("status") != (now or {}).get("status"):
            self._engine.enqueue(self, after["metadata"]["name"])


class TaintEviction:
    """Deletes pods that do not, or no longer, tolerate a NoExecute taint."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers, sink: EventSink) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._recorder = EventRecorder(sink, "taint-eviction-controller")
        self._evicted: dict[str, tuple[str, ...]] = {}
        informers.nodes.add_event_handler(self._on_node)
        informers.pods.add_event_handler(self._on_pod)

    def reconcile(self, key: Key) -> float | None:
        pod = self._informers.pods.get(*key)
        node = self._informers.nodes.get("", pod["spec"].get("nodeName", "")) if pod is not None else None
        if pod is None or node is None:
            return None
        taints = [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]
        if not taints:
            self._evicted.pop(pod["metadata"]["uid"], None)
            return None
        left = self._tolerated_for(pod, taints)
        if left is None or left > 0:
            return left
        untolerated = tuple(taint["key"] for taint in taints if tolerating(pod, taint) is None)
        if "deletionTimestamp" in pod["metadata"] and self._evicted.get(pod["metadata"]["uid"]) == untolerated:
            return None
        self._evict(pod, untolerated)
        return None

    def _tolerated_for(self, pod: Object, taints: list[Object]) -> float | None:
        """Seconds for which the pod may stay.

        None for unlimited, 0 or less when the time is over.
        """
        now = self._storage.clock.now()
        times = []
        for taint in taints:
            toleration = tolerating(pod, taint)
            if toleration is None:
                return 0.0
            if toleration.get("tolerationSeconds") is not None:
                since = instant(taint["timeAdded"]) if "timeAdded" in taint else now
                until = since + timedelta(seconds=max(0, toleration["tolerationSeconds"]))
                times.append((until - now).total_seconds())
        return min(times) if times else None

    def _evict(self, pod: Object, untolerated: tuple[str, ...]) -> None:
        metadata, now = pod["metadata"], self._storage.clock.now()
        self._evicted[metadata["uid"]] = untolerated
        # the real controller records this about a reference without a uid
        about = {"metadata": {"namespace": metadata["namespace"], "name": metadata["name"]}}
        text = f"Marking for deletion Pod {metadata['namespace']}/{metadata['name']}"
        self._recorder.event(PODS, about, "Normal", "TaintManagerEviction", text)
        if "deletionTimestamp" in metadata:
            return
        self._storage.modify(
            PODS,
            metadata["namespace"],
            metadata["name"],
            lambda one: set_condition(
                one["status"],
                "DisruptionTarget",
                "True",
                now,
                reason="DeletionByTaintManager",
                message="Taint manager: deleting due to NoExecute taint",
                generation=one["metadata"].get("generation", 0),
            ),
            subresource="status",
            manager=MANAGER,
        )
        try:
            self._storage.delete(PODS, metadata["namespace"], metadata["name"], uid=metadata["uid"])
        except ApiError as error:
            if error.reason != "NotFound":
                raise

    def _on_node(self, before: Object | None, after: Object | None) -> None:
        if after is None or (before is not None and before["spec"].get("taints") == after["spec"].get("taints")):
            return
        if after["spec"].get("taints") or (before is not None and before["spec"].get("taints")):
            for pod in self._informers.pods.by_index("node", after["metadata"]["name"]):
                self._engine.enqueue(self, key_of(pod))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        if after is None:
            if before is not None:
                self._evicted.pop(before["metadata"]["uid"], None)
            return
        node = after["spec"].get("nodeName")
        if node and (before is None or before["spec"].get("nodeName") != node):
            known = self._informers.nodes.get("", node)
            if known is not None and known["spec"].get("taints"):
                self._engine.enqueue(self, key_of(after))
