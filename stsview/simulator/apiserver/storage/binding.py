"""The assignment of a pod to a node.

Source: kubernetes/pkg/registry/core/pod/storage/storage.go (BindingREST), and the admission plug-in
PodTopologyLabels for the zone label.
"""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import NODES, PODS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, timestamp

_TOPOLOGY_LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


def bind(storage: Storage, namespace: str, name: str, node_name: str, *, manager: str = "kube-scheduler") -> Object:
    """Assign a pod to a node, with its PodScheduled condition.

    Raises `ApiError` 409 when it is assigned already or terminating.
    """
    pod = storage.get(PODS, namespace, name)
    if pod["spec"].get("nodeName"):
        raise ApiError.conflict(PODS, name, f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"')
    if "deletionTimestamp" in pod["metadata"]:
        raise ApiError.conflict(PODS, name, f"pod {name} is being deleted, cannot be assigned to a host")
    node = storage.find(NODES, "", node_name)
    topology = (node or {}).get("metadata", {}).get("labels") or {}
    now = timestamp(storage.clock.now())

    def assign(pod: Object) -> None:
        pod["spec"]["nodeName"] = node_name
        for label in _TOPOLOGY_LABELS:
            if label in topology:
                pod["metadata"].setdefault("labels", {})[label] = topology[label]
        conditions = pod["status"].setdefault("conditions", [])
        conditions[:] = [one for one in conditions if one["type"] != "PodScheduled"]
        conditions.append({"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now})

    return storage.modify(PODS, namespace, name, assign, subresource="binding", manager=manager)
