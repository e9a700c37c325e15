"""Ages, durations and times of day as text, in any locale."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from stsview.model.timing.durations import short as short

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR

_UTC_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z(?!\w)")


def age(since: datetime | None, now: datetime) -> str:
    """An age in its greatest unit: `38s`, `12m`, `5h`, `2d`, `214d`.

    Empty when `since` is None.

    Rounded down, as in kubectl. An instant after `now` (clocks differ) is `0s`.
    """
    if since is None:
        return ""
    return short((now - since).total_seconds())


def precise_age(since: datetime | None, now: datetime) -> str:
    """An age in two units: `38s`, `2m50s`, `3m05s`, `5h12m`, `2d04h`.

    Empty when `since` is None.
    """
    if since is None:
        return ""
    return precise((now - since).total_seconds())


def precise(seconds: float) -> str:
    """A duration in its two greatest units, rounded down, the second with two digits."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02d}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02d}m"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02d}h"


def spoken(seconds: float) -> str:
    """A duration in two units, for sentences: `38s`, `2m 50s`, `1h 0m`, `2d 4h`."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR}h"


def clock_time(instant: datetime, zone: tzinfo | None = None) -> str:
    """A time of day and its zone: `18:22:07 CET`, in `zone` (None: the local zone)."""
    return f"{instant.astimezone(zone):%H:%M:%S} {zone_name(instant, zone)}"


def zone_name(instant: datetime, zone: tzinfo | None = None) -> str:
    """Name of `zone` (None: the local zone) at that time: `UTC`, `CET`, `CEST`, or the offset, as in `UTC-03`."""
    name = instant.astimezone(zone).strftime("%Z")
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def local_time(instant: datetime, zone: tzinfo | None = None) -> str:
    """Date, time and zone: `2026-11-20 18:22:07 CET`, in `zone` (None: the local zone)."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(instant, zone)}"


def time_or_date(instant: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """`18:09:55 CET` for an instant of today, `2026-11-20 18:09 CET` for another day."""
    local = instant.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return clock_time(instant, zone)
    return f"{local:%Y-%m-%d %H:%M} {zone_name(instant, zone)}"


def in_local_time(text: str, now: datetime, zone: tzinfo | None = None) -> str:
    """`text` with each RFC 3339 time in UTC as `time_or_date` writes it.

    Views, findings and audit entries hold times in UTC, for documents; this is how people read them.
    """

    def local(match: re.Match[str]) -> str:
        try:
            return time_or_date(datetime.fromisoformat(match[0]), now, zone)
        except (ValueError, OverflowError):
            # It only looks like a time.
            return match[0]

    return _UTC_TIME.sub(local, text)
