"""Colours of log lines of any format: time, level, and stack traces."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from stsview.ui.kit.look.roles import Role, Span, Spans

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TIME = re.compile(
    r"[\[(]?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?[\])]?(?= |$)"
)
"""Time at the start of a line, with an ISO 8601 date or none."""

_NAMED = r"(?:level|lvl|severity)\"?[=:][ ]?\"?"
_LETTER = r"\"s\":\""
"""Level of MongoDB logs: `"s":"W"`."""

_LEVEL = re.compile(
    rf"""(?<![A-Za-z])(?:
      (?P<error>ERROR|ERR|FATAL|FTL|PANIC|SEVERE|CRITICAL|EMERG|[\[<](?i:error|fatal)(?=[\]>])
        |{_NAMED}(?:error|fatal|panic|critical)|{_LETTER}[EF])
    | (?P<warning>WARNING|WARN|WRN|[\[<](?i:warn|warning)(?=[\]>])|{_NAMED}warn(?:ing)?|{_LETTER}W)
    | (?P<info>INFO|INF|NOTICE|LOG|HINT|[\[<](?i:info|information|notice)(?=[\]>])|{_NAMED}(?:info|notice)|{_LETTER}I)
    | (?P<debug>DEBUG|DBG|TRACE|TRC|FINE|[\[<](?i:debug|trace)(?=[\]>])|{_NAMED}(?:debug|trace)|{_LETTER}D)
    )(?![A-Za-z])""",
    re.VERBOSE,
)
_LEVEL_WITHIN = 120
"""Characters within which a level is looked for; further on it is just a word."""

_FRAME = re.compile(r" {2,}at |\s+\.\.\. \d+ |goroutine \d+ \[")
"""A line of a stack trace."""

_THROWN = re.compile(r"(?:Caused by: )?[\w.$]+(?:Exception|Error)(?:: |$)")
"""An exception, the line above its stack trace."""

_ROLES = {
    "error": (Role.DEGRADED_STRONG, Role.BRIGHT),
    "warning": (Role.WARNING, Role.TEXT),
    "info": (Role.DIM, Role.TEXT),
    "debug": (Role.DIM, Role.DIM),
}
"""Roles of the level, and of the text after it."""


def log_spans(text: str) -> Spans:
    """The line with its time and level coloured; the text is unchanged."""
    if _FRAME.match(text):
        return ((text, Role.DIM),)
    if _THROWN.match(text):
        return ((text, Role.BRIGHT),)
    spans: list[Span] = []
    at = 0
    time = _TIME.match(text)
    if time is not None:
        at = time.end()
        spans.append((text[:at], Role.DIM))
    level = _LEVEL.search(text, at, _LEVEL_WITHIN)
    if level is None or level.lastgroup is None:
        return (*spans, (text[at:], Role.TEXT))
    level_role, text_role = _ROLES[level.lastgroup]
    pieces = ((text[at : level.start()], Role.DIM), (level.group(), level_role), (text[level.end() :], text_role))
    return (*spans, *(piece for piece in pieces if piece[0]))


def timestamp_text(stamp: str, today: datetime | None, zone: tzinfo | None = None) -> str:
    """Time of a line: `18:22:07.123` today, otherwise `Nov 21 18:22`.

    Empty when it cannot be parsed.
    """
    try:
        local = datetime.fromisoformat(stamp).astimezone(zone)
    except (ValueError, OverflowError):
        return ""
    if today is None or local.date() == today.astimezone(zone).date():
        return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
    return f"{_MONTHS[local.month - 1]} {local:%d %H:%M}"
