"""Whether the kubelet of a node is alive, as far as the API can tell.

Its Node and its lease, read twice.

A kubelet renews its lease every ten seconds, even while its runtime, storage or network plugin fails. A lease that is
not renewed means that the kubelet is down or cut off, which the API cannot distinguish (documentation: "Nodes", Node
heartbeats; "Leases").
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import msgspec

from stsview.actions.plan import Precondition
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.model.timing.moment import later
from stsview.objects.kinds import LEASES, NODES, Kind, KubernetesObject
from stsview.objects.lease import LEASE_NAMESPACE, Lease
from stsview.objects.node import Node, NodeCondition
from stsview.triage.support.events import timestamp
from stsview.triage.support.node_remedies import OUT_OF_SERVICE

READINGS_APART_SECONDS = 12.0
"""Between the two readings: longer than the interval in which a live kubelet renews its lease."""

RENEW_SECONDS = 10.0
"""How often kubelets renew their leases (pkg/kubelet: a quarter of nodeLeaseDurationSeconds)."""

_NODE = "node"
"""Id of the precondition that names the node of a pod; a pod on no node has none."""

_LEASE_SECONDS = 40
"""Duration of a lease that does not name one: the kubelets' default."""


class NodeState(Enum):
    READY = "Ready"
    NOT_READY = "NotReady"
    """Its kubelet reports that itself, or has not reported yet."""
    UNREACHABLE = "unreachable"
    """The node controller gets no reports of its kubelet (Ready is Unknown)."""
    GONE = "gone"
    """There is no Node of that name."""
    UNKNOWN = "unknown"
    """It cannot be read."""


class LeaseState(Enum):
    RENEWED = "renewed"
    """Renewed between the two readings: the kubelet is alive, whatever the clocks say."""
    VALID = "not expired"
    """Not renewed between the readings, but not expired either."""
    EXPIRED = "expired"
    NONE = "none"
    UNKNOWN = "unknown"
    """It cannot be read."""


class NodeReading(msgspec.Struct, frozen=True):
    """One reading of a node.

    None: the object does not exist, or could not be read for the given reason.
    """

    node: Node | None
    lease: Lease | None
    node_unread: str = ""
    lease_unread: str = ""

    @property
    def ready(self) -> NodeCondition | None:
        return self.node.ready if self.node is not None else None

    @property
    def state(self) -> NodeState:
        if self.node_unread:
            return NodeState.UNKNOWN
        if self.node is None:
            return NodeState.GONE
        if self.ready is None:
            return NodeState.NOT_READY
        return {"True": NodeState.READY, "False": NodeState.NOT_READY}.get(self.ready.status, NodeState.UNREACHABLE)


class Kubelet(msgspec.Struct, frozen=True):
    """Two readings of one node.

    Where they differ, the one counts that suggests that the kubelet is alive.
    """

    name: str
    first: NodeReading
    second: NodeReading
    at: datetime
    """The server's time at the second reading."""

    @property
    def node(self) -> NodeState:
        states = (self.first.state, self.second.state)
        return next((one for one in (NodeState.READY, NodeState.UNKNOWN) if one in states), self.second.state)

    @property
    def lease(self) -> LeaseState:
        if self.lease_unread:
            return LeaseState.UNKNOWN
        if self.second.lease is not None and _renewal(self.second.lease) != _renewal(self.first.lease):
            return LeaseState.RENEWED
        lease = self.second.lease or self.first.lease
        if lease is None or lease.renewed is None:
            return LeaseState.NONE
        valid = self.at < later(lease.renewed, lease.seconds or _LEASE_SECONDS)
        return LeaseState.VALID if valid else LeaseState.EXPIRED

    @property
    def may_be_alive(self) -> bool:
        """Whether anything suggests that the kubelet is alive."""
        return self.node is NodeState.READY or self.lease in (LeaseState.RENEWED, LeaseState.VALID)

    @property
    def since(self) -> datetime | None:
        """When its Ready condition last changed."""
        return self.second.ready.last_transition_time if self.second.ready is not None else None

    @property
    def renewed(self) -> datetime | None:
        """When its lease was last renewed, by its own clock."""
        lease = self.second.lease or self.first.lease
        return lease.renewed if lease is not None else None

    @property
    def node_unread(self) -> str:
        return self.first.node_unread or self.second.node_unread

    @property
    def lease_unread(self) -> str:
        return self.first.lease_unread or self.second.lease_unread

    @property
    def out_of_service(self) -> bool:
        """Whether the node is tainted out-of-service and not Ready.

        Pod GC requires both (pkg/controller/podgc).
        """
        return self.node is not NodeState.READY and OUT_OF_SERVICE in self.taints

    @property
    def taints(self) -> tuple[str, ...]:
        return tuple(taint.key for taint in self.second.node.spec.taints) if self.second.node is not None else ()


async def read_node(session: Session, name: str) -> NodeReading:
    """Read the Node and the lease.

    Raises nothing: the result tells what could not be read.
    """
    (node, node_unread), (lease, lease_unread) = await asyncio.gather(
        _read(session, NODES, "", name), _read(session, LEASES, LEASE_NAMESPACE, name)
    )
    return NodeReading(
        node if isinstance(node, Node) else None,
        lease if isinstance(lease, Lease) else None,
        node_unread,
        lease_unread,
    )


def preconditions(kubelet: Kubelet) -> tuple[Precondition, ...]:
    """The preconditions about a node.

    A kubelet that keeps renewing its lease does not change them.
    """
    node, lease = kubelet.second.node, kubelet.lease
    since = f" since {timestamp(kubelet.since)}" if kubelet.since is not None else ""
    renewed = f" since {timestamp(kubelet.renewed)}" if kubelet.renewed is not None else ""
    alive = lease in (LeaseState.RENEWED, LeaseState.VALID)
    return (
        Precondition(_NODE, "its node", kubelet.name),
        Precondition("node-uid", "the uid of the node", node.metadata.uid if node is not None else "none"),
        Precondition(
            "node-state",
            "the node",
            kubelet.node.value + since + (", out of service" if kubelet.out_of_service else ""),
        ),
        Precondition(
            "lease-state", "the lease of the node", LeaseState.RENEWED.value if alive else lease.value + renewed
        ),
    )


async def changes(session: Session, before: Sequence[Precondition]) -> str:
    """Read the node again: how it differs from a plan's preconditions.

    Empty where it does not, or there is none.
    """
    was = {one.id: one.value for one in before}
    name = was.get(_NODE, "")
    if not name:
        return ""
    reading = await read_node(session, name)
    found = preconditions(Kubelet(name, reading, reading, session.server_now()))
    return "; ".join(
        f"{one.label} was {was.get(one.id)}, is {one.value}" for one in found if was.get(one.id) != one.value
    )


async def _read(session: Session, kind: Kind, namespace: str, name: str) -> tuple[KubernetesObject | None, str]:
    try:
        return await session.get(kind, namespace, name), ""
    except NotFound:
        return None, ""
    except Forbidden:
        return None, f"you may not get {kind.resource}{f' in {namespace}' if namespace else ''}"
    except ClusterError as error:
        return None, str(error)


def _renewal(lease: Lease | None) -> tuple[str, datetime | None] | None:
    return (lease.metadata.uid, lease.renewed) if lease is not None else None
