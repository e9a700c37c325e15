"""The node of a pod: the state of its kubelet, and its zone."""

from __future__ import annotations

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import one_line
from stsview.model.pods.unknowns import awaited, hidden
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, NodeStatus
from stsview.model.timing.moment import Moment
from stsview.model.timing.sightings import Sightings
from stsview.model.views import NodeView
from stsview.objects.kinds import NODES
from stsview.objects.node import ZONE_LABEL, Node
from stsview.objects.pod import Pod

_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"

ON_NO_NODE = NodeView()


def node_of(
    pod: Pod | None, objects: SetObjects, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> NodeView:
    """What is known of the node that `pod` is bound to.

    The node controller sets Ready to Unknown when it does not hear from the kubelet; the kubelet itself sets False
    (documentation: "Nodes", Node status; pkg/controller/nodelifecycle).
    """
    name = pod.spec.node_name if pod is not None else ""
    if pod is None or not name:
        return ON_NO_NODE
    zone = pod.metadata.labels.get(ZONE_LABEL, "")
    node = objects.nodes.get(name)
    if reason := hidden(NODES, objects, found=node is not None):
        return NodeView(name, NodeStatus.UNKNOWN, Health.UNKNOWN, zone, detail=reason)
    seen = node is not None or sightings.knows("node", name)
    if seen:
        sightings.since("node", name)
    if node is None:
        # The scheduler binds only to existing Nodes: one that was never seen may not have arrived on the stream yet.
        bound = pod.condition("PodScheduled")
        since_bound = bound.last_transition_time if bound is not None else None
        referred = since_bound or pod.metadata.creation_timestamp
        if not seen and awaited(NODES, name, referred, settings, sightings, moment):
            return NodeView(name, NodeStatus.UNKNOWN, Health.UNKNOWN, zone, detail="not seen yet", awaited=True)
        # If it was already missing at the first look, its age is unknown.
        since = sightings.since("node gone", name) if seen else None
        return NodeView(name, NodeStatus.MISSING, Health.DEGRADED, zone, since, "no Node with this name")
    return _present(name, node, node.metadata.labels.get(ZONE_LABEL) or zone)


def _present(name: str, node: Node, zone: str) -> NodeView:
    status, health, detail = _status(node)
    out = any(taint.key == _OUT_OF_SERVICE for taint in node.spec.taints)
    return NodeView(
        name,
        status,
        health,
        zone,
        node.ready.last_transition_time if node.ready is not None else None,
        "tainted out-of-service" if out else detail,
        out,
    )


def _status(node: Node) -> tuple[NodeStatus, Health, str]:
    """Status, health and detail."""
    if node.ready is None:
        return NodeStatus.NOT_READY, Health.WARNING, "its kubelet has not reported yet"
    if node.ready.status == "True":
        return (
            (NodeStatus.CORDONED, Health.NEUTRAL, "accepts no new pods")
            if node.spec.unschedulable
            else (NodeStatus.READY, Health.READY, "")
        )
    if node.ready.status == "False":
        return NodeStatus.NOT_READY, Health.WARNING, one_line(node.ready.reason)
    return NodeStatus.UNREACHABLE, Health.WARNING, "kubelet stopped posting node status"
