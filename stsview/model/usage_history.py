"""Measurements of one set over the time that it was watched, and when a volume will be full at the rate of it."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from stsview.model.base import Record
from stsview.model.usage import ClaimUsage, SetUsage

_KEPT = timedelta(hours=1)
_LEAST_SPAN = timedelta(seconds=60)
"""A trend needs so long."""
_LEAST_SAMPLES = 3
_MOST_SAMPLES = 400
"""More than an hour has, at four a minute."""


class FullIn(Record, frozen=True):
    """When a volume is full if it continues to fill at this rate."""

    seconds: float
    span: float
    """Seconds of measurements that this rests on: the shorter against `seconds`, the less sure."""


class UsageHistory:
    """The last hour of measurements of one set."""

    def __init__(self) -> None:
        self._volumes: dict[str, deque[tuple[datetime, int]]] = {}
        """Measurements of bytes in use, by claim."""
        self._cpu: dict[str, deque[tuple[datetime, int]]] = {}
        self._memory: dict[str, deque[tuple[datetime, int]]] = {}

    def add(self, usage: SetUsage) -> None:
        """Keep what was measured since the last reading."""
        for pod in usage.pods:
            _add(self._cpu, pod.pod, pod.measured, pod.cpu.used)
            _add(self._memory, pod.pod, pod.measured, pod.memory.used)
            for claim in pod.claims:
                _add(self._volumes, claim.claim, claim.measured, claim.used)

    def cpu(self, pod: str) -> list[int]:
        """Nanocores, the oldest first."""
        return [value for _, value in self._cpu.get(pod, ())]

    def memory(self, pod: str) -> list[int]:
        """Bytes, the oldest first."""
        return [value for _, value in self._memory.get(pod, ())]

    def full_in(self, claim: ClaimUsage) -> FullIn | None:
        """When the volume is full; None: it does not fill, is full, or was not measured for long enough."""
        samples = list(self._volumes.get(claim.claim, ()))
        if len(samples) < _LEAST_SAMPLES or not claim.available:
            return None
        first = samples[0][0]
        times = [(at - first).total_seconds() for at, _ in samples]
        values = [value for _, value in samples]
        if times[-1] < _LEAST_SPAN.total_seconds():
            return None
        mean_time, mean_value = sum(times) / len(times), sum(values) / len(values)
        rate = sum((time - mean_time) * (value - mean_value) for time, value in zip(times, values, strict=True)) / sum(
            (time - mean_time) ** 2 for time in times
        )
        return FullIn(claim.available / rate, times[-1]) if rate > 0 else None


def _add(held: dict[str, deque[tuple[datetime, int]]], name: str, measured: datetime | None, value: int | None) -> None:
    if measured is None or value is None:
        return
    samples = held.setdefault(name, deque(maxlen=_MOST_SAMPLES))
    if samples and samples[-1][0] >= measured:
        return
    samples.append((measured, value))
    while samples[0][0] < measured - _KEPT:
        samples.popleft()
