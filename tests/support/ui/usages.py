"""Usage of the set data/kafka, for the screens."""

from __future__ import annotations

from datetime import datetime, timedelta

from stsview.model.usage.set_usage import Amount, ClaimUsage, ContainerUsage, PodUsage, SetUsage
from stsview.model.usage.usage_history import MeasuredUsage, UsageHistory
from stsview.objects.meta import Key
from tests.support.ui.fleets import NOW

GI = 1024**3
KAFKA = Key("data", "kafka")


def pod_usage(ordinal: int, at: datetime, *, full: float, memory: float, uid: str = "") -> PodUsage:
    """A member whose volume of 1 Ti is full to this part, and whose memory is at this part of its limit of 4 Gi."""
    name, used = f"kafka-{ordinal}", round(1024 * GI * full)
    amount = Amount(round(4 * GI * memory), 2 * GI, 4 * GI)
    claim = ClaimUsage(f"data-{name}", used, 1024 * GI, 1024 * GI - used, 52_000, 19_660_800, at)
    cpu = Amount(310_000_000 + 40_000_000 * ordinal, 500_000_000, None)
    containers = (ContainerUsage("kafka", cpu, amount),)
    return PodUsage(name, ordinal, f"node-{ordinal}", cpu, amount, at, (claim,), uid or f"{name}-uid", containers)


def kafka_usage(uids: dict[str, str] | None = None) -> MeasuredUsage:
    """Ten minutes in which kafka-1 fills, kafka-2 is near its memory limit, and kafka-5 was lost three minutes ago."""
    history, uids = UsageHistory(), uids or {}
    found = None
    for minute in range(11):
        now = NOW - timedelta(minutes=10 - minute)
        pods = [
            pod_usage(
                ordinal,
                now if ordinal != 5 or minute <= 6 else NOW - timedelta(minutes=4),
                full=0.9 + minute * 0.002 if ordinal == 1 else 0.4 + 0.03 * ordinal,
                memory=0.93 if ordinal == 2 else 0.6,
                uid=uids.get(f"kafka-{ordinal}", ""),
            )
            for ordinal in range(6)
        ]
        found = history.add(SetUsage(KAFKA, now, tuple(pods)))
    assert found is not None
    return found
