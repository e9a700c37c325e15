"""Single objects that are read by name, only while there is a reason to.

Two uses are declared here. Leases of nodes under suspicion: every node writes its lease every ten seconds, so a watch
of all of them would be constant traffic. Pods of a name that a missing ordinal needs: the watch of pods selects those
that the controller has labelled, so it shows neither a foreign pod of that name nor one that lost its label.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

import msgspec

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Forbidden, NotFound
from stsview.cluster.http.session import Session
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.kinds import LEASES, NAMED_PODS, Kind, KubernetesObject
from stsview.objects.lease import LEASE_NAMESPACE, Lease
from stsview.objects.meta import BasicMeta, Key, ObjectMeta
from stsview.objects.pod import Pod
from stsview.objects.stream_messages import Applied, Batch, Deleted

READ_SECONDS = 10.0
"""Interval between two reads: as often as a kubelet renews its lease."""

MAX_PER_READ = 20
"""How many objects are read at a time; of more, those that were not read for longest."""

_QUIET_SECONDS = 60.0
"""How long not to ask again after a 403."""

_ANSWER_SECONDS = 5.0

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""DNS subdomain, as nodes, pods and namespaces are named; anything else must not become part of a URL path."""


class PointReads(msgspec.Struct, frozen=True):
    """How one kind is read by name."""

    kind: Kind
    absent: Callable[[Key], KubernetesObject]
    """The object to report where the server has none of that name."""
    one_permission: bool = False
    """One permission covers all names, so while the first read fails the others are not tried."""
    combine: Callable[[KubernetesObject | None, KubernetesObject], KubernetesObject] = lambda previous, found: found
    """The object to report, from the one of the read before (if there was one) and the one just read."""


def _absent_lease(key: Key) -> Lease:
    """A lease that was never renewed."""
    return Lease(metadata=BasicMeta(name=key.name, namespace=key.namespace))


def _absent_pod(key: Key) -> Pod:
    """A pod without a uid."""
    return Pod(metadata=ObjectMeta(name=key.name, namespace=key.namespace))


def _with_previous_renewal(previous: KubernetesObject | None, found: KubernetesObject) -> KubernetesObject:
    if not isinstance(found, Lease):
        return found
    same = previous if isinstance(previous, Lease) and previous.metadata.uid == found.metadata.uid else None
    return msgspec.structs.replace(found, previous_renewal=same.renewed if same is not None else None)


NODE_LEASES = PointReads(LEASES, _absent_lease, one_permission=True, combine=_with_previous_renewal)
PODS_BY_NAME = PointReads(NAMED_PODS, _absent_pod)


def lease_key(node: str) -> Key:
    """Where the kubelet of `node` keeps its lease."""
    return Key(LEASE_NAMESPACE, node)


class PointReader:
    """Reads the objects that `wanted` names, the most urgent first, from one cluster.

    `on_batch` gets what each read found as changes of the kind, and objects that are no longer wanted as deleted.
    `on_coverage` gets whether the kind can be read.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        reads: PointReads,
        wanted: Callable[[], Sequence[Key]],
        on_batch: Callable[[Batch], None],
        on_coverage: Callable[[KindCoverage], None] = lambda coverage: None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._reads = reads
        self._wanted = wanted
        self._on_batch = on_batch
        self._on_coverage = on_coverage
        self._held: dict[Key, KubernetesObject] = {}
        self._read_at: dict[Key, float] = {}
        self._quiet_until: float | None = None
        self._stopped = False

    @property
    def pending(self) -> bool:
        """Whether something wanted was not read yet, and may be."""
        return self._quiet_until is None and any(key not in self._held for key in self._readable())

    def stop(self) -> None:
        """Report nothing from now on, not even the result of a read in progress."""
        self._stopped = True

    def retry(self) -> None:
        """Ask again with the next read, even after a 403."""
        self._quiet_until = None

    async def read(self) -> bool:
        """Read once; returns whether anything is wanted.

        If so, the next read is due after `READ_SECONDS`.

        Failures of the server raise nothing.
        """
        wanted = self._readable()
        self._drop_unwanted(wanted)
        now = self._clock.monotonic()
        if wanted and (self._quiet_until is None or now >= self._quiet_until):
            # Stable, so that among those last read together the most urgent comes first.
            due = sorted(wanted, key=lambda key: self._read_at.get(key, -1.0))[:MAX_PER_READ]
            self._read_at.update(dict.fromkeys(due, now))
            results = await self._get_all(due)
            if not self._stopped:
                self._report(due, results)
        return bool(wanted)

    def _readable(self) -> list[Key]:
        return [key for key in self._wanted() if all(map(SUBDOMAIN.fullmatch, key))]

    async def _get_all(self, keys: Sequence[Key]) -> list[KubernetesObject | ClusterError]:
        if not self._reads.one_permission:
            return await asyncio.gather(*map(self._get, keys))
        first = await self._get(keys[0])
        if isinstance(first, ClusterError):
            return [first]
        return [first, *await asyncio.gather(*map(self._get, keys[1:]))]

    def _report(self, keys: Sequence[Key], results: Sequence[KubernetesObject | ClusterError]) -> None:
        kind, first = self._reads.kind, results[0]
        decisive = results[:1] if self._reads.one_permission else results
        if any(isinstance(result, Forbidden) for result in decisive):
            self._quiet_until = self._clock.monotonic() + _QUIET_SECONDS
        if isinstance(first, Forbidden):
            problem = f"you may not get {kind.resource} in namespace {keys[0].namespace}"
            self._on_coverage(KindCoverage(Coverage.FORBIDDEN, problem))
        elif isinstance(first, ClusterError):
            self._on_coverage(KindCoverage(Coverage.LOADING, str(first)))
        else:
            self._on_coverage(KindCoverage(Coverage.COMPLETE))
        found = [result for result in results if not isinstance(result, ClusterError)]
        self._held.update((one.metadata.key, one) for one in found)
        if found:
            self._on_batch(Batch(kind, tuple(map(Applied, found))))

    async def _get(self, key: Key) -> KubernetesObject | ClusterError:
        kind = self._reads.kind
        try:
            found = await self._session.get_json(
                kind.path(key.namespace, key.name), kind.decoder, read_seconds=_ANSWER_SECONDS
            )
        except NotFound:
            return self._reads.absent(key)
        except ClusterError as error:
            return error
        return self._reads.combine(self._held.get(key), found)

    def _drop_unwanted(self, wanted: Sequence[Key]) -> None:
        kept = set(wanted)
        dropped = [self._held.pop(key) for key in list(self._held) if key not in kept]
        self._read_at = {key: at for key, at in self._read_at.items() if key in kept}
        if dropped:
            self._on_batch(Batch(self._reads.kind, tuple(map(Deleted, dropped))))
