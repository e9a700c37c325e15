"""Measurements of the pods and volumes of hand-made sets."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.usage.set_usage import Amount, ClaimUsage, ContainerUsage, PodUsage, SetUsage
from stsview.model.usage.usage_history import MeasuredUsage, UsageHistory
from stsview.objects.meta import Key
from tests.support.model.build import at

GI = 1024**3
SIZE = 10 * GI
INODES = 655_360


def measured_pod(
    ordinal: int,
    seconds: float,
    *,
    full: float | None = None,
    inodes_full: float = 0.01,
    memory: int | None = None,
    limit: int | None = None,
) -> PodUsage:
    """A pod of the set `web`: how full its volume is (None: not measured), and the memory of its container `app`."""
    name, instant = f"web-{ordinal}", at(seconds)
    claims: tuple[ClaimUsage, ...] = ()
    if full is not None:
        used = round(SIZE * full)
        inodes_used = round(INODES * inodes_full)
        claims = (ClaimUsage(f"data-{name}", used, SIZE, SIZE - used, inodes_used, INODES, instant),)
    amount = Amount(memory, None, limit)
    known = instant if memory is not None else None
    containers = (ContainerUsage("app", Amount(), amount),)
    return PodUsage(name, ordinal, "node-1", Amount(), amount, known, claims, f"{name}-uid", containers)


def measured(*readings: Sequence[PodUsage]) -> MeasuredUsage:
    """Readings one after another, at least one; the time of each is that of its last volume or pod."""
    history = UsageHistory()
    found = None
    for pods in readings:
        instants = [one for pod in pods for one in (pod.measured, *(claim.measured for claim in pod.claims)) if one]
        found = history.add(SetUsage(Key("default", "web"), max(instants), tuple(pods)))
    assert found is not None
    return found


def filling(ordinal: int, first: float, last: float, *, minutes: int, until: float = 0) -> MeasuredUsage:
    """The volume of one pod filling steadily from one share to another, measured each minute, the last at `until`."""
    shares = [first + (last - first) * number / minutes for number in range(minutes + 1)]
    times = [until - 60 * (minutes - number) for number in range(minutes + 1)]
    return measured(*([measured_pod(ordinal, time, full=share)] for time, share in zip(times, shares, strict=True)))
