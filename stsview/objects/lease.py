"""coordination.k8s.io/v1 Lease, as kubelets keep one for their node."""

from __future__ import annotations

from datetime import datetime

from stsview.objects.meta import BasicMeta, Instant, Struct

LEASE_NAMESPACE = "kube-node-lease"
"""Where the lease of each node is, under the node's name (documentation: "Leases", Node heartbeats)."""


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: Instant | None = None


class Lease(Struct, frozen=True):
    metadata: BasicMeta
    spec: LeaseSpec = LeaseSpec()
    previous_renewal: Instant | None = None
    """When it had been renewed at the look before this one. The API knows no such field: who looks twice fills it in,
    as the clock of a node may be wrong, but a time that moves on shows a kubelet that is alive."""

    @property
    def renewed(self) -> datetime | None:
        """When its holder says that it renewed it, by the holder's own clock; None for a lease never renewed."""
        return self.spec.renew_time

    @property
    def is_renewing(self) -> bool | None:
        """Whether it was renewed between the last two looks; None after only one."""
        if self.previous_renewal is None or self.renewed is None:
            return None
        return self.renewed != self.previous_renewal

    @property
    def holder(self) -> str:
        return self.spec.holder_identity

    @property
    def seconds(self) -> int:
        """How long it holds without being renewed; 0 where it does not say. A kubelet renews four times as often."""
        return self.spec.lease_duration_seconds
