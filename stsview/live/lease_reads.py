"""Looks at the leases of nodes, one by one, and only while there is a reason to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

import msgspec

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.kinds import LEASES
from stsview.objects.lease import LEASE_NAMESPACE, Lease
from stsview.objects.meta import BasicMeta
from stsview.objects.stream_messages import Applied, Batch, Deleted

LOOK_SECONDS = 10.0
"""As often as a kubelet renews its lease."""

MOST_AT_ONCE = 20
"""How many nodes are looked at in one round; with more under suspicion they take turns."""

_QUIET_SECONDS = 60.0
"""How long not to ask again after a refusal."""

_ANSWER_SECONDS = 5.0

_NODE_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""Names of nodes are DNS subdomains; what is none has no place in a path."""


class LeaseReads:
    """The looks at one cluster. Tells what each brought as changes of LEASES, and the leases that are not looked at any
    more as deleted; a lease without `renewed` says that there is none.

    `suspects` names the nodes under suspicion, the worst first.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        suspects: Callable[[], Sequence[str]],
        on_batch: Callable[[Batch], None],
        on_coverage: Callable[[KindCoverage], None],
    ) -> None:
        self._session = session
        self._clock = clock
        self._suspects = suspects
        self._on_batch = on_batch
        self._on_coverage = on_coverage
        self._held: dict[str, Lease] = {}
        self._looked: dict[str, float] = {}
        self._quiet_until: float | None = None
        self._stopped = False

    def stop(self) -> None:
        """Tell nothing any more, not even what a look under way brings."""
        self._stopped = True

    def retry(self) -> None:
        """Ask again with the next look, also after a refusal."""
        self._quiet_until = None

    async def look(self) -> bool:
        """Look once at those whose turn it is; returns whether anybody is under suspicion, so that it is to be called
        again `LOOK_SECONDS` later. Raises nothing but faults of ours."""
        suspects = [node for node in self._suspects() if _NODE_NAME.fullmatch(node)]
        self._forget(suspects)
        now = self._clock.monotonic()
        if suspects and (self._quiet_until is None or now >= self._quiet_until):
            # Stable, so that among those last looked at together the worst comes first.
            pod_step = sorted(suspects, key=lambda node: self._looked.get(node, -1.0))[:MOST_AT_ONCE]
            self._looked.update(dict.fromkeys(pod_step, now))
            await self._round(pod_step)
        return bool(suspects)

    async def _round(self, nodes: Sequence[str]) -> None:
        """The first one tells whether it is any use to ask for the others."""
        first = await self._get(nodes[0])
        found = [first]
        if isinstance(first, Lease):
            found += await asyncio.gather(*(self._get(node) for node in nodes[1:]))
        if self._stopped:
            return
        if isinstance(first, Forbidden):
            self._quiet_until = self._clock.monotonic() + _QUIET_SECONDS
            self._on_coverage(
                KindCoverage(Coverage.FORBIDDEN, f"you may not get leases in namespace {LEASE_NAMESPACE}")
            )
            return
        if isinstance(first, ClusterError):
            self._on_coverage(KindCoverage(Coverage.LOADING, str(first)))
            return
        self._on_coverage(KindCoverage(Coverage.COMPLETE))
        leases = [lease for lease in found if isinstance(lease, Lease)]
        self._held.update((lease.metadata.name, lease) for lease in leases)
        self._on_batch(Batch(LEASES, tuple(map(Applied, leases))))

    async def _get(self, node: str) -> Lease | ClusterError:
        path = LEASES.path(LEASE_NAMESPACE, node)
        try:
            found = await self._session.get_json(path, LEASES.decoder, read_seconds=_ANSWER_SECONDS)
        except NotFound:
            return Lease(metadata=BasicMeta(name=node, namespace=LEASE_NAMESPACE))
        except ClusterError as error:
            return error
        assert isinstance(found, Lease)  # noqa: S101 - the decoder knows no other
        held = self._held.get(node)
        before = held.renewed if held is not None and held.metadata.uid == found.metadata.uid else None
        return msgspec.structs.replace(found, previous_renewal=before)

    def _forget(self, suspects: Sequence[str]) -> None:
        cleared = [lease for node, lease in self._held.items() if node not in set(suspects)]
        for lease in cleared:
            del self._held[lease.metadata.name]
        self._looked = {node: at for node, at in self._looked.items() if node in set(suspects)}
        if cleared:
            self._on_batch(Batch(LEASES, tuple(map(Deleted, cleared))))
