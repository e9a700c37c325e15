"""Nodes whose kubelet is in doubt, and what their leases say."""

from __future__ import annotations

from msgspec.structs import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.pods.readiness import node_lost
from stsview.model.states import LeaseStatus, NodeStatus
from stsview.model.timing.moment import Moment, later
from stsview.model.views import NodeView, Suspicion
from stsview.objects.kinds import LEASES
from stsview.objects.lease import Lease
from stsview.objects.pod import Pod

_LEASE_SECONDS = 40
"""Duration of a lease that names none: the default of kubelets (nodeLeaseDurationSeconds)."""


def suspected(node: NodeView, pod: Pod, overdue: bool, objects: SetObjects, moment: Moment) -> NodeView:
    """The node with the state of its lease, if its kubelet is in doubt.

    `overdue`: the termination of `pod` is past its deadline.

    A kubelet renews its lease every ten seconds, whatever problem its runtime, storage or network plugin has. A lease
    that is not renewed means that the kubelet is down or cut off, which the API cannot tell apart (documentation:
    "Nodes", Node heartbeats). A kubelet that renews it is alive, whatever its clock says.
    """
    if node.status is NodeStatus.READY and node.silent_since is None and not overdue:
        return node
    suspicion = _suspicion(node, pod, overdue)
    if suspicion is Suspicion.NONE:
        return node
    lease = objects.leases.get(node.name)
    if lease is None:
        unread = objects.covered(LEASES).reason
        return replace(
            node,
            suspicion=suspicion,
            lease=LeaseStatus.UNKNOWN if unread else LeaseStatus.NOT_READ,
            lease_detail=unread,
        )
    return replace(node, suspicion=suspicion, lease=lease_status(lease, moment), lease_renewed=lease.renewed)


def _suspicion(node: NodeView, pod: Pod, overdue: bool) -> Suspicion:
    match node.status:
        case NodeStatus.NONE:
            return Suspicion.NONE
        case NodeStatus.UNREACHABLE | NodeStatus.MISSING:
            return Suspicion.LOST
        case NodeStatus.UNKNOWN if node_lost(pod):
            return Suspicion.LOST
        case NodeStatus.NOT_READY:
            return Suspicion.OVERDUE if overdue else Suspicion.NOT_READY
    if overdue:
        return Suspicion.OVERDUE
    return Suspicion.SILENT if node.silent_since is not None else Suspicion.NONE


def lease_status(lease: Lease, moment: Moment) -> LeaseStatus:
    """What a lease tells of the kubelet that holds it."""
    if lease.renewed is None:
        return LeaseStatus.NONE
    if lease.is_renewing:
        return LeaseStatus.RENEWED
    return (
        LeaseStatus.STALE
        if moment.passed(later(lease.renewed, lease.seconds or _LEASE_SECONDS))
        else LeaseStatus.RENEWED
    )
