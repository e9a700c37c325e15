"""coordination.k8s.io/v1 Lease, as kubelets renew one for their node."""

from __future__ import annotations

from datetime import datetime

from stsview.objects.meta import BasicMeta, Instant, Struct

LEASE_NAMESPACE = "kube-node-lease"
"""The namespace of node leases, each named as its node (documentation: "Leases", Node heartbeats)."""


class LeaseSpec(Struct, frozen=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: Instant | None = None


class Lease(Struct, frozen=True):
    metadata: BasicMeta
    spec: LeaseSpec = LeaseSpec()
    previous_renewal: Instant | None = None
    """The renewal time of the previous read; not a field of the API, set by the reader. The clock of a node may be
    wrong, but a renewal time that changes shows that its kubelet is alive."""

    @property
    def renewed(self) -> datetime | None:
        """The last renewal, by the clock of the holder.

        None for a lease that was never renewed.
        """
        return self.spec.renew_time

    @property
    def is_renewing(self) -> bool | None:
        """Whether it was renewed between the last two reads; None after only one."""
        if self.previous_renewal is None or self.renewed is None:
            return None
        return self.renewed != self.previous_renewal

    @property
    def holder(self) -> str:
        return self.spec.holder_identity

    @property
    def seconds(self) -> int:
        """How long it is valid after a renewal; 0 if not set.

        A kubelet renews it four times as often.
        """
        return self.spec.lease_duration_seconds
