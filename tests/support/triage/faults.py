"""What keeps pods of a simulated set from coming, being or going as they should; and how each of it is put right."""

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
from tests.support.simulator.box import NAMESPACE, annotate_pod, delete_pod, pods, stateful_set

ALIVE = ("crash", "unready", "image-pull", "pending")
ENDING = ("stuck", "unmount")
"""Names of annotations (`stsview.simulator.fault_annotations`) that tell on a pod while it lives, and when it ends."""

_HOLD = "example.com/hold"
_NAME = "few"

QUOTA = "a quota"


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong."""

    what: str
    pods: frozenset[str]
    """Names of the pods, also of missing ones, that suffer from it."""
    mend: Callable[[], None]


def causes(cluster: SimulatedCluster) -> list[Cause]:
    """All that is wrong now with the set `web` and has to be put right by somebody."""
    found = [
        *_on_pods(cluster),
        *_on_nodes(cluster),
        *_on_claims(cluster),
        _quota(cluster),
        _cordon(cluster),
    ]
    return [cause for cause in found if cause.pods]


def expected(cluster: SimulatedCluster) -> list[str]:
    """Names of the pods that there should be, the lowest first."""
    spec = stateful_set(cluster)["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    return [f"web-{ordinal}" for ordinal in range(start, start + spec["replicas"])]


def is_foreign(cluster: SimulatedCluster, pod: Object) -> bool:
    return bool((controller_of(pod) or {}).get("uid") != stateful_set(cluster)["metadata"]["uid"])


def _on_pods(cluster: SimulatedCluster) -> Iterator[Cause]:
    for name, pod in pods(cluster).items():
        yield Cause("a stranger", frozenset([name] * is_foreign(cluster, pod)), _remover(cluster, name))
        going = "deletionTimestamp" in pod["metadata"]
        ill = [told for told in (ENDING if going else ALIVE) if value(pod, told)]
        yield Cause(", ".join(ill), frozenset([name] * bool(ill)), _healer(cluster, name, ill))
        held = going and bool(pod["metadata"].get("finalizers"))
        yield Cause("a finalizer", frozenset([name] * held), _releaser(cluster, name))


def _remover(cluster: SimulatedCluster, name: str) -> Callable[[], None]:
    return lambda: delete_pod(cluster, name, grace_seconds=0)


def _healer(cluster: SimulatedCluster, name: str, ill: list[str]) -> Callable[[], None]:
    return lambda: annotate_pod(cluster, name, {PREFIX + told: "false" for told in ill})


def _releaser(cluster: SimulatedCluster, name: str) -> Callable[[], None]:
    return lambda: _ignore(cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].pop("finalizers")))


def _on_nodes(cluster: SimulatedCluster) -> Iterator[Cause]:
    for node in cluster.nodes.names:
        if cluster.nodes.fault_of(node) is not NodeFault.NONE:
            # On no node yet may be because a volume can only be reached from this one.
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
    return lambda: _ignore(cluster.edit(CLAIMS, NAMESPACE, name, lambda one: one["metadata"].pop("annotations")))


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
    """What a write answers."""


Harm = Callable[[SimulatedCluster, str], None]
"""What goes wrong with a pod that is there and the set's own."""


def members(cluster: SimulatedCluster) -> list[str]:
    """Names of the pods that are there and the set's own."""
    return sorted(name for name, pod in pods(cluster).items() if not is_foreign(cluster, pod))


def fall_ill(told: str) -> Harm:
    def harm(cluster: SimulatedCluster, name: str) -> None:
        annotate_pod(cluster, name, {PREFIX + told: "1"})

    harm.__name__ = told
    return harm


def will_not_end(told: str) -> Harm:
    def harm(cluster: SimulatedCluster, name: str) -> None:
        annotate_pod(cluster, name, {PREFIX + told: "1"})
        delete_pod(cluster, name)

    harm.__name__ = f"{told} while ending"
    return harm


def held(cluster: SimulatedCluster, name: str) -> None:
    """Deleted, with a finalizer that nobody removes."""
    if "deletionTimestamp" not in cluster.storage.get(PODS, NAMESPACE, name)["metadata"]:
        cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].update(finalizers=[_HOLD]))
        delete_pod(cluster, name)


def born_ill(told: str) -> Harm:
    """Of a new revision, whose pods of this ordinal and of the next are ill from their birth."""

    def harm(cluster: SimulatedCluster, name: str) -> None:
        ordinal = int(name.rpartition("-")[2])
        told_to = {PREFIX + told: "1", f"{PREFIX}{told}-ordinals": f"{ordinal},{ordinal + 1}"}
        cluster.edit_template(NAMESPACE, "web", annotations=told_to)

    harm.__name__ = f"born with {told}"
    return harm


def broken_revision(cluster: SimulatedCluster, name: str) -> None:
    """Whose pods are all ill from their birth."""
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
    """By somebody's pod that comes first when the name is free for a moment."""
    delete_pod(cluster, name, grace_seconds=0)
    if name not in pods(cluster):
        container = {"name": "own", "image": "busybox:1"}
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container]}}
        cluster.apply(made)


def quota(cluster: SimulatedCluster, name: str) -> None:
    """That leaves no room for one pod more, nor for all that there are."""
    hard = {"pods": str(max(0, len(pods(cluster)) - 1))}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": _NAME}, "spec": {"hard": hard}}
    cluster.apply(made)
    delete_pod(cluster, name)


def cordon_all(cluster: SimulatedCluster, name: str) -> None:
    for node in cluster.storage.list(NODES):
        cluster.edit(NODES, "", node["metadata"]["name"], lambda one: one["spec"].update(unschedulable=True))
    delete_pod(cluster, name)


def cordon_node(cluster: SimulatedCluster, name: str) -> None:
    """Where volumes are confined to a zone, the successor can go nowhere else."""
    node = cluster.storage.get(PODS, NAMESPACE, name)["spec"].get("nodeName")
    if node:
        cluster.edit(NODES, "", node, lambda one: one["spec"].update(unschedulable=True))
    delete_pod(cluster, name)


def torn_from_its_node(cluster: SimulatedCluster, name: str) -> None:
    """Whose machine is off: its volume stays behind for a while."""
    lose_node(NodeFault.POWERED_OFF)(cluster, name)
    delete_pod(cluster, name, grace_seconds=0)


def no_volume(cluster: SimulatedCluster, name: str) -> None:
    """For the claim of the ordinal that a scale-up makes next."""
    owner = stateful_set(cluster)
    following = max(ordinal_of(pod) for pod in pods(cluster).values()) + 1
    for claim in claims_for(owner, following).values():
        if cluster.storage.find(CLAIMS, NAMESPACE, claim["metadata"]["name"]) is None:
            claim["metadata"]["annotations"] = {PREFIX + "provision": "never"}
            cluster.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim})


def evicted(cluster: SimulatedCluster, name: str) -> None:
    told = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    cluster.storage.modify(PODS, NAMESPACE, name, lambda one: one["status"].update(told), subresource="status")


HARMS: tuple[Harm, ...] = (
    fall_ill("unready"),
    fall_ill("crash"),
    will_not_end("stuck"),
    will_not_end("unmount"),
    held,
    born_ill("crash"),
    born_ill("image-pull"),
    born_ill("pending"),
    broken_revision,
    lose_node(NodeFault.POWERED_OFF),
    lose_node(NodeFault.KUBELET),
    name_taken,
    quota,
    cordon_all,
    cordon_node,
    torn_from_its_node,
    no_volume,
    evicted,
)
