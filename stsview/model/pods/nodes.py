"""The node of a pod: the state of its kubelet, and its zone."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import one_line
from stsview.model.pods.node_suspicion import lease_status
from stsview.model.pods.unknowns import awaited, hidden
from stsview.model.same_object import PerObject
from stsview.model.settings import ModelSettings
from stsview.model.states import Health, LeaseStatus, NodeStatus
from stsview.model.timing.moment import Moment, later
from stsview.model.timing.sightings import Sightings
from stsview.model.views import NodeView
from stsview.objects.kinds import LEASES, NODES
from stsview.objects.node import ZONE_LABEL, Node, NodeCondition
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
    node = objects.nodes.get(name)
    zone = pod.metadata.labels.get(ZONE_LABEL, "")
    if reason := hidden(NODES, objects, found=node is not None):
        return NodeView(name, NodeStatus.UNKNOWN, Health.UNKNOWN, zone, detail=reason)
    if node is None:
        seen = sightings.knows("node", name)
        if seen:
            sightings.since("node", name)
        # The scheduler binds only to existing Nodes: one that was never seen may not have arrived on the stream yet.
        bound = pod.condition("PodScheduled")
        since_bound = bound.last_transition_time if bound is not None else None
        referred = since_bound or pod.metadata.creation_timestamp
        if not seen and awaited(NODES, name, referred, settings, sightings, moment):
            return NodeView(name, NodeStatus.UNKNOWN, Health.UNKNOWN, zone, detail="not seen yet", awaited=True)
        # If it was already missing at the first look, its age is unknown.
        since = sightings.since("node gone", name) if seen else None
        return NodeView(name, NodeStatus.MISSING, Health.DEGRADED, zone, since, "no Node with this name")
    sightings.since("node", name)
    present, heartbeat = _present(node)
    if zone and not present.zone:
        present = replace(present, zone=zone)
    # A cluster whose nodes have no heartbeats tells nothing by that.
    if heartbeat is not None and moment.passed(later(heartbeat, settings.heartbeat_grace), postponed=True):
        return _silent(replace(present, silent_since=heartbeat), objects, settings, sightings, moment)
    return present


def _silent(
    node: NodeView, objects: SetObjects, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> NodeView:
    """A node that still counts as Ready, but whose kubelet has not posted that for too long.

    The node controller marks it, unless that is down itself; until then its lease decides. A kubelet that runs renews
    its lease every ten seconds. One look at an expired lease is not enough: the clock of the node may be wrong.
    """
    lease = objects.leases.get(node.name)
    if lease is None:
        unread = objects.covered(LEASES).reason
        return _in_doubt(node, f"its last heartbeat is too old; {unread}") if unread else node
    match lease_status(lease, moment):
        case LeaseStatus.RENEWED:
            return node
        case LeaseStatus.NONE:
            return _in_doubt(node, "its last heartbeat is too old, and it has no lease")
    if not moment.passed(later(sightings.since("lease expired", node.name), settings.act_grace)):
        return _in_doubt(node, "its last heartbeat is too old, and its lease has expired")
    return replace(
        node,
        status=NodeStatus.UNREACHABLE,
        health=Health.WARNING,
        since=lease.renewed or node.silent_since,
        detail="its lease has expired, but the node controller has not marked it",
    )


def _in_doubt(node: NodeView, detail: str) -> NodeView:
    return replace(node, status=NodeStatus.UNKNOWN, health=Health.UNKNOWN, since=node.silent_since, detail=detail)


def view_of_node(node: Node) -> NodeView:
    """What a node shows of itself, whatever its heartbeats and its lease tell."""
    ready = node.ready
    status, health, detail = _status(node, ready)
    out = any(taint.key == _OUT_OF_SERVICE for taint in node.spec.taints)
    return NodeView(
        node.metadata.name,
        status,
        health,
        node.metadata.labels.get(ZONE_LABEL, ""),
        ready.last_transition_time if ready is not None else None,
        "tainted out-of-service" if out else detail,
        out,
    )


def _with_heartbeat(node: Node) -> tuple[NodeView, datetime | None]:
    """Its view, and the last heartbeat if it is Ready."""
    view, ready = view_of_node(node), node.ready
    return view, ready.last_heartbeat_time if ready is not None and view.well else None


_present = PerObject(_with_heartbeat)


def _status(node: Node, ready: NodeCondition | None) -> tuple[NodeStatus, Health, str]:
    """Status, health and detail."""
    if ready is None:
        return NodeStatus.NOT_READY, Health.WARNING, "its kubelet has not reported yet"
    if ready.status == "True":
        return (
            (NodeStatus.CORDONED, Health.NEUTRAL, "accepts no new pods")
            if node.spec.unschedulable
            else (NodeStatus.READY, Health.READY, "")
        )
    if ready.status == "False":
        return NodeStatus.NOT_READY, Health.WARNING, one_line(ready.reason)
    return NodeStatus.UNREACHABLE, Health.WARNING, "kubelet stopped posting node status"
