"""The kubelets of all nodes: which pods they run, and the status they write."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from stsview.clock import Clock
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.exec_process import ExecRequest, Streams
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.port_connection import Connection
from stsview.simulator.apiserver.resources import PODS, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, instant
from stsview.simulator.controllers.events import EventRecorder, EventSink
from stsview.simulator.controllers.informers import Informers, claims_of
from stsview.simulator.engine import Engine
from stsview.simulator.latencies import Latencies
from stsview.simulator.nodes.expansion import FileSystemExpansion
from stsview.simulator.nodes.images import Images
from stsview.simulator.nodes.logs import Logs
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.nodes.port_server import serve_port
from stsview.simulator.nodes.shell.container import Container
from stsview.simulator.nodes.shell.execution import execute
from stsview.simulator.nodes.stats.volume_usage import VolumeUsage
from stsview.simulator.nodes.worker import PodWorker


class PodKey(NamedTuple):
    """A pod, distinguished from others of the same name by its uid."""

    namespace: str
    name: str
    uid: str


class Kubelet:
    """Runs the pods of every node, as far as each node's fault permits."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        fault_of: Callable[[str], NodeFault],
        *,
        latencies: Latencies,
        rng: random.Random,
        images: Images,
    ) -> None:
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._sink = sink
        self._fault_of = fault_of
        self._rng = rng
        self.latencies = latencies
        self.images = images
        self.logs = Logs(engine)
        self.volumes = VolumeUsage(informers, storage.clock)
        self.expansion = FileSystemExpansion(
            engine,
            storage,
            informers,
            self.recorder,
            lambda node: not fault_of(node).kubelet_down,
            latencies=latencies,
            rng=rng,
        )
        self._workers: dict[str, PodWorker] = {}
        self._recorders: dict[str, EventRecorder] = {}
        self._addresses = 0
        self._hosts: dict[str, str] = {}
        informers.pods.add_event_handler(self._on_pod)
        informers.claims.add_event_handler(self._on_claim)
        informers.attachments.add_event_handler(self._on_attachment)

    @property
    def clock(self) -> Clock:
        return self._storage.clock

    def reconcile(self, key: PodKey) -> float | None:
        pod = self._informers.pods.get(key.namespace, key.name)
        if pod is None or pod["metadata"]["uid"] != key.uid:
            if (gone := self._workers.pop(key.uid, None)) is not None:
                gone.end_processes()
                self.logs.forget(key.uid)
                self.expansion.unmounted(key.uid)
            return None
        node = pod["spec"].get("nodeName")
        if not node or self._fault_of(node).kubelet_down:
            return None
        worker = self._workers.get(key.uid)
        if worker is None:
            if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
                return None
            worker = self._workers[key.uid] = PodWorker(self, pod)
        worker.pod = pod
        if "deletionTimestamp" in pod["metadata"] and not worker.terminating:
            worker.terminate()
        return worker.sync()

    def resume_node(self, node: str, *, rebooted: bool) -> None:
        """Continue after the node's kubelet is back.

        After a reboot its containers are started again.
        """
        for pod in self._informers.pods.by_index("node", node):
            worker = self._workers.get(pod["metadata"]["uid"])
            if rebooted and worker is not None and not worker.terminating:
                worker.restart_containers()
            self._enqueue(pod)
            self.expansion.look_again(pod)

    def log_of(self, pod: Object, container: str, previous: bool) -> LogBuffer | None:
        """The log of a container, or None.

        Raises the `ApiError` of the API server when the node does not respond.
        """
        node = pod["spec"].get("nodeName", "")
        if self._fault_of(node).kubelet_down:
            address = f"{self.host_address(node)}:10250"
            path = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}/{container}"
            text = f'Get "https://{address}/containerLogs/{path}": dial tcp {address}: connect: no route to host'
            raise ApiError(500, "InternalError", text)
        return self.logs.of(pod["metadata"]["uid"], container, previous=previous)

    async def execute(self, request: ExecRequest, streams: Streams) -> int:
        """Run a command in a container until it ends. Returns its exit code.

        Raises the `ApiError` of the API server when the node does not respond, the container does not run, or its
        image has no such command.
        """
        pod = request.pod
        self._check_answers(pod)
        worker = self._workers.get(pod["metadata"]["uid"])
        run = worker.run_of(request.container) if worker is not None else None
        if run is None or "running" not in run.state:
            raise ApiError.internal(f'unable to upgrade connection: container not found ("{request.container}")')
        specs = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
        spec = next(one for one in specs if one["name"] == request.container)
        container = Container(pod, spec, self._storage, self._informers, self.volumes, run.files)
        return await execute(request, streams, container, run)

    async def connect(self, pod: Object, port: int, connection: Connection) -> None:
        """Connect to a port of a pod until either side ends it.

        Raises the `ApiError` of the API server when the node does not respond, and `PortError` where nothing listens.
        """
        self._check_answers(pod)
        worker = self._workers.get(pod["metadata"]["uid"])
        found = [worker.run_of(one["name"]) for one in pod["spec"]["containers"]] if worker is not None else []
        runs = [run for run in found if run is not None and "running" in run.state]
        await serve_port(pod, port, connection, runs)

    def _check_answers(self, pod: Object) -> None:
        """Raise the `ApiError` of the API server when the node of the pod does not respond."""
        node = pod["spec"].get("nodeName", "")
        if self._fault_of(node).kubelet_down:
            address = f"{self.host_address(node)}:10250"
            raise ApiError.internal(f"error dialing backend: dial tcp {address}: connect: no route to host")

    def volumes_ready(self, pod: Object) -> bool:
        """Whether every PVC of the pod is bound, and attached to its node if necessary."""
        node = pod["spec"]["nodeName"]
        for claim_key in claims_of(pod):
            claim = self._informers.claims.get(*claim_key.split("/", 1))
            if claim is None or claim["status"].get("phase") != "Bound":
                return False
            volume = self._informers.volumes.get("", claim["spec"]["volumeName"])
            if volume is not None and "csi" in volume["spec"]:
                attached = (
                    one["status"].get("attached") and one["spec"]["nodeName"] == node
                    for one in self._informers.attachments.by_index("volume", volume["metadata"]["name"])
                )
                if not any(attached):
                    return False
        return True

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """An object of the API server, or None."""
        return self._storage.find(resource, namespace, name)

    def unmet_gates(self, pod: Object) -> list[str]:
        """Readiness gates whose condition is not True."""
        conditions = {one["type"]: one["status"] for one in (pod.get("status") or {}).get("conditions") or ()}
        gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()]
        return [gate for gate in gates if conditions.get(gate) != "True"]

    def grace_left(self, pod: Object) -> float:
        """Seconds until the containers of a terminating pod are killed."""
        deadline = instant(pod["metadata"]["deletionTimestamp"])
        return max(0.0, (deadline - self.clock.now()).total_seconds())

    def is_healthy(self, node: str) -> bool:
        """Whether the node has no fault."""
        return self._fault_of(node) is NodeFault.NONE

    def vary(self, seconds: float) -> float:
        """`seconds` with the configured jitter."""
        return self.latencies.vary(seconds, self._rng)

    def new_address(self) -> str:
        self._addresses += 1
        return f"10.244.{self._addresses // 250 % 256}.{self._addresses % 250 + 2}"

    def host_address(self, node: str) -> str:
        known = self._informers.nodes.get("", node)
        for address in ((known or {}).get("status") or {}).get("addresses") or ():
            if address["type"] == "InternalIP":
                return address["address"]  # type: ignore[no-any-return]
        return ""

    def recorder(self, node: str) -> EventRecorder:
        return self._recorders.setdefault(node, EventRecorder(self._sink, "kubelet", node))

    def write_status(self, pod: Object, change: Callable[[Object], None]) -> Object:
        """Write the status of a pod. Returns the pod as it is then."""
        metadata = pod["metadata"]
        return self._storage.modify(
            PODS, metadata["namespace"], metadata["name"], change, subresource="status", manager="kubelet"
        )

    def confirm_termination(self, pod: Object) -> None:
        """Remove the object of a terminated pod, with grace period 0.

        The uid precondition protects a new pod of the same name.
        """
        metadata = pod["metadata"]
        try:
            self._storage.delete(PODS, metadata["namespace"], metadata["name"], grace_seconds=0, uid=metadata["uid"])
        except ApiError as error:
            if error.reason not in ("NotFound", "Conflict"):
                raise

    def _enqueue(self, pod: Object) -> None:
        metadata = pod["metadata"]
        self._engine.enqueue(self, PodKey(metadata["namespace"], metadata["name"], metadata["uid"]))

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        """Enqueue a pod for changes by other writers, not for the kubelet's own."""
        if after is None:
            if before is not None and before["metadata"]["uid"] in self._workers:
                self._enqueue(before)
            return
        if not after["spec"].get("nodeName"):
            return
        worker = self._workers.get(after["metadata"]["uid"])
        if before is None or worker is None or _concerns_kubelet(before, after):
            self._enqueue(after)

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        claim = after or before
        if claim is None or (before is not None and after is not None and before["status"] == after["status"]):
            return
        for pod in self._informers.pods.by_index(
            "claim", f"{claim['metadata']['namespace']}/{claim['metadata']['name']}"
        ):
            if pod["spec"].get("nodeName"):
                self._enqueue(pod)

    def _on_attachment(self, before: Object | None, after: Object | None) -> None:
        if after is None or not after["status"].get("attached"):
            return
        volume = self._informers.volumes.get("", after["spec"]["source"]["persistentVolumeName"])
        reference = volume["spec"].get("claimRef") if volume else None
        if reference is None:
            return
        for pod in self._informers.pods.by_index("claim", f"{reference['namespace']}/{reference['name']}"):
            if pod["spec"].get("nodeName") == after["spec"]["nodeName"]:
                self._enqueue(pod)


def _concerns_kubelet(before: Object, after: Object) -> bool:
    if before["metadata"].get("deletionTimestamp") != after["metadata"].get("deletionTimestamp"):
        return True
    if before["metadata"].get("annotations") != after["metadata"].get("annotations"):
        return True
    return bool(_ready_word(before) == "True" and _ready_word(after) == "False") or _gates(before) != _gates(after)


def _ready_word(pod: Object) -> str:
    for one in (pod.get("status") or {}).get("conditions") or ():
        if one["type"] == "Ready":
            return one["status"]  # type: ignore[no-any-return]
    return ""


def _gates(pod: Object) -> list[str]:
    wanted = {gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()}
    if not wanted:
        return []
    return [one["status"] for one in (pod.get("status") or {}).get("conditions") or () if one["type"] in wanted]
