"""All machines of the cluster: their Node objects, their heartbeats, and what is wrong with which."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import LEASES, NODES
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, micro_timestamp, timestamp
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.engine import Engine
from stsview.simulator.nodes.machines import (
    LEASE_NAMESPACE,
    Fault,
    Machine,
    healthy_conditions,
    node_object,
    node_status,
)

BEAT = 10.0
"""Seconds between renewals of a lease."""
STATUS_BEAT = 300.0
"""Seconds between writes of a node status in which nothing changed."""
LEASE_SECONDS = 40


class NodeFleet:
    """Heartbeats are written only while `beating`.

    In a past that is told ahead of time they would cost more than all the rest together. So the node lifecycle
    controller asks `silent_since` instead of reading leases, and gets what a lease would have told it.
    """

    def __init__(self, engine: Engine, storage: Storage, sink: EventSink, machines: Iterable[Machine]) -> None:
        self._engine = engine
        self._storage = storage
        self._machines = {machine.name: machine for machine in machines}
        self._faults: dict[str, Fault] = {}
        self._last_heard: dict[str, datetime] = {}
        self._status_written: dict[str, float] = {}
        self._recorder = EventRecorder(sink, "kubelet")
        self.beating = False
        self.on_fault: list[Callable[[str], None]] = []
        """Called with a node's name when something is wrong with it, or no longer."""
        self.on_recovery: list[Callable[[str, bool], None]] = []
        """Called with a node's name when its kubelet is back, and whether the machine was off in between."""
        for number, machine in enumerate(self._machines.values()):
            self._register(machine, number)

    @property
    def names(self) -> list[str]:
        return list(self._machines)

    def fault_of(self, node: str) -> Fault:
        return self._faults.get(node, Fault.NONE)

    def silent_since(self, node: str) -> datetime | None:
        """When the lease of a node was renewed last that renews it no longer; None for a node that does."""
        return None if self.fault_of(node) is Fault.NONE else self._last_heard[node]

    def fail(self, node: str, fault: Fault) -> None:
        """Something breaks; raises KeyError for a machine that there is not."""
        machine = self._machines[node]
        if fault is Fault.NONE:
            self.recover(node)
            return
        if self.fault_of(node) is Fault.NONE:
            now = self._storage.clock.now()
            self._last_heard[node] = now - timedelta(seconds=now.timestamp() % BEAT)
            self._renew(machine.name, self._last_heard[node])
        self._faults[node] = fault
        for listener in self.on_fault:
            listener(node)

    def recover(self, node: str) -> None:
        """It works again; after a machine was off it boots, and registers anew if its Node was deleted."""
        fault = self._faults.pop(node, Fault.NONE)
        if fault is Fault.NONE:
            return
        now = self._storage.clock.now()
        if self._storage.find(NODES, "", node) is None:
            self._register(self._machines[node], list(self._machines).index(node))
        self._renew(node, now)
        self._post_status(node)
        if fault is Fault.MACHINE:
            self._recorder.event(
                NODES, self._storage.get(NODES, "", node), "Warning", "Rebooted", f"Node {node} has been rebooted"
            )
        for listener in self.on_fault:
            listener(node)
        for told in self.on_recovery:
            told(node, fault is Fault.MACHINE)

    def begin_beating(self) -> None:
        """Renew all leases now, and from here on every ten seconds."""
        self.beating = True
        self._engine.wake(self, "heartbeat")

    def reconcile(self, key: str) -> float | None:
        if not self.beating:
            return None
        now, elapsed = self._storage.clock.now(), self._storage.clock.monotonic()
        for node in self._machines:
            if self.fault_of(node) is Fault.NONE and self._storage.find(NODES, "", node) is not None:
                self._renew(node, now)
                if elapsed - self._status_written.get(node, -STATUS_BEAT) >= STATUS_BEAT:
                    self._post_status(node)
        return BEAT

    def _register(self, machine: Machine, number: int) -> None:
        now = self._storage.clock.now()
        self._storage.create(NODES, node_object(machine), manager="kubelet")
        status = node_status(machine, f"10.0.{number // 250}.{number % 250 + 10}", timestamp(now))
        self._storage.modify(
            NODES, "", machine.name, lambda one: one.update(status=status), subresource="status", manager="kubelet"
        )
        self._renew(machine.name, now)

    def _renew(self, node: str, now: datetime) -> None:
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

    def _post_status(self, node: str) -> None:
        now = timestamp(self._storage.clock.now())

        def post(one: Object) -> None:
            one["status"]["conditions"] = healthy_conditions(now, one["status"].get("conditions"))

        self._status_written[node] = self._storage.clock.monotonic()
        try:
            self._storage.modify(NODES, "", node, post, subresource="status", manager="kubelet")
        except ApiError as error:
            if error.reason != "NotFound":
                raise
