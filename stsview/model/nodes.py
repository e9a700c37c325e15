"""The node of a pod: whether its kubelet is there, and in which zone it is."""

from __future__ import annotations

from stsview.model.objects_of_set import SetObjects
from stsview.model.sightings import Sightings
from stsview.model.unread import hidden
from stsview.model.views import NodeView, Tone
from stsview.objects.kinds import NODES
from stsview.objects.node import ZONE_LABEL, Node
from stsview.objects.pod import Pod

_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


def node_of(pod: Pod | None, objects: SetObjects, sightings: Sightings) -> NodeView:
    """What is known of the node that `pod` is bound to.

    Ready Unknown is written by the node controller when the kubelet is silent, False by the kubelet itself
    (documentation: "Nodes", Node status; pkg/controller/nodelifecycle).
    """
    name = pod.spec.node_name if pod is not None else ""
    if pod is None or not name:
        return NodeView()
    zone = pod.metadata.labels.get(ZONE_LABEL, "")
    node = objects.nodes.get(name)
    if reason := hidden(NODES, objects, found=node is not None):
        return NodeView(name, "unknown", Tone.UNKNOWN, zone, detail=reason)
    seen = node is not None or sightings.knows("node", name)
    if seen:
        sightings.since("node", name)
    if node is None:
        # Where it was not there at the first look, nothing tells since when.
        since = sightings.since("node gone", name) if seen else None
        return NodeView(name, "missing", Tone.BROKEN, zone, since, "there is no Node of this name")
    return _present(name, node, node.metadata.labels.get(ZONE_LABEL) or zone)


def _present(name: str, node: Node, zone: str) -> NodeView:
    ready = node.ready
    out = any(taint.key == _OUT_OF_SERVICE for taint in node.spec.taints)
    detail = "marked as out of service" if out else ""
    if ready is None:
        return NodeView(name, "not Ready", Tone.WARNING, zone, detail=detail or "its kubelet has posted no status yet")
    since = ready.last_transition_time
    if ready.status == "True":
        if node.spec.unschedulable:
            return NodeView(name, "cordoned", Tone.QUIET, zone, since, detail or "takes no new pods")
        return NodeView(name, "Ready", Tone.READY, zone, since, detail)
    if ready.status == "False":
        return NodeView(name, "not Ready", Tone.WARNING, zone, since, detail or ready.reason)
    return NodeView(name, "silent", Tone.WARNING, zone, since, detail or "its kubelet has not been heard of")
