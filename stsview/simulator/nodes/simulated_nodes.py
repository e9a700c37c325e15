"""All nodes of the cluster: their objects, heartbeats and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import LEASES, NODES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, micro_timestamp, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.node_specs import (
    LEASE_NAMESPACE,
    NodeFault,
    NodeSpec,
    healthy_conditions,
    node_object,
    node_status,
)

HEARTBEAT_SECONDS = 10.0
"""Seconds between renewals of a lease."""
STATUS_SECONDS = 300.0
"""Seconds between writes of an unchanged node status."""
LEASE_SECONDS = 40


class SimulatedNodes:
    """Registers the nodes, renews their leases, and holds their faults.

    Leases are renewed only while `heartbeats_enabled`: during the replay of a scenario they would cost more than
    everything else together. The node lifecycle controller therefore asks `last_heartbeat` instead of reading leases,
    with the same result.
    """

    def __init__(self, engine: Engine, storage: Storage, sink: EventSink, node_specs: Iterable[NodeSpec]) -> None:
        self._engine = engine
        self._storage = storage
        self._specs = {spec.name: spec for spec in node_specs}
        self._faults: dict[str, NodeFault] = {}
        self._last_heartbeats: dict[str, datetime] = {}
        self._status_written: dict[str, float] = {}
        self._recorder = EventRecorder(sink, "kubelet")
        self.heartbeats_enabled = False
        self.on_fault: list[Callable[[str], None]] = []
        """Called with a node's name when its fault changes."""
        self.on_recovery: list[Callable[[str, bool], None]] = []
        """Called with a node's name when its kubelet is back, and whether the node was powered off."""
        for number, spec in enumerate(self._specs.values()):
            self._register(spec, number)

    @property
    def names(self) -> list[str]:
        return list(self._specs)

    def fault_of(self, node: str) -> NodeFault:
        return self._faults.get(node, NodeFault.NONE)

    def last_heartbeat(self, node: str) -> datetime | None:
        """When the lease was last renewed, for a node with a fault; None for others."""
        return None if self.fault_of(node) is NodeFault.NONE else self._last_heartbeats[node]

    def fail(self, node: str, fault: NodeFault) -> None:
        """Set a node's fault. Raises KeyError for an unknown node."""
        spec = self._specs[node]
        if fault is NodeFault.NONE:
            self.recover(node)
            return
        if self.fault_of(node) is NodeFault.NONE:
            now = self._storage.clock.now()
            self._last_heartbeats[node] = now - timedelta(seconds=now.timestamp() % HEARTBEAT_SECONDS)
            self._renew_lease(spec.name, self._last_heartbeats[node])
        self._faults[node] = fault
        for listener in self.on_fault:
            listener(node)

    def recover(self, node: str) -> None:
        """Clear a node's fault.

        A node that was powered off boots, and registers again if its Node was deleted.
        """
        fault = self._faults.pop(node, NodeFault.NONE)
        if fault is NodeFault.NONE:
            return
        now = self._storage.clock.now()
        if self._storage.find(NODES, "", node) is None:
            self._register(self._specs[node], list(self._specs).index(node))
        self._renew_lease(node, now)
        self._write_node_status(node)
        if fault is NodeFault.POWERED_OFF:
            self._recorder.event(
                NODES, self._storage.get(NODES, "", node), "Warning", "Rebooted", f"Node {node} has been rebooted"
            )
        for listener in self.on_fault:
            listener(node)
        for recovered in self.on_recovery:
            recovered(node, fault is NodeFault.POWERED_OFF)

    def start_heartbeats(self) -> None:
        """Renew all leases now, and every ten seconds from now on."""
        self.heartbeats_enabled = True
        self._engine.enqueue(self, "heartbeat")

    def reconcile(self, key: str) -> float | None:
        if not self.heartbeats_enabled:
            return None
        now, elapsed = self._storage.clock.now(), self._storage.clock.monotonic()
        for node in self._specs:
            if self.fault_of(node) is NodeFault.NONE and self._storage.find(NODES, "", node) is not None:
                self._renew_lease(node, now)
                if elapsed - self._status_written.get(node, -STATUS_SECONDS) >= STATUS_SECONDS:
                    self._write_node_status(node)
        return HEARTBEAT_SECONDS

    def _register(self, spec: NodeSpec, number: int) -> None:
        now = self._storage.clock.now()
        self._storage.create(NODES, node_object(spec), manager="kubelet")
        status = node_status(spec, f"10.0.{number // 250}.{number % 250 + 10}", timestamp(now))
        self._storage.modify(
            NODES, "", spec.name, lambda one: one.update(status=status), subresource="status", manager="kubelet"
        )
        self._renew_lease(spec.name, now)

    def _renew_lease(self, node: str, now: datetime) -> None:
        spec = {
            "holderIdentity": node,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": micro_timestamp(now),
        }
        if self._storage.find(LEASES, LEASE_NAMESPACE, node) is None:
            metadata: Object = {"name": node, "namespace": LEASE_NAMESPACE}
            self._storage.create(LEASES, {"metadata": metadata, "spec": spec}, manager="kubelet")
        else:
            self._storage.modify(LEASES, LEASE_NAMESPACE, node, lambda one: one.update(spec=spec), manager="kubelet")

    def _write_node_status(self, node: str) -> None:
        now = timestamp(self._storage.clock.now())

        def post(one: Object) -> None:
            one["status"]["conditions"] = healthy_conditions(now, one["status"].get("conditions"))

        self._status_written[node] = self._storage.clock.monotonic()
        try:
            self._storage.modify(NODES, "", node, post, subresource="status", manager="kubelet")
        except ApiError as error:
            if error.reason != "NotFound":
                raise
