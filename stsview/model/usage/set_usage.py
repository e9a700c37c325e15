"""What the pods of a set use of CPU, memory and volumes, against what they request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from stsview.model.base import Record
from stsview.model.names import listed, parent_and_ordinal
from stsview.model.settings import UsageLimits
from stsview.objects.meta import Key
from stsview.objects.quantity import parse_bytes, parse_nanocores
from stsview.objects.usage import ContainerResources, PodMetrics, PodResources, PodStats, Summary, VolumeStats

STALE = timedelta(seconds=60)
"""Age from which a measurement is stale: four times the resolution of metrics-server (--metric-resolution, 15 s)."""
VOLUME_STALE = timedelta(seconds=180)
"""The same of a volume: a kubelet measures volumes once a minute (volumeStatsAggPeriod)."""
FULL = 0.97
"""The share of a volume from which it is full soon: kubernetes-mixin calls less than 3 % left critical
(KubePersistentVolumeFillingUp)."""


class Amount(Record, frozen=True):
    """Of CPU in nanocores, of memory in bytes."""

    used: int | None = None
    """None: not known."""
    request: int | None = None
    """Of all containers together; None: none of them requests any."""
    limit: int | None = None
    """Of all containers together; None: at least one has none."""


class ClaimUsage(Record, frozen=True):
    """The file system of a PVC, as the kubelet measured it."""

    claim: str
    used: int | None = None
    """Bytes."""
    capacity: int | None = None
    """Bytes."""
    available: int | None = None
    """Bytes that the container can still write; less than the difference where the file system keeps a reserve."""
    inodes_used: int | None = None
    inodes: int | None = None
    measured: datetime | None = None

    @property
    def fullness(self) -> float | None:
        """The share that cannot be written any more, 0 to 1; None: not known."""
        if not self.capacity or self.available is None:
            return None
        return min(1.0, max(0.0, 1 - self.available / self.capacity))

    @property
    def inode_fullness(self) -> float | None:
        """The share of inodes in use, 0 to 1; None: not known, or the file system has no fixed number."""
        return self.inodes_used / self.inodes if self.inodes and self.inodes_used is not None else None

    @property
    def worst(self) -> float | None:
        """The greater of the two shares, as far as they are known."""
        return max((one for one in (self.fullness, self.inode_fullness) if one is not None), default=None)

    @property
    def inodes_free(self) -> int | None:
        return max(0, self.inodes - self.inodes_used) if self.inodes and self.inodes_used is not None else None


class ContainerUsage(Record, frozen=True):
    """One of the containers that run as long as the pod."""

    name: str
    cpu: Amount = Amount()
    memory: Amount = Amount()


class PodUsage(Record, frozen=True):
    pod: str
    ordinal: int
    node: str
    """Empty: not scheduled."""
    cpu: Amount = Amount()
    memory: Amount = Amount()
    measured: datetime | None = None
    """When CPU and memory were measured; None: they were not."""
    claims: tuple[ClaimUsage, ...] = ()
    uid: str = ""
    containers: tuple[ContainerUsage, ...] = ()
    """In the order of the pod; what each uses is not known without a measurement of it."""


class SetUsage(Record, frozen=True):
    key: Key
    now: datetime
    """The server's time when it was read."""
    pods: tuple[PodUsage, ...] = ()
    """By ordinal; only pods that exist."""
    unknown: tuple[str, ...] = ()
    """What is not known or not current, and why, one sentence each."""
    limits: UsageLimits = UsageLimits()
    unread: tuple[str, ...] = ()
    """Pods whose kubelet was not read: how full their volumes are is unknown."""
    unread_why: str = ""
    """Why: the first of the sentences in `unknown` that are about kubelets, without what follows from it."""


def set_usage(
    key: Key,
    now: datetime,
    pods: Iterable[PodResources],
    metrics: Mapping[str, PodMetrics],
    summaries: Mapping[str, Summary],
    problems: Iterable[str] = (),
    limits: UsageLimits = UsageLimits(),  # noqa: B008 - immutable
    kubelet_problems: Sequence[str] = (),
) -> SetUsage:
    """`metrics` are by the name of the pod, `summaries` by node.

    `problems` say why there are not more metrics, `kubelet_problems` why there are not more summaries.
    """
    stats = {one.pod_ref.uid: one for summary in summaries.values() for one in summary.pods or ()}
    rows = [_pod_usage(pod, metrics.get(pod.metadata.name), stats.get(pod.metadata.uid)) for pod in pods]
    rows.sort(key=lambda row: row.ordinal)
    problems = [*problems, *kubelet_problems]
    stale = [row for row in rows if row.measured is not None and now - row.measured > STALE]
    if stale:
        oldest = max(now - row.measured for row in stale if row.measured is not None)
        minutes = int(oldest.total_seconds() // 60)
        names = listed([row.pod for row in stale])
        problems.append(f"stale: CPU and memory of {names} were measured {minutes} min ago, not since")
    missing = [row.pod for row in rows if row.measured is None]
    # Of all, another sentence says why.
    if missing and (len(missing) < len(rows) or not problems):
        problems.append(f"not measured: CPU and memory of {listed(missing)}")
    unread = tuple(row.pod for row in rows if row.node and row.node not in summaries)
    # What follows, such as `; volumes are unknown`, is said where it is shown.
    first = kubelet_problems[0] if unread and kubelet_problems else ""
    why = first.rpartition("; ")[0] or first
    return SetUsage(key, now, tuple(rows), tuple(problems), limits, unread, why)


def _pod_usage(pod: PodResources, metrics: PodMetrics | None, stats: PodStats | None) -> PodUsage:
    name = pod.metadata.name
    started = pod.status.start_time
    if metrics is not None and metrics.timestamp is not None and started is not None and metrics.timestamp < started:
        # Metrics have no uid: these are of the pod that had the name before.
        metrics = None
    used: dict[str, tuple[int | None, int | None]] = {}
    measured = None
    if metrics is not None and metrics.containers:
        used = {
            one.name: (parse_nanocores(one.usage.get("cpu", "")), parse_bytes(one.usage.get("memory", "")))
            for one in metrics.containers
        }
        measured = metrics.timestamp
    elif stats is not None and stats.containers:
        used = {
            one.name: (
                one.cpu.usage_nano_cores if one.cpu is not None else None,
                one.memory.working_set_bytes if one.memory is not None else None,
            )
            for one in stats.containers
        }
        measured = next((one.cpu.time for one in stats.containers if one.cpu is not None), None)
    # What does not run was not measured, and uses nothing.
    cpu, memory = (_total(values) for values in zip(*used.values(), strict=True)) if used else (None, None)
    parts = parent_and_ordinal(name)
    claims = [_claim(one) for one in (stats.volume if stats is not None else None) or () if one.pvc_ref is not None]
    return PodUsage(
        name,
        parts[1] if parts is not None else 0,
        pod.spec.node_name,
        Amount(cpu, *_requirements(pod.serving, "cpu")),
        Amount(memory, *_requirements(pod.serving, "memory")),
        measured,
        tuple(sorted(claims, key=lambda claim: claim.claim)),
        pod.metadata.uid,
        tuple(_container(one, *used.get(one.name, (None, None))) for one in pod.serving),
    )


def _container(container: ContainerResources, cpu: int | None, memory: int | None) -> ContainerUsage:
    return ContainerUsage(
        container.name,
        Amount(cpu, *_requirements((container,), "cpu")),
        Amount(memory, *_requirements((container,), "memory")),
    )


def _total(values: Iterable[int | None]) -> int | None:
    """The sum; None where one is not known: a part would look like the whole."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _requirements(containers: tuple[ContainerResources, ...], name: str) -> tuple[int | None, int | None]:
    parse = parse_nanocores if name == "cpu" else parse_bytes
    requests = [parse(one.resources.requests[name]) for one in containers if name in one.resources.requests]
    limits = [parse(one.resources.limits[name]) if name in one.resources.limits else None for one in containers]
    return _total(requests) if requests else None, _total(limits) if limits else None


def _claim(stats: VolumeStats) -> ClaimUsage:
    assert stats.pvc_ref is not None  # noqa: S101 - only those with one
    return ClaimUsage(
        stats.pvc_ref.name,
        stats.used_bytes,
        stats.capacity_bytes,
        stats.available_bytes,
        stats.inodes_used,
        stats.inodes,
        stats.time,
    )
