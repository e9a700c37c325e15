from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.ages import age, clock_minute, clock_time, next_age_change, precise, precise_age, short, since_when

NOW = datetime(2026, 11, 22, 18, 22, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0s"),
        (0, "0s"),
        (38.9, "38s"),
        (59, "59s"),
        (60, "1m"),
        (12 * 60 + 59, "12m"),
        (3600, "1h"),
        (47 * 3600 + 3599, "47h"),
        (48 * 3600, "2d"),
        (214 * 86400 + 5, "214d"),
    ],
)
def test_short(seconds: float, shown: str) -> None:
    assert short(seconds) == shown
    assert age(NOW - timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0s"),
        (38, "38s"),
        (170, "2m50s"),
        (185, "3m05s"),
        (5 * 3600 + 12 * 60, "5h12m"),
        (2 * 86400 + 4 * 3600, "2d04h"),
    ],
)
def test_precise(seconds: float, shown: str) -> None:
    assert precise(seconds) == shown
    assert precise_age(NOW - timedelta(seconds=seconds), NOW) == shown


def test_nothing_known_is_no_age() -> None:
    assert age(None, NOW) == ""
    assert precise_age(None, NOW) == ""


@given(st.floats(-1000, 400 * 86400))
@settings(max_examples=200)
def test_an_age_reads_differently_when_it_says_so_and_not_before(seconds: float) -> None:
    since = NOW - timedelta(seconds=seconds)
    change = next_age_change(since, NOW)
    assert change > NOW
    assert age(since, change) != age(since, NOW)
    just_before = max(NOW, change - timedelta(microseconds=1))
    assert age(since, just_before) == age(since, NOW)


def test_clock_times_in_a_zone() -> None:
    zone = timezone(timedelta(hours=2))
    assert clock_time(NOW, UTC) == "18:22:07"
    assert clock_time(NOW, zone) == "20:22:07"
    assert clock_minute(NOW, UTC) == "18:22"
    assert since_when(NOW - timedelta(minutes=12), NOW, UTC) == "18:10:07"
    assert since_when(NOW - timedelta(days=2), NOW, UTC) == "2026-11-20 18:22"
