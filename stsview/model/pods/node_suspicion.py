"""Which nodes are under suspicion, and what their leases tell of them."""

from __future__ import annotations

from dataclasses import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.pods.readiness import node_lost
from stsview.model.timing.moment import Moment, later
from stsview.model.views import NodeView, Suspicion
from stsview.objects.kinds import LEASES
from stsview.objects.lease import Lease
from stsview.objects.pod import Pod

_LEASE_SECONDS = 40
"""How long a lease holds that does not say it: kubelets' default (nodeLeaseDurationSeconds)."""


def suspected(node: NodeView, pod: Pod, overdue: bool, objects: SetObjects, moment: Moment) -> NodeView:
    """The node with what its lease tells, if there is reason to ask for it. `overdue`: the end of `pod` is.

    A kubelet renews its lease every ten seconds, whatever the trouble with its runtime, storage or network plugin; a
    lease that stands still means that the kubelet is down or cut off, which the API cannot tell apart (documentation:
    "Nodes", Node heartbeats). One that is renewed is alive, whatever its clock says.
    """
    suspicion = _suspicion(node, pod, overdue)
    if suspicion is Suspicion.NONE:
        return node
    lease = objects.leases.get(node.name)
    if lease is None:
        unread = objects.covered(LEASES).reason
        return replace(node, suspicion=suspicion, lease="unknown" if unread else "", lease_detail=unread)
    return replace(node, suspicion=suspicion, lease=_word(lease, moment), lease_renewed=lease.renewed)


def _suspicion(node: NodeView, pod: Pod, overdue: bool) -> Suspicion:
    match node.word:
        case "":
            return Suspicion.NONE
        case "silent" | "missing":
            return Suspicion.LOST
        case "unknown" if node_lost(pod):
            return Suspicion.LOST
        case "not Ready":
            return Suspicion.OVERDUE if overdue else Suspicion.NOT_READY
    return Suspicion.OVERDUE if overdue else Suspicion.NONE


def _word(lease: Lease, moment: Moment) -> str:
    if lease.renewed is None:
        return "none"
    if lease.is_renewing:
        return "renewed"
    return "stale" if moment.passed(later(lease.renewed, lease.seconds or _LEASE_SECONDS)) else "renewed"
