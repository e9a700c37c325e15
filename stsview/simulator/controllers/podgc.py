"""The pod garbage collector: pods that no kubelet will ever confirm.

Source: kubernetes/pkg/controller/podgc/gc_controller.go.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.informers import Informers
from stsview.simulator.controllers.statefulset.state import condition, is_terminating
from stsview.simulator.engine import Engine
from stsview.simulator.labels import OUT_OF_SERVICE
from stsview.simulator.pod_conditions import set_condition

MANAGER = "kube-controller-manager"
PERIOD = 20.0
QUARANTINE = 40.0
"""Seconds after a Node's deletion until its pods count as orphaned."""


class PodGc:
    """Runs every 20 s on nodes that need it; its keys are names of nodes."""

    def __init__(self, engine: Engine, storage: Storage, informers: Informers) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._gone_since: dict[str, float] = {}
        self._next_run: dict[str, float] = {}
        """When the next run is due, by node."""
        informers.nodes.add_event_handler(self._on_node)
        informers.pods.add_event_handler(self._on_pod)

    def reconcile(self, key: str) -> float | None:
        now = self._storage.clock.monotonic()
        run_at = self._next_run.setdefault(key, PERIOD * (now // PERIOD + 1))
        if run_at - now > 1e-6:
            return run_at - now
        del self._next_run[key]
        pods = self._informers.pods.by_index("node", key)
        node = self._informers.nodes.get("", key)
        if node is None:
            if pods and now - self._gone_since.setdefault(key, now) < QUARANTINE:
                self._next_run[key] = run_at + PERIOD
                return self._next_run[key] - now
            for pod in pods:
                self._remove(pod, "PodGC: node no longer exists")
        elif _out_of_service(node):
            for pod in pods:
                if is_terminating(pod):
                    self._remove(pod, "")
        return None

    def _remove(self, pod: Object, why: str) -> None:
        """Set phase Failed, then delete with grace period 0.

        An orphaned pod gets a DisruptionTarget condition with the reason.
        """
        metadata, now = pod["metadata"], self._storage.clock.now()

        def fail(one: Object) -> None:
            generation = one["metadata"].get("generation", 0)
            if one["status"].get("phase") not in ("Succeeded", "Failed"):
                one["status"]["phase"] = "Failed"
            one["status"]["observedGeneration"] = generation
            if why:
                set_condition(
                    one["status"],
                    "DisruptionTarget",
                    "True",
                    now,
                    reason="DeletionByPodGC",
                    message=why,
                    generation=generation,
                )

        self._storage.modify(PODS, metadata["namespace"], metadata["name"], fail, subresource="status", manager=MANAGER)
        try:
            self._storage.delete(PODS, metadata["namespace"], metadata["name"], grace_seconds=0, uid=metadata["uid"])
        except ApiError as error:
            if error.reason != "NotFound":
                raise

    def _on_node(self, before: Object | None, after: Object | None) -> None:
        node = after or before
        if node is None:
            return
        name = node["metadata"]["name"]
        if after is None:
            self._gone_since[name] = self._storage.clock.monotonic()
        else:
            self._gone_since.pop(name, None)
        if after is None or _out_of_service(after):
            self._engine.enqueue(self, name)

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        name = after["spec"].get("nodeName") if after is not None else None
        if not name or after is None:
            return
        node = self._informers.nodes.get("", name)
        if node is None or (is_terminating(after) and _out_of_service(node)):
            self._engine.enqueue(self, name)


def _out_of_service(node: Object) -> bool:
    """Whether the node is not Ready and has the out-of-service taint."""
    ready = condition(node, "Ready")
    tainted = any(taint["key"] == OUT_OF_SERVICE for taint in node["spec"].get("taints") or ())
    return tainted and (ready is None or ready["status"] != "True")
