"""Ages, durations and times of day as text, in any locale."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from stsview.model.timing.durations import short as short

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


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
    """A time of day, `18:22:07`, in `zone` (None: the local zone)."""
    return instant.astimezone(zone).strftime("%H:%M:%S")


def utc_time(instant: datetime) -> str:
    """Date and time in UTC: `2026-11-20 18:22:07 UTC`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def time_or_date(instant: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """`18:09:55` for an instant of today, `2026-11-20 18:09` for another day."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    return local.strftime("%H:%M:%S" if local.date() == today.date() else "%Y-%m-%d %H:%M")
