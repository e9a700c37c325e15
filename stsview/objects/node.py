"""v1 Node, without fields that its kubelet writes every few seconds."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import BasicMeta, Instant, Struct

ZONE_LABEL = "topology.kubernetes.io/zone"
"""On nodes, and since Kubernetes 1.35 also on bound pods (KEP-4742)."""


class NodeCondition(Struct, frozen=True):
    """Only the Ready condition keeps its `lastHeartbeatTime`: those of others change while nothing happens."""

    type: str = ""
    status: str = ""
    reason: str = ""
    last_transition_time: Instant | None = None
    last_heartbeat_time: Instant | None = None
    """When its kubelet last posted it: every five minutes, or when something changes (nodeStatusReportFrequency)."""

    def __post_init__(self) -> None:
        if self.type != "Ready" and self.last_heartbeat_time is not None:
            msgspec.structs.force_setattr(self, "last_heartbeat_time", None)


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
        for condition in self.status.conditions:
            if condition.type == "Ready":
                return condition
        return None

    def heartbeat_after(self, former: Node) -> bool:
        """Whether it differs from `former` by nothing but a later heartbeat."""
        return (
            self._heartbeat is not None
            and self.without_heartbeat == former.without_heartbeat
            and (former._heartbeat is not None and self._heartbeat > former._heartbeat)
        )

    @property
    def _heartbeat(self) -> Instant | None:
        return self.ready.last_heartbeat_time if self.ready is not None else None

    @property
    def without_heartbeat(self) -> Node:
        """The node but for when its kubelet last posted its status."""
        conditions = tuple(msgspec.structs.replace(one, last_heartbeat_time=None) for one in self.status.conditions)
        return msgspec.structs.replace(self, status=NodeStatus(conditions))
