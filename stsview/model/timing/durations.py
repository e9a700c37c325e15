"""Durations as text, such as `15s` and `2m`."""

from __future__ import annotations

import re

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def short(seconds: float) -> str:
    """A duration in its greatest unit, rounded down: `59s`, `59m`, `47h`, `2d`."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    return f"{whole // _DAY}d"


_WRITTEN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(s|m|h|d)?")


def parse(text: str) -> float:
    """Seconds in `30s`, `2m`, `1h`, `1d`, or in a plain number of seconds.

    Raises ValueError, with a message for the user, where it is none of these.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration: {text!r} (write 15s, 2m or 0)")
    return float(match[1]) * {"s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY, None: 1}[match[2]]
