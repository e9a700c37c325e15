"""How long something takes or took, as a person says it."""

from __future__ import annotations

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def short(seconds: float) -> str:
    """A duration in its greatest unit, rounded down: `0s` … `59s`, `1m` … `59m`, `1h` … `47h`, `2d`, …"""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR}h"
    return f"{whole // _DAY}d"
