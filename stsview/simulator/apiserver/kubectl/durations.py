"""Ages as kubectl prints them.

Source: k8s.io/apimachinery/pkg/util/duration, HumanDuration.
"""

from __future__ import annotations

from datetime import datetime

from stsview.simulator.apiserver.wire import instant


def age(text: str | None, now: datetime) -> str:
    """The time since a metav1.Time; `<unknown>` without one."""
    if not text:
        return "<unknown>"
    return human((now - instant(text)).total_seconds())


def human(seconds_: float) -> str:
    """A duration in at most two units."""
    seconds = int(seconds_)
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 60 * 2:
        return f"{seconds}s"
    minutes = seconds // 60
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 60 * 3:
        return f"{minutes}m"
    hours = seconds // 3600
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if hours < 24 * 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if hours < 24 * 365 * 2:
        return f"{days}d"
    years = days // 365
    if hours < 24 * 365 * 8:
        return f"{years}y{days % 365}d" if days % 365 else f"{years}y"
    return f"{years}y"
