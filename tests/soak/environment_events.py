"""Events that no operator causes: nodes, volumes, quotas, and other writers."""

from __future__ import annotations

from random import Random

from stsview.simulator.apiserver.resources import (
    AUTOSCALERS,
    NODES,
    PODS,
    RESOURCE_QUOTAS,
    STORAGE_CLASSES,
)
from stsview.simulator.apiserver.resources import NAMESPACES as NAMESPACE_RESOURCE
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.nodes.node_specs import NodeFault
from tests.soak.picking import NAMESPACES, Event, NotApplicable, a_member, a_pod, a_set, at

_OUT_OF_SERVICE = {"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def fail_node(cluster: SimulatedCluster, rng: Random) -> str:
    if len(_failed(cluster)) >= 2:
        raise NotApplicable
    node = rng.choice(cluster.nodes.names)
    fault = rng.choice([NodeFault.HEARTBEAT, NodeFault.KUBELET, NodeFault.POWERED_OFF])
    cluster.fail_node(node, fault)
    return f"{node}: {fault.value}"


def recover_node(cluster: SimulatedCluster, rng: Random) -> str:
    node = _one_failed(cluster, rng)
    cluster.recover_node(node)
    if cluster.storage.find(NODES, "", node) is not None:
        _set_taint(cluster, node, out=False)
    return f"{node} is back"


def give_up_node(cluster: SimulatedCluster, rng: Random) -> str:
    """Taint the node out-of-service, or delete the Node."""
    node = _one_failed(cluster, rng)
    if cluster.storage.find(NODES, "", node) is None:
        raise NotApplicable
    if rng.random() < 0.5:
        cluster.storage.delete(NODES, "", node)
        return f"{node} is deleted"
    _set_taint(cluster, node, out=True)
    return f"{node} is marked as out of service"


def cordon(cluster: SimulatedCluster, rng: Random) -> str:
    node = rng.choice(cluster.storage.list(NODES))
    cordoned = not node["spec"].get("unschedulable", False)
    others = [one for one in cluster.storage.list(NODES) if one["spec"].get("unschedulable")]
    if cordoned and len(others) >= 3:
        raise NotApplicable
    name = node["metadata"]["name"]
    cluster.edit(NODES, "", name, lambda one: one["spec"].update(unschedulable=cordoned))
    return f"{name} is {'cordoned' if cordoned else 'open again'}"


def evicted_by_its_node(cluster: SimulatedCluster, rng: Random) -> str:
    namespace, name = a_pod(cluster, rng)
    told = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
    cluster.storage.modify(PODS, namespace, name, lambda one: one["status"].update(told), subresource="status")
    return f"pod {namespace}/{name} is evicted by its node"


def misbehave(cluster: SimulatedCluster, rng: Random) -> str:
    """Make one pod fail, not its template."""
    namespace, name = at(a_member(cluster, rng))
    trouble, value = rng.choice([("unready", "true"), ("stuck", "true"), ("unready", "false"), ("stuck", "false")])

    def change(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})[PREFIX + trouble] = value

    cluster.edit(PODS, namespace, name, change)
    return f"pod {namespace}/{name}: {trouble} {value}"


def quota(cluster: SimulatedCluster, rng: Random) -> str:
    namespace = rng.choice(NAMESPACES)
    if cluster.storage.find(NAMESPACE_RESOURCE, "", namespace) is None:
        raise NotApplicable
    if cluster.storage.find(RESOURCE_QUOTAS, namespace, "few") is not None:
        cluster.storage.delete(RESOURCE_QUOTAS, namespace, "few")
        return f"no quota in {namespace} any more"
    hard = {"pods": str(rng.randint(1, 6))}
    made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": hard}}
    cluster.apply(made, namespace)
    return f"a quota in {namespace}: {hard}"


def provisioner(cluster: SimulatedCluster, rng: Random) -> str:
    refuses, silent = rng.choice([(True, False), (False, True), (False, False), (False, False)])
    cluster.set_provisioner(refuses=refuses, silent=silent)
    return f"the provisioner {'refuses' if refuses else 'is silent' if silent else 'works'}"


def default_class(cluster: SimulatedCluster, rng: Random) -> str:
    name = rng.choice(["standard", "my-fast-storage"])
    value = rng.choice(["true", "false"])

    def change(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})[_DEFAULT_CLASS] = value

    cluster.edit(STORAGE_CLASSES, "", name, change)
    return f"class {name} is {'a' if value == 'true' else 'no'} default one"


def autoscaler(cluster: SimulatedCluster, rng: Random) -> str:
    """Add or remove an autoscaler that does nothing: `scale` writes the same field."""
    namespace, name = a_set(cluster, rng)
    if cluster.storage.find(AUTOSCALERS, namespace, name) is not None:
        cluster.storage.delete(AUTOSCALERS, namespace, name)
        return f"autoscaler {namespace}/{name} is removed"
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 5}
    made = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": spec,
    }
    cluster.apply(made, namespace)
    return f"autoscaler {namespace}/{name} created"


def drop_namespace(cluster: SimulatedCluster, rng: Random) -> str:
    namespace = rng.choice(NAMESPACES)
    cluster.storage.delete(NAMESPACE_RESOURCE, "", namespace)
    return f"namespace {namespace} is deleted"


def _failed(cluster: SimulatedCluster) -> list[str]:
    return [name for name in cluster.nodes.names if cluster.nodes.fault_of(name) is not NodeFault.NONE]


def _one_failed(cluster: SimulatedCluster, rng: Random) -> str:
    failed = _failed(cluster)
    if not failed:
        raise NotApplicable
    return rng.choice(failed)


def _set_taint(cluster: SimulatedCluster, node: str, *, out: bool) -> None:
    def change(one: Object) -> None:
        kept = [taint for taint in one["spec"].get("taints") or () if taint["key"] != _OUT_OF_SERVICE["key"]]
        one["spec"]["taints"] = [*kept, _OUT_OF_SERVICE] if out else kept

    cluster.edit(NODES, "", node, change)


EVENTS: dict[Event, int] = {
    fail_node: 4,
    recover_node: 6,
    give_up_node: 3,
    cordon: 4,
    evicted_by_its_node: 4,
    misbehave: 6,
    quota: 6,
    provisioner: 4,
    default_class: 2,
    autoscaler: 2,
    drop_namespace: 1,
}
"""How often each happens, in proportion."""
