"""Events that operators cause, correct and wrong."""

from __future__ import annotations

from random import Random
from typing import Any

from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import BUDGETS, CLAIMS, PODS, SERVICES, STATEFUL_SETS
from stsview.simulator.apiserver.resources import NAMESPACES as NAMESPACE_RESOURCE
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.manifests import headless, service, with_service
from tests.soak.picking import LARGEST, NAMES, NAMESPACES, Event, NotApplicable, a_member, a_pod, a_set, at, one_of

BROKEN = "broken"
"""The tag of images that cannot be pulled."""


def create_set(cluster: SimulatedCluster, rng: Random) -> str:
    """Create a StatefulSet."""
    there = {at(one) for one in cluster.storage.list(STATEFUL_SETS)}
    free = [(ns, name) for ns in NAMESPACES for name in NAMES if (ns, name) not in there]
    if not free:
        raise NotApplicable
    namespace, name = rng.choice(free)
    policy = {
        "whenScaled": rng.choice(["Retain", "Retain", "Delete"]),
        "whenDeleted": rng.choice(["Retain", "Delete"]),
    }
    spec: dict[str, Any] = {
        "podManagementPolicy": rng.choice(["OrderedReady", "OrderedReady", "Parallel"]),
        "persistentVolumeClaimRetentionPolicy": policy,
        "minReadySeconds": rng.choice([0, 0, 5]),
        "ordinals": {"start": rng.choice([0, 0, 3])},
    }
    storage = rng.choice(["1Gi", "1Gi", None])
    manifests = with_service(name, f"{name}:1", rng.randint(0, 3), storage=storage, **spec)
    if storage is not None:
        claim = manifests[1]["spec"]["volumeClaimTemplates"][0]["spec"]
        claim["storageClassName"] = rng.choice(["my-fast-storage", "immediate", "no-such-class"])
        if rng.random() < 0.3:
            del claim["storageClassName"]
    cluster.apply(manifests, namespace)
    return f"{namespace}/{name} created"


def scale(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    replicas = rng.randint(0, LARGEST)
    cluster.scale(namespace, name, replicas)
    return f"{namespace}/{name} is scaled to {replicas}"


def update(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    tag = rng.choice(["1", "2", "3", BROKEN])
    cluster.images.missing.add(f"{name}:{BROKEN}")
    cluster.set_image(namespace, name, f"{name}:{tag}")
    return f"{namespace}/{name} gets image {tag}"


def misbehave(cluster: SimulatedCluster, rng: Random) -> str:
    """Change the template so that pods crash or never become Ready, or recover."""
    namespace, name = a_set(cluster, rng)
    trouble, value = rng.choice([("crash", "1"), ("unready", "true"), ("crash", None), ("unready", None)])
    cluster.edit_template(namespace, name, annotations={PREFIX + trouble: value})
    return f"pods of {namespace}/{name} {trouble if value else f'no longer {trouble}'}"


def change_strategy(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": rng.choice([0, 0, 1, 9])}}
    strategy = rng.choice([rolling, rolling, rolling, {"type": "OnDelete"}])
    cluster.edit(STATEFUL_SETS, namespace, name, lambda one: one["spec"].update(updateStrategy=strategy))
    return f"{namespace}/{name} is updated by {strategy}"


def delete_pod(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_pod(cluster, rng)
    grace = rng.choice([None, None, None, 0, 1])
    cluster.storage.delete(PODS, namespace, name, grace_seconds=grace)
    return f"pod {namespace}/{name} is deleted, grace {grace}"


def evict_pod(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_pod(cluster, rng)
    evict(cluster.storage, namespace, name)
    return f"pod {namespace}/{name} is evicted"


def label_pod(cluster: SimulatedCluster, rng: Random) -> str:
    """Change a label: harmless, or the pod is orphaned when the selector no longer matches."""
    namespace, name = at(a_member(cluster, rng))
    label, value = rng.choice([("role", "leader"), ("role", "follower"), ("app", "taken-out"), ("app", name[:-2])])
    cluster.edit(PODS, namespace, name, lambda one: one["metadata"]["labels"].update({label: value}))
    return f"pod {namespace}/{name} is labelled {label}={value}"


def toggle_finalizer(cluster: SimulatedCluster, rng: Random) -> str:
    """Add a finalizer, or remove it."""
    pod = one_of(cluster, rng, PODS)
    namespace, name = at(pod)
    free = bool(pod["metadata"].get("finalizers"))

    def change(one: Object) -> None:
        one["metadata"]["finalizers"] = [] if free else ["example.com/hold"]

    if not free and "deletionTimestamp" in pod["metadata"]:
        raise NotApplicable
    cluster.edit(PODS, namespace, name, change)
    return f"pod {namespace}/{name} is {'let go' if free else 'held'} by a finalizer"


def force_namespace_deletion(cluster: SimulatedCluster, rng: Random) -> str:
    """Force-delete what blocks the deletion of a namespace, in which nothing can be created until then."""
    namespace = rng.choice(NAMESPACES)
    there = cluster.storage.find(NAMESPACE_RESOURCE, "", namespace)
    if there is None or "deletionTimestamp" not in there["metadata"]:
        raise NotApplicable
    for pod in cluster.storage.list(PODS, namespace):
        name = pod["metadata"]["name"]
        if pod["metadata"].get("finalizers"):
            cluster.edit(PODS, namespace, name, lambda one: one["metadata"].pop("finalizers"))
        if cluster.storage.find(PODS, namespace, name) is not None:
            cluster.storage.delete(PODS, namespace, name, grace_seconds=0)
    return f"what is left in {namespace} is removed by force"


def delete_set(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    way = rng.choice(["Background", "Foreground", "Orphan"])
    cluster.storage.delete(STATEFUL_SETS, namespace, name, propagation=way)
    return f"{namespace}/{name} is deleted, {way}"


def delete_claim(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = at(one_of(cluster, rng, CLAIMS))
    cluster.storage.delete(CLAIMS, namespace, name)
    return f"claim {namespace}/{name} is deleted"


def grow_claim(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = at(one_of(cluster, rng, CLAIMS))
    size = f"{rng.randint(2, 9)}Gi"
    cluster.edit(CLAIMS, namespace, name, lambda one: one["spec"]["resources"]["requests"].update(storage=size))
    return f"claim {namespace}/{name} is to have {size}"


def change_service(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    if cluster.storage.find(SERVICES, namespace, f"{name}-hs") is not None:
        cluster.storage.delete(SERVICES, namespace, f"{name}-hs")
        return f"Service {namespace}/{name}-hs is removed"
    proper = rng.random() < 0.8
    cluster.apply([(headless if proper else service)(f"{name}-hs", name, port=80)], namespace)
    return f"Service {namespace}/{name}-hs created, {'headless' if proper else 'with an address'}"


def change_budget(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_set(cluster, rng)
    budget = f"{name}-{rng.choice('ab')}"
    if cluster.storage.find(BUDGETS, namespace, budget) is not None:
        cluster.storage.delete(BUDGETS, namespace, budget)
        return f"budget {namespace}/{budget} is removed"
    labels = rng.choice([{"app": name}, {"role": "leader"}, {}])
    spec = {"maxUnavailable": rng.randint(0, 1), "selector": {"matchLabels": labels}}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": budget}, "spec": spec}
    cluster.apply(made, namespace)
    return f"budget {namespace}/{budget} over {labels} created"


EVENTS: dict[Event, int] = {
    create_set: 5,
    scale: 6,
    update: 5,
    misbehave: 2,
    change_strategy: 2,
    delete_pod: 4,
    evict_pod: 2,
    label_pod: 2,
    toggle_finalizer: 2,
    force_namespace_deletion: 2,
    delete_set: 1,
    delete_claim: 1,
    grow_claim: 1,
    change_service: 2,
    change_budget: 2,
}
"""How often each happens, in proportion."""
