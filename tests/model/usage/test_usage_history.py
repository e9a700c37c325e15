"""When a volume will be full, by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from stsview.model.usage.set_usage import Amount, ClaimUsage, ContainerUsage, PodUsage, SetUsage
from stsview.model.usage.usage_history import MeasuredUsage, UsageHistory
from stsview.objects.meta import Key

START = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 10_000_000


def measured(used: Sequence[int], seconds: int) -> MeasuredUsage:
    history = UsageHistory()
    found = None
    for number, value in enumerate(used):
        at = START + timedelta(seconds=number * seconds)
        claim = ClaimUsage("data-web-0", value, SIZE, SIZE - value, measured=at)
        pod = PodUsage("web-0", 0, "node-1", claims=(claim,), measured=at)
        found = history.add(SetUsage(Key("data", "web"), at, (pod,)))
    assert found is not None
    return found


def test_a_steady_rate() -> None:
    found = measured([1_000_000 + 1000 * 15 * number for number in range(9)], 15).full_in["data-web-0"]
    assert found.span == 120
    assert found.seconds == pytest.approx((SIZE - 1_120_000) / 1000)
    assert found.steady
    assert not found.sure


def test_what_grows_in_bursts_is_not_sure() -> None:
    found = measured([5_000_000 + (number % 7) * 400_000 + number * 1000 for number in range(60)], 60)
    assert not found.full_in["data-web-0"].steady


@pytest.mark.parametrize(
    ("used", "seconds"),
    [
        ([1000, 2000], 60),
        ([1000, 2000, 3000], 15),
        ([3000, 2000, 1000], 60),
        ([1000, 1000, 1000], 60),
        # Full already.
        ([1000, 2000, SIZE], 60),
    ],
)
def test_no_trend(used: Sequence[int], seconds: int) -> None:
    assert measured(used, seconds).full_in == {}


def test_only_the_last_hour_counts() -> None:
    found = measured([0, *[5_000_000 + 100 * number for number in range(100)]], 60).full_in["data-web-0"]
    assert found.span == 3600
    assert found.seconds == pytest.approx((SIZE - 5_009_900) / (100 / 60))
    assert found.sure is (found.span * 4 >= found.seconds)


def test_what_a_reading_lacks_is_kept_with_its_time_and_a_new_pod_keeps_the_volume_only() -> None:
    history = UsageHistory()

    def add(seconds: int, uid: str, memory: int | None, used: int | None = None) -> MeasuredUsage:
        at = START + timedelta(seconds=seconds)
        claims = (ClaimUsage("data-web-0", used, SIZE, SIZE - used, measured=at),) if used is not None else ()
        container = ContainerUsage("web", memory=Amount(memory, None, 100))
        measured_at = at if memory is not None else None
        of_pod = Amount(memory, None, 100)
        pod = PodUsage("web-0", 0, "node-1", Amount(), of_pod, measured_at, claims, uid, (container,))
        return history.add(SetUsage(Key("data", "web"), at, (pod,)))

    add(0, "first", 90, 5)
    (pod,) = add(60, "first", None).usage.pods
    assert (pod.memory.used, pod.containers[0].memory.used, pod.measured) == (90, 90, START)
    assert pod.claims[0].measured == START
    found = add(120, "first", 70, 6)
    assert [(peak.used, peak.measured) for peak in found.peaks] == [(90, START)]
    assert found.memory["web-0"] == (90, 70)

    found = add(180, "second", None)
    (pod,) = found.usage.pods
    assert (pod.memory.used, pod.measured, pod.claims[0].used) == (None, None, 6)
    assert found.peaks == ()
    assert add(4000, "second", None).usage.pods[0].claims == ()
