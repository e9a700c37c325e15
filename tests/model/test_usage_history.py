"""When a volume will be full, by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from stsview.model.usage import ClaimUsage, PodUsage, SetUsage
from stsview.model.usage_history import UsageHistory
from stsview.objects.meta import Key

START = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 10_000_000


def measured(used: Sequence[int], seconds: int) -> tuple[UsageHistory, ClaimUsage]:
    history = UsageHistory()
    claim = ClaimUsage("data-web-0")
    for number, value in enumerate(used):
        at = START + timedelta(seconds=number * seconds)
        claim = ClaimUsage("data-web-0", value, SIZE, SIZE - value, measured=at)
        pod = PodUsage("web-0", 0, "node-1", claims=(claim,), measured=at)
        history.add(SetUsage(Key("data", "web"), at, (pod,)))
    return history, claim


def test_a_steady_rate() -> None:
    history, claim = measured([1_000_000 + 1000 * 15 * number for number in range(9)], 15)
    found = history.full_in(claim)
    assert found is not None
    assert found.span == 120
    assert found.seconds == pytest.approx((SIZE - 1_120_000) / 1000)


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
    history, claim = measured(used, seconds)
    assert history.full_in(claim) is None


def test_only_the_last_hour_counts_and_a_reading_counts_once() -> None:
    history, claim = measured([0, *[5_000_000 + 100 * number for number in range(100)]], 60)
    found = history.full_in(claim)
    assert found is not None
    assert found.span == 3600
    assert found.seconds == pytest.approx((SIZE - 5_009_900) / (100 / 60))
    pod = PodUsage("web-0", 0, "node-1", claims=(claim,))
    history.add(SetUsage(Key("data", "web"), START, (pod,)))
    assert history.full_in(claim) == found
