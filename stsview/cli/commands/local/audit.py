"""`stsview audit`: the local audit log."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog, usual_path
from stsview.cli.output.console import Console, Piece
from stsview.cli.output.document import API_VERSION, to_json
from stsview.cli.support.errors import fail
from stsview.text.ages import in_local_time, local_time, precise

_STYLES = {
    "done": "green",
    "found done": "green",
    "reached": "green",
    "exit code 0": "green",
    "failed": "red",
    "not reached": "red",
}


def run(arguments: argparse.Namespace) -> int:
    """Print the log; returns 0, or 2 if it cannot be read."""
    log = AuditLog(usual_path())
    since = datetime.now(UTC) - timedelta(seconds=arguments.since) if arguments.since is not None else None
    try:
        entries = list(log.entries(since))
    except AuditFailed as error:
        return fail(str(error))
    if arguments.output == "json":
        content = {"apiVersion": API_VERSION, "kind": "AuditLog", "path": str(log.path), "entries": entries}
        sys.stdout.write(to_json(content) + "\n")
        return 0
    console, now = Console(), datetime.now(UTC)
    for entry in entries:
        console.line(*_line(entry, now))
    if not entries:
        console.line(f"no {'newer ' if since is not None else ''}entries in {log.path}")
    return 0


def _line(entry: Mapping[str, Any], now: datetime) -> Iterator[Piece]:
    yield f"{_time(entry)}  ", "dim"
    yield f"{_text(entry, 'context')}  "
    yield f"{in_local_time(_text(entry, 'title'), now)}  ", "bold"
    result = in_local_time(_text(entry, "result"), now)
    match entry.get("moment"):
        case "before" if isinstance(entry.get("command"), list):
            # What starts the first shell that there is says less than the title.
            words = shlex.join(map(str, entry["command"]))
            yield "started" if _text(entry, "title").startswith("shell in ") else f"command: {words}"
        case "before":
            yield f"request: {_text(entry, 'request', 'method')} {_text(entry, 'request', 'path')}"
        case "end":
            yield f"ended: {result}", _STYLES.get(result, "yellow")
            if isinstance(entry.get("seconds"), int | float):
                yield f" after {precise(entry['seconds'])}"
        case _:
            yield result, _STYLES.get(result, "yellow")
    if message := _text(entry, "words"):
        yield f": {in_local_time(message, now)}"
    if entry.get("moment") == "before":
        yield from _author(entry)


def _time(entry: Mapping[str, Any]) -> str:
    """The time of the entry, in local time; as it was written if that is not a time."""
    text = _text(entry, "time")
    try:
        return local_time(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text


def _author(entry: Mapping[str, Any]) -> Iterator[Piece]:
    groups = entry.get("actingAsGroups")
    for label, name in (("by", "user"), ("acting as", "actingAs"), ("reason", "reason"), ("overridden:", "override")):
        value = _text(entry, name)
        if value and not (name == "reason" and value == _text(entry, "override")):
            yield f"; {label} ", "dim"
            yield value
            if name == "actingAs" and isinstance(groups, list) and groups:
                yield f" (group{'s' if len(groups) > 1 else ''} {', '.join(map(str, groups))})"
    attested = entry.get("attested")
    if isinstance(attested, list) and attested:
        yield "; attested ", "dim"
        yield ", ".join(map(str, attested))


def _text(entry: Mapping[str, Any], *path: str) -> str:
    """The value at `path` as text; empty without one.

    The file belongs to the operator and may contain anything.
    """
    value: Any = entry
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
