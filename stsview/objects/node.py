"""v1 Node, without fields that its kubelet writes every few seconds.

So two heartbeats compare equal.
"""

from __future__ import annotations

from stsview.objects.meta import BasicMeta, Instant, Struct

ZONE_LABEL = "topology.kubernetes.io/zone"
"""On nodes, and since Kubernetes 1.35 also on bound pods (KEP-4742)."""


class NodeCondition(Struct, frozen=True):
    """Without `lastHeartbeatTime`, which changes while nothing happens."""

    type: str = ""
    status: str = ""
    reason: str = ""
    last_transition_time: Instant | None = None


class Taint(Struct, frozen=True):
    key: str = ""
    value: str = ""
    effect: str = ""
    time_added: Instant | None = None
    """Set by the node controller for its own taints; usually absent from others."""


class NodeSpec(Struct, frozen=True):
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeStatus(Struct, frozen=True):
    conditions: tuple[NodeCondition, ...] = ()


class Node(Struct, frozen=True):
    metadata: BasicMeta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def ready(self) -> NodeCondition | None:
        """The Ready condition; None before the kubelet has posted one."""
        return next((condition for condition in self.status.conditions if condition.type == "Ready"), None)
