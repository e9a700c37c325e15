from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from stsview.text.ages import (
    age,
    clock_time,
    in_local_time,
    local_time,
    precise,
    precise_age,
    short,
    spoken,
    time_or_date,
)

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


def test_times_in_a_zone() -> None:
    zone, berlin = timezone(timedelta(hours=2)), ZoneInfo("Europe/Berlin")
    assert clock_time(NOW, UTC) == "18:22:07 UTC"
    assert clock_time(NOW, zone) == "20:22:07 UTC+02:00"
    assert time_or_date(NOW - timedelta(minutes=12), NOW, UTC) == "18:10:07 UTC"
    assert time_or_date(NOW - timedelta(days=2), NOW, UTC) == "2026-11-20 18:22 UTC"
    assert time_or_date(NOW, NOW, berlin) == "19:22:07 CET"
    assert local_time(NOW - timedelta(days=90), berlin) == "2026-08-24 20:22:07 CEST"
    assert local_time(NOW, ZoneInfo("America/Sao_Paulo")) == "2026-11-22 15:22:07 UTC-03"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("spec.renewTime 2026-11-22T18:10:07Z", "spec.renewTime 19:10:07 CET"),
        ("2026-11-21T23:30:00.186Z, 2026-11-20T00:00:00Z", "00:30:00 CET, 2026-11-20 01:00 CET"),
        ("2026-11-22T18:10:07+02:00", "2026-11-22T18:10:07+02:00"),
        ("image:2026-11-22T18:10:07Zx", "image:2026-11-22T18:10:07Zx"),
        ("2026-99-22T18:10:07Z", "2026-99-22T18:10:07Z"),
    ],
)
def test_utc_times_in_a_text_become_local(text: str, expected: str) -> None:
    assert in_local_time(text, NOW, ZoneInfo("Europe/Berlin")) == expected
