"""Measurements of one set over the time that it was measured, and when a volume will be full at the rate of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from stsview.model.base import Record
from stsview.model.usage.set_usage import Amount, ClaimUsage, ContainerUsage, PodUsage, SetUsage

K = TypeVar("K")

_KEPT = timedelta(hours=1)
_LEAST_SPAN = timedelta(seconds=60)
"""A trend needs so long."""
_LEAST_SAMPLES = 3
_MOST_SAMPLES = 400
"""More than an hour has, at four a minute."""
_DRAWN = 20
"""So many of the last values are passed on."""
_STEADY = 0.8
"""The part of the variance that a straight line explains, from which usage counts as growing steadily."""


class FullIn(Record, frozen=True):
    """When a volume is full if it continues to fill at this rate."""

    seconds: float
    """From the last measurement on."""
    span: float
    """Seconds of measurements that this rests on: the shorter against `seconds`, the less sure."""
    fit: float = 1.0
    """The part of the variance that a steady rate explains (the coefficient of determination), 0 to 1."""

    @property
    def steady(self) -> bool:
        """Whether a straight line describes what was measured."""
        return self.fit >= _STEADY

    @property
    def sure(self) -> bool:
        """Whether it is likely to come so: usage grew steadily for at least a quarter of the time that is left."""
        return self.steady and self.span * 4 >= self.seconds


class MemoryPeak(Record, frozen=True):
    """The most memory that a container was seen to use within the last hour."""

    pod_uid: str
    container: str
    used: int
    """Bytes."""
    measured: datetime


class MeasuredUsage(msgspec.Struct, frozen=True):
    """The latest measurement of everything in a set, and what the last hour says about it."""

    usage: SetUsage
    """Its pods keep what was measured before where the last reading lacks it; each part has its own time."""
    cpu: Mapping[str, tuple[int, ...]] = {}
    """The last values by pod, nanocores, the oldest first."""
    memory: Mapping[str, tuple[int, ...]] = {}
    """The same in bytes."""
    volumes: Mapping[str, tuple[int, ...]] = {}
    """The same of the bytes in use, by PVC."""
    full_in: Mapping[str, FullIn] = {}
    """By PVC, only where it fills up."""
    inodes_full_in: Mapping[str, FullIn] = {}
    """The same of its inodes."""
    peaks: tuple[MemoryPeak, ...] = ()
    """Of the containers of the pods that exist."""


class _Sample(NamedTuple):
    at: datetime
    value: int


class _Series(Generic[K]):
    """Measurements of the last hour, by name."""

    def __init__(self) -> None:
        self._samples: dict[K, deque[_Sample]] = {}

    def add(self, name: K, measured: datetime | None, value: int | None) -> None:
        if measured is None or value is None:
            return
        samples = self._samples.setdefault(name, deque(maxlen=_MOST_SAMPLES))
        if not samples or samples[-1].at < measured:
            samples.append(_Sample(measured, value))

    def drop_old(self, now: datetime) -> None:
        for name, samples in list(self._samples.items()):
            while samples and samples[0].at < now - _KEPT:
                samples.popleft()
            if not samples:
                del self._samples[name]

    def of(self, name: K) -> tuple[int, ...]:
        """The last values, the oldest first."""
        return tuple(sample.value for sample in self._samples.get(name, ()))[-_DRAWN:]

    def items(self) -> Iterable[tuple[K, Sequence[_Sample]]]:
        return self._samples.items()


class UsageHistory:
    """The last hour of measurements of one set."""

    def __init__(self) -> None:
        self._pods: dict[str, PodUsage] = {}
        """The latest of each pod, by name."""
        self._volumes = _Series[str]()
        """Bytes in use, by claim."""
        self._inodes = _Series[str]()
        """The same of inodes."""
        self._cpu = _Series[str]()
        """By uid of the pod."""
        self._memory = _Series[str]()
        self._containers = _Series[tuple[str, str]]()
        """Memory by uid of the pod, and container."""

    def add(self, usage: SetUsage) -> MeasuredUsage:
        """Keep what was measured since the last reading, which lists all pods of the set; returns what is known now."""
        self._pods = {pod.pod: _merged(self._pods.get(pod.pod), pod, usage.now) for pod in usage.pods}
        for pod in self._pods.values():
            self._cpu.add(pod.uid, pod.measured, pod.cpu.used)
            self._memory.add(pod.uid, pod.measured, pod.memory.used)
            for one in pod.containers:
                self._containers.add((pod.uid, one.name), pod.measured, one.memory.used)
            for claim in pod.claims:
                self._volumes.add(claim.claim, claim.measured, claim.used)
                self._inodes.add(claim.claim, claim.measured, claim.inodes_used)
        for series in (self._volumes, self._inodes, self._cpu, self._memory):
            series.drop_old(usage.now)
        self._containers.drop_old(usage.now)
        return self._measured(usage)

    def _measured(self, usage: SetUsage) -> MeasuredUsage:
        claims = {claim.claim: claim for pod in self._pods.values() for claim in pod.claims}
        uids = {pod.uid for pod in self._pods.values()}
        return MeasuredUsage(
            replace(usage, pods=tuple(self._pods.values())),
            {pod.pod: self._cpu.of(pod.uid) for pod in self._pods.values()},
            {pod.pod: self._memory.of(pod.uid) for pod in self._pods.values()},
            {name: self._volumes.of(name) for name in claims},
            _trends(self._volumes, claims, lambda claim: claim.available),
            _trends(self._inodes, claims, lambda claim: claim.inodes_free),
            tuple(
                MemoryPeak(uid, container, highest.value, highest.at)
                for (uid, container), samples in self._containers.items()
                if uid in uids
                for highest in [max(samples, key=lambda sample: sample.value)]
            ),
        )


def _merged(held: PodUsage | None, new: PodUsage, now: datetime) -> PodUsage:
    """The new measurement, with those parts of the held one that it lacks: claims outlive the pod."""
    if held is None:
        return new
    kept = {claim.claim: claim for claim in held.claims if claim.measured is None or now - claim.measured <= _KEPT}
    claims = kept | {claim.claim: claim for claim in new.claims if claim.worst is not None or claim.claim not in kept}
    new = replace(new, claims=tuple(claims[name] for name in sorted(claims)))
    if new.measured is not None or held.uid != new.uid or held.measured is None or now - held.measured > _KEPT:
        return new
    used = {one.name: one for one in held.containers}
    return replace(
        new,
        cpu=replace(new.cpu, used=held.cpu.used),
        memory=replace(new.memory, used=held.memory.used),
        measured=held.measured,
        containers=tuple(
            ContainerUsage(
                one.name,
                Amount(was.cpu.used, one.cpu.request, one.cpu.limit),
                Amount(was.memory.used, one.memory.request, one.memory.limit),
            )
            if (was := used.get(one.name)) is not None
            else one
            for one in new.containers
        ),
    )


def _trends(
    held: _Series[str],
    claims: Mapping[str, ClaimUsage],
    left: Callable[[ClaimUsage], int | None],
) -> dict[str, FullIn]:
    found = {}
    for name, samples in held.items():
        claim = claims.get(name)
        if claim is not None and (rest := left(claim)) and (full_in := _full_in(samples, rest)) is not None:
            found[name] = full_in
    return found


def _full_in(samples: Sequence[_Sample], left: int) -> FullIn | None:
    """When `left` is used up; None: usage does not grow, or was not measured for long enough."""
    if len(samples) < _LEAST_SAMPLES:
        return None
    first = samples[0].at
    times = [(at - first).total_seconds() for at, _ in samples]
    values = [value for _, value in samples]
    if times[-1] < _LEAST_SPAN.total_seconds():
        return None
    mean_time, mean_value = sum(times) / len(times), sum(values) / len(values)
    together = sum((time - mean_time) * (value - mean_value) for time, value in zip(times, values, strict=True))
    of_times = sum((time - mean_time) ** 2 for time in times)
    of_values = sum((value - mean_value) ** 2 for value in values)
    rate = together / of_times
    if rate <= 0:
        return None
    return FullIn(left / rate, times[-1], min(1.0, together**2 / (of_times * of_values)))
