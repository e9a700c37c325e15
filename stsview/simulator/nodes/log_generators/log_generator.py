"""The templates of one program's log lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def _milliseconds(when: datetime) -> str:
    return f"{when.microsecond // 1000:03}"


def iso(when: datetime) -> str:
    """`2026-11-22T18:22:07.123Z`."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{_milliseconds(when)}Z"


def iso_with_comma(when: datetime) -> str:
    """`2026-11-22 18:22:07,123`, as log4j writes it."""
    return f"{when:%Y-%m-%d %H:%M:%S},{_milliseconds(when)}"


def iso_with_dot(when: datetime) -> str:
    """`2026-11-22 18:22:07.123`."""
    return f"{when:%Y-%m-%d %H:%M:%S}.{_milliseconds(when)}"


def in_words(when: datetime) -> str:
    """`22 Nov 2026 18:22:07.123`."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{when:%d} {months[when.month - 1]} {when:%Y %H:%M:%S}.{_milliseconds(when)}"


def with_slashes(when: datetime) -> str:
    """`2026/11/22 18:22:07.123456`."""
    return f"{when:%Y/%m/%d %H:%M:%S}.{when.microsecond:06}"


@dataclass(frozen=True)
class LogGenerator:
    """Templates of one program's log lines.

    Placeholders: `{time}`, `{pod}`, `{peer}` (another pod of its set), `{host}` (its DNS name), `{image}`, `{tag}`,
    `{claim}`, `{code}` (its exit code), and numbers `{n}` (thousands), `{m}` (dozens), `{k}` (a few). Other braces are
    doubled, as for `str.format`.
    """

    format_time: Callable[[datetime], str]
    startup: tuple[str, ...]
    periodic: tuple[str, ...]
    ready: str
    not_ready: str
    failure: tuple[str, ...]
    shutdown: tuple[str, ...]
    full: tuple[str, ...] = (
        "{time} ERROR cannot write to the volume of {claim}: No space left on device",
        "{time} FATAL exiting: write: No space left on device (errno 28)",
    )
    """Before it exits because a volume is full."""
