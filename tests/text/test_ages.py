from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from stsview.text.ages import age, clock_time, precise, precise_age, short, spoken, time_or_date

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


def test_an_unknown_instant_has_no_age() -> None:
    assert age(None, NOW) == ""
    assert precise_age(None, NOW) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (59.9, "59s"), (60, "1m 0s"), (3599, "59m 59s"), (3600, "1h 0m"), (90000, "1d 1h"), (-5, "0s")],
)
def test_spoken(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


def test_clock_times_in_a_zone() -> None:
    zone = timezone(timedelta(hours=2))
    assert clock_time(NOW, UTC) == "18:22:07"
    assert clock_time(NOW, zone) == "20:22:07"
    assert time_or_date(NOW - timedelta(minutes=12), NOW, UTC) == "18:10:07"
    assert time_or_date(NOW - timedelta(days=2), NOW, UTC) == "2026-11-20 18:22"
