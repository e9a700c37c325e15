"""The scheduler, and the messages for pods that fit on no node.

Source: kubernetes/pkg/scheduler/framework/plugins/{noderesources,tainttoleration,nodeaffinity,nodeports,
interpodaffinity,volumebinding}. Preemption is not simulated.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from stsview.simulator import fault_annotations
from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.apiserver.storage.binding import bind
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.compute_resources import ComputeResources, allocatable, requested
from stsview.simulator.controllers.ephemeral import not_owned
from stsview.simulator.controllers.events import EventSink, SeriesRecorder
from stsview.simulator.controllers.identity import parent_and_ordinal
from stsview.simulator.controllers.informers import Informers, Key, claims_of, ephemeral_claim_name, key_of, parent_key
from stsview.simulator.controllers.selectors import matches_selector
from stsview.simulator.engine import Engine
from stsview.simulator.labels import SELECTED_NODE, ZONE
from stsview.simulator.latencies import Latencies
from stsview.simulator.nodes.host_ports import CONFLICT, conflict, host_ports
from stsview.simulator.nodes.usage import Usage
from stsview.simulator.pod_conditions import set_condition
from stsview.simulator.storage_classes import class_of
from stsview.simulator.taints import untolerated

COMPONENT = "default-scheduler"

RESOLVABLE = (
    "Insufficient cpu",
    "Insufficient memory",
    "Too many pods",
    CONFLICT,
    "node(s) didn't match pod anti-affinity rules",
)
"""Reasons that preemption could resolve; for all others the scheduler says that preemption is not helpful."""


FLUSH = 300.0
"""Seconds after which an unschedulable pod is retried even if nothing changed (podMaxInUnschedulablePods)."""


class Unschedulable(Exception):
    """No node accepts the pod. The text is that of the scheduler."""


class Scheduler:
    """Assigns pods to nodes; its keys are pods."""

    def __init__(
        self,
        engine: Engine,
        storage: Storage,
        informers: Informers,
        sink: EventSink,
        *,
        latencies: Latencies,
        rng: random.Random,
        preferred: Callable[[Object], str] | None = None,
    ) -> None:
        """`preferred` names the node that a pod gets if it fits there; without it, spread."""
        self._engine = engine
        self._storage = storage
        self._informers = informers
        self._latencies = latencies
        self._rng = rng
        self._preferred = preferred
        self._usage = Usage(informers)
        self._recorder = SeriesRecorder(sink, COMPONENT, COMPONENT)
        self._waiting: dict[Key, None] = {}
        self._assumed: dict[Key, str] = {}
        """Nodes of pods that wait only for their volumes to be provisioned there."""
        informers.pods.add_event_handler(self._on_pod)
        informers.claims.add_event_handler(self._on_claim)
        informers.nodes.add_event_handler(self._on_node)

    def reconcile(self, key: Key) -> float | None:
        pod = self._informers.pods.get(*key)
        if pod is None or pod["spec"].get("nodeName") or "deletionTimestamp" in pod["metadata"]:
            self._waiting.pop(key, None)
            self._assumed.pop(key, None)
            return None
        try:
            claims = self._claims(pod)
            node = self._choose(pod, claims)
        except Unschedulable as problem:
            self._waiting[key] = None
            self._refuse(pod, str(problem))
            return FLUSH
        unbound = [claim for claim in claims if claim["status"].get("phase") != "Bound"]
        if unbound:
            self._waiting[key] = None
            self._assumed[key] = node["metadata"]["name"]
            for claim in unbound:
                self._select_node(claim, node["metadata"]["name"])
            return None
        self._waiting.pop(key, None)
        self._assumed.pop(key, None)
        self._bind(pod, node)
        return None

    def _claims(self, pod: Object) -> list[Object]:
        """The pod's PVCs.

        Raises `Unschedulable` unless each is bound or waits for its pod.
        """
        everywhere = f"0/{len(self._informers.nodes.objects)} nodes are available"
        claims = []
        ephemeral = {
            ephemeral_claim_name(pod, volume) for volume in pod["spec"].get("volumes") or () if "ephemeral" in volume
        }
        for key in claims_of(pod):
            namespace, name = key.split("/", 1)
            claim = self._informers.claims.get(namespace, name)
            if claim is None and name in ephemeral:
                text = f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
                raise Unschedulable(f"{everywhere}: {text}. not found")
            if claim is None:
                raise Unschedulable(f'{everywhere}: persistentvolumeclaim "{name}" not found. not found')
            if name in ephemeral and (text := not_owned(pod, claim)):
                raise Unschedulable(f"{everywhere}: {text}. not found")
            if "deletionTimestamp" in claim["metadata"]:
                text = f'persistentvolumeclaim "{claim["metadata"]["name"]}" is being deleted'
                raise Unschedulable(f"{everywhere}: {text}. not found")
            if claim["status"].get("phase") != "Bound" and not self._waits_for_consumer(claim):
                raise Unschedulable(f"{everywhere}: pod has unbound immediate PersistentVolumeClaims. not found")
            claims.append(claim)
        return claims

    def _waits_for_consumer(self, claim: Object) -> bool:
        storage_class = self._informers.classes.get("", class_of(claim) or "")
        return bool(storage_class and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer")

    def _choose(self, pod: Object, claims: list[Object]) -> Object:
        """The node with the fewest pods of the same set in its zone, then on itself.

        Ties are broken by the total number of pods, then by name.
        """
        nodes = list(self._informers.nodes.objects.values())
        chosen = {claim["metadata"].get("annotations", {}).get(SELECTED_NODE) for claim in claims} - {None}
        if self._preferred is not None:
            chosen.add(self._preferred(pod))
        volumes = [self._informers.volumes.get("", claim["spec"].get("volumeName", "")) for claim in claims]
        reasons: Counter[str] = Counter()
        fitting = []
        present = [volume for volume in volumes if volume is not None]
        wanted = requested(pod)
        for name in sorted(chosen):
            node = self._informers.nodes.get("", name)
            if node is not None and not self._reasons_against(pod, node, present, wanted):
                return node
        for node in nodes:
            found = self._reasons_against(pod, node, present, wanted)
            reasons.update(found)
            if not found:
                fitting.append(node)
        if not fitting:
            raise Unschedulable(_message(len(nodes), reasons))
        siblings: Counter[tuple[str, str]] = Counter()
        for name in self._nodes_of_siblings(pod):
            siblings["node", name] += 1
            siblings["zone", self._zone_of(name)] += 1
        return min(
            fitting,
            key=lambda node: (
                siblings["zone", _zone(node)],
                siblings["node", node["metadata"]["name"]],
                self._usage.of(node["metadata"]["name"]).pods,
                node["metadata"]["name"],
            ),
        )

    def _nodes_of_siblings(self, pod: Object) -> list[str]:
        """Nodes on which the other pods of the same set run, or will run."""
        parent, ordinal = parent_and_ordinal(pod["metadata"]["name"])
        if ordinal < 0:
            return []
        found = self._informers.pods.by_index("parent", parent_key(pod["metadata"]["namespace"], parent))
        nodes = [one["spec"].get("nodeName") or self._assumed.get(key_of(one), "") for one in found if one is not pod]
        return [node for node in nodes if node]

    def _zone_of(self, name: str) -> str:
        node = self._informers.nodes.get("", name)
        return _zone(node) if node else ""

    def _reasons_against(self, pod: Object, node: Object, volumes: list[Object], wanted: ComputeResources) -> list[str]:
        if node["spec"].get("unschedulable"):
            return ["node(s) were unschedulable"]
        if untolerated(pod, node, ("NoSchedule", "NoExecute")):
            return ["node(s) had untolerated taint(s)"]
        labels = node["metadata"].get("labels") or {}
        if any(labels.get(name) != value for name, value in (pod["spec"].get("nodeSelector") or {}).items()):
            return ["node(s) didn't match Pod's node affinity/selector"]
        ports = host_ports(pod)
        if ports and conflict(ports, self._informers.pods.by_index("node", node["metadata"]["name"])):
            return [CONFLICT]
        if fault_annotations.value(pod, "pending"):
            return ["Insufficient cpu"]
        lacking = allocatable(node).shortages(self._usage.of(node["metadata"]["name"]), wanted)
        if lacking:
            return lacking
        if any(not _volume_reaches(volume, labels) for volume in volumes):
            return ["node(s) didn't match PersistentVolume's node affinity"]
        if self._repelled(pod, node):
            return ["node(s) didn't match pod anti-affinity rules"]
        return []

    def _repelled(self, pod: Object, node: Object) -> bool:
        """Whether required pod anti-affinity excludes the node."""
        rules = ((pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}).get(
            "requiredDuringSchedulingIgnoredDuringExecution"
        ) or ()
        for rule in rules:
            topology = rule.get("topologyKey", "")
            here = (node["metadata"].get("labels") or {}).get(topology)
            for other in self._informers.pods.by_index("namespace", pod["metadata"]["namespace"]):
                holder = self._informers.nodes.get("", other["spec"].get("nodeName") or "")
                there = (holder["metadata"].get("labels") or {}).get(topology) if holder else None
                if here is not None and here == there and matches_selector(rule.get("labelSelector"), other):
                    return True
        return False

    def _select_node(self, claim: Object, node: str) -> None:
        """Tell the provisioner on which node the pod of an unbound PVC will run."""

        def change(one: Object) -> None:
            one["metadata"].setdefault("annotations", {})[SELECTED_NODE] = node

        metadata = claim["metadata"]
        self._storage.modify(CLAIMS, metadata["namespace"], metadata["name"], change, manager="kube-scheduler")

    def _bind(self, pod: Object, node: Object) -> None:
        metadata, name = pod["metadata"], node["metadata"]["name"]
        bind(self._storage, metadata["namespace"], metadata["name"], name)
        self._recorder.event(
            PODS,
            pod,
            "Normal",
            "Scheduled",
            "Binding",
            f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {name}",
        )

    def _refuse(self, pod: Object, why: str) -> None:
        now, metadata = self._storage.clock.now(), pod["metadata"]
        self._recorder.event(PODS, pod, "Warning", "FailedScheduling", "Scheduling", why)
        self._storage.modify(
            PODS,
            metadata["namespace"],
            metadata["name"],
            lambda one: set_condition(one["status"], "PodScheduled", "False", now, reason="Unschedulable", message=why),
            subresource="status",
            manager="kube-scheduler",
        )

    def _soon(self, key: Key) -> None:
        self._engine.enqueue(self, key, self._latencies.vary(self._latencies.schedule, self._rng))

    def _retry_all(self) -> None:
        for key in self._waiting:
            self._soon(key)

    def _on_pod(self, before: Object | None, after: Object | None) -> None:
        if after is None:
            self._retry_all()
        elif not after["spec"].get("nodeName"):
            annotated = before is not None and before["metadata"].get("annotations") != after["metadata"].get(
                "annotations"
            )
            if before is None or annotated:
                self._soon(key_of(after))

    def _on_claim(self, before: Object | None, after: Object | None) -> None:
        """Retry the pods that use a PVC which is new, bound or deleted."""
        claim = after or before
        if claim is None or (before and after and before["status"] == after["status"]):
            return
        for pod in self._informers.pods.by_index(
            "claim", f"{claim['metadata']['namespace']}/{claim['metadata']['name']}"
        ):
            if key_of(pod) in self._waiting:
                self._soon(key_of(pod))

    def _on_node(self, before: Object | None, after: Object | None) -> None:
        if before is None or after is None or before["spec"] != after["spec"]:
            self._retry_all()


def _message(nodes: int, reasons: Counter[str]) -> str:
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    helpless = sum(count for reason, count in reasons.items() if reason not in RESOLVABLE)
    rest = max(0, nodes - helpless)
    why = [f"{rest} No preemption victims found for incoming pod"] if rest else []
    why += [f"{helpless} Preemption is not helpful for scheduling"] if helpless else []
    return f"0/{nodes} nodes are available: {listed}. preemption: 0/{nodes} nodes are available: {', '.join(why)}."


def _zone(node: Object) -> str:
    return (node["metadata"].get("labels") or {}).get(ZONE, "")  # type: ignore[no-any-return]


def _volume_reaches(volume: Object, labels: dict[str, str]) -> bool:
    """Whether a volume's required node affinity admits a node with these labels."""
    terms = ((volume["spec"].get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms")
    if not terms:
        return True
    return any(
        all(labels.get(one["key"]) in one.get("values", ()) for one in term.get("matchExpressions") or ())
        for term in terms
    )
