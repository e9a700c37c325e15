"""Faults of pods of a simulated set, and the repair of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stsview.simulator.apiserver.resources import CLAIMS, NODES, PODS, RESOURCE_QUOTAS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.identity import claims_for, ordinal_of
from stsview.simulator.controllers.informers import controller_of
from stsview.simulator.fault_annotations import PREFIX, value
from stsview.simulator.nodes.node_specs import NodeFault
from tests.support.simulator.clusters import NAMESPACE, annotate_pod, delete_pod, pods, stateful_set

ALIVE = ("crash", "unready", "image-pull", "pending")
ENDING = ("stuck", "unmount")
"""Names of annotations (`stsview.simulator.fault_annotations`) that break a live pod, or a terminating one."""

_HOLD = "example.com/hold"
_NAME = "few"

QUOTA = "a quota"


@dataclass(frozen=True)
class Cause:
    """One fault that is present."""

    name: str
    pods: frozenset[str]
    """Names of the affected pods, including missing ones."""
    fix: Callable[[], None]


def causes(cluster: SimulatedCluster) -> list[Cause]:
    """All faults of the set `web` that need an operator."""
    found = [
        *_on_pods(cluster),
        *_on_nodes(cluster),
        *_on_claims(cluster),
        _quota(cluster),
        _cordon(cluster),
    ]
    return [cause for cause in found if cause.pods]


def expected(cluster: SimulatedCluster) -> list[str]:
    """Names of the pods that should exist, the lowest first."""
    spec = stateful_set(cluster)["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    return [f"web-{ordinal}" for ordinal in range(start, start + spec["replicas"])]


def is_foreign(cluster: SimulatedCluster, pod: Object) -> bool:
    return bool((controller_of(pod) or {}).get("uid") != stateful_set(cluster)["metadata"]["uid"])


def _on_pods(cluster: SimulatedCluster) -> Iterator[Cause]:
    for name, pod in pods(cluster).items():
        yield Cause("a foreign pod", frozenset([name] * is_foreign(cluster, pod)), _remover(cluster, name))
        terminating = "deletionTimestamp" in pod["metadata"]
        faults = [fault for fault in (ENDING if terminating else ALIVE) if value(pod, fault)]
        yield Cause(", ".join(faults), frozenset([name] * bool(faults)), _healer(cluster, name, faults))
        held = terminating and bool(pod["metadata"].get("finalizers"))
        yield Cause("a finalizer", frozenset([name] * held), _releaser(cluster, name))


def _remover(cluster: SimulatedCluster, name: str) -> Callable[[], None]:
    return lambda: delete_pod(cluster, name, grace_seconds=0)


def _healer(cluster: SimulatedCluster, name: str, faults: list[str]) -> Callable[[], None]:
    return lambda: annotate_pod(cluster, name, {PREFIX + fault: "false" for fault in faults})


def _releaser(cluster: SimulatedCluster, name: str) -> Callable[[], None]:
    return lambda: _ignore(cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].pop("finalizers")))


def _on_nodes(cluster: SimulatedCluster) -> Iterator[Cause]:
    for node in cluster.nodes.names:
        if cluster.nodes.fault_of(node) is not NodeFault.NONE:
            # A pod without a node may need a volume that is reachable only from this one.
            there = (name for name, pod in pods(cluster).items() if pod["spec"].get("nodeName") in (None, "", node))
            yield Cause(f"node {node}", frozenset(there), _recoverer(cluster, node))


def _recoverer(cluster: SimulatedCluster, node: str) -> Callable[[], None]:
    return lambda: cluster.recover_node(node)


def _on_claims(cluster: SimulatedCluster) -> Iterator[Cause]:
    for claim in cluster.storage.list(CLAIMS, NAMESPACE):
        name = claim["metadata"]["name"]
        if value(claim, "provision") and claim["status"].get("phase") != "Bound":
            yield Cause(f"no volume for {name}", frozenset([name.removeprefix("data-")]), _provisioner(cluster, name))


def _provisioner(cluster: SimulatedCluster, name: str) -> Callable[[], None]:
    # The scheduler's choice of a node is an annotation as well, and must stay.
    fault = PREFIX + "provision"
    return lambda: _ignore(cluster.edit(CLAIMS, NAMESPACE, name, lambda one: one["metadata"]["annotations"].pop(fault)))


def _quota(cluster: SimulatedCluster) -> Cause:
    there = cluster.storage.find(RESOURCE_QUOTAS, NAMESPACE, _NAME) is not None
    missing = frozenset(set(expected(cluster)) - set(pods(cluster))) if there else frozenset[str]()
    return Cause(QUOTA, missing, lambda: _ignore(cluster.storage.delete(RESOURCE_QUOTAS, NAMESPACE, _NAME)))


def _cordon(cluster: SimulatedCluster) -> Cause:
    def uncordon() -> None:
        for node in cluster.storage.list(NODES):
            cluster.edit(NODES, "", node["metadata"]["name"], lambda one: one["spec"].pop("unschedulable", None))

    closed = any(node["spec"].get("unschedulable") for node in cluster.storage.list(NODES))
    waiting = (name for name, pod in pods(cluster).items() if not pod["spec"].get("nodeName"))
    return Cause("cordoned nodes", frozenset(waiting) if closed else frozenset(), uncordon)


def _ignore(_: object) -> None:
    """Discards the result of a write."""


Harm = Callable[[SimulatedCluster, str], None]
"""Breaks an existing pod of the set."""


def members(cluster: SimulatedCluster) -> list[str]:
    """Names of the existing pods of the set."""
    return sorted(name for name, pod in pods(cluster).items() if not is_foreign(cluster, pod))


def break_pod(fault: str) -> Harm:
    def harm(cluster: SimulatedCluster, name: str) -> None:
        annotate_pod(cluster, name, {PREFIX + fault: "1"})

    harm.__name__ = fault
    return harm


def hang_termination(fault: str) -> Harm:
    def harm(cluster: SimulatedCluster, name: str) -> None:
        annotate_pod(cluster, name, {PREFIX + fault: "1"})
        delete_pod(cluster, name)

    harm.__name__ = f"{fault} while terminating"
    return harm


def hold_by_finalizer(cluster: SimulatedCluster, name: str) -> None:
    """Delete the pod, with a finalizer that no controller removes."""
    if "deletionTimestamp" not in cluster.storage.get(PODS, NAMESPACE, name)["metadata"]:
        cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].update(finalizers=[_HOLD]))
        delete_pod(cluster, name)


def break_from_start(fault: str) -> Harm:
    """Roll out a revision that breaks pods of two ordinals from their start.

    Those of this ordinal and of the next.
    """

    def harm(cluster: SimulatedCluster, name: str) -> None:
        ordinal = int(name.rpartition("-")[2])
        annotations = {PREFIX + fault: "1", f"{PREFIX}{fault}-ordinals": f"{ordinal},{ordinal + 1}"}
        cluster.edit_template(NAMESPACE, "web", annotations=annotations)

    harm.__name__ = f"started with {fault}"
    return harm


def broken_revision(cluster: SimulatedCluster, name: str) -> None:
    """Roll out a revision that breaks all pods from their start."""
    cluster.edit_template(
        NAMESPACE, "web", annotations={PREFIX + "image-pull": "fail", f"{PREFIX}image-pull-ordinals": None}
    )


def lose_node(fault: NodeFault) -> Harm:
    def harm(cluster: SimulatedCluster, name: str) -> None:
        node = cluster.storage.get(PODS, NAMESPACE, name)["spec"].get("nodeName")
        if node:
            cluster.fail_node(node, fault)

    harm.__name__ = fault.value
    return harm


def name_taken(cluster: SimulatedCluster, name: str) -> None:
    """Create a foreign pod when the name is free for a moment."""
    delete_pod(cluster, name, grace_seconds=0)
    if name not in pods(cluster):
        container = {"name": "own", "image": "busybox:1"}
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}}
        cluster.apply(made)


def quota(cluster: SimulatedCluster, name: str) -> None:
    """Add a quota below the present number of pods."""
    hard = {"pods": str(max(0, len(pods(cluster)) - 1))}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": _NAME}, "spec": {"hard": hard}}
    cluster.apply(made)
    delete_pod(cluster, name)


def cordon_all(cluster: SimulatedCluster, name: str) -> None:
    for node in cluster.storage.list(NODES):
        cluster.edit(NODES, "", node["metadata"]["name"], lambda one: one["spec"].update(unschedulable=True))
    delete_pod(cluster, name)


def cordon_node(cluster: SimulatedCluster, name: str) -> None:
    """If volumes are confined to a zone, the new pod cannot be scheduled elsewhere."""
    node = cluster.storage.get(PODS, NAMESPACE, name)["spec"].get("nodeName")
    if node:
        cluster.edit(NODES, "", node, lambda one: one["spec"].update(unschedulable=True))
    delete_pod(cluster, name)


def force_delete_from_dead_node(cluster: SimulatedCluster, name: str) -> None:
    """Power the machine off first: its volume stays attached for a while."""
    lose_node(NodeFault.POWERED_OFF)(cluster, name)
    delete_pod(cluster, name, grace_seconds=0)


def no_volume(cluster: SimulatedCluster, name: str) -> None:
    """For the PVC of the ordinal that the next scale-up creates."""
    owner = stateful_set(cluster)
    following = max(ordinal_of(pod) for pod in pods(cluster).values()) + 1
    for claim in claims_for(owner, following).values():
        if cluster.storage.find(CLAIMS, NAMESPACE, claim["metadata"]["name"]) is None:
            claim["metadata"]["annotations"] = {PREFIX + "provision": "never"}
            cluster.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim})


def evicted(cluster: SimulatedCluster, name: str) -> None:
    status = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    cluster.storage.modify(PODS, NAMESPACE, name, lambda one: one["status"].update(status), subresource="status")


HARMS: tuple[Harm, ...] = (
    break_pod("unready"),
    break_pod("crash"),
    hang_termination("stuck"),
    hang_termination("unmount"),
    hold_by_finalizer,
    break_from_start("crash"),
    break_from_start("image-pull"),
    break_from_start("pending"),
    broken_revision,
    lose_node(NodeFault.POWERED_OFF),
    lose_node(NodeFault.KUBELET),
    name_taken,
    quota,
    cordon_all,
    cordon_node,
    force_delete_from_dead_node,
    no_volume,
    evicted,
)
