"""`stsview audit`: the written record, read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog, usual_path
from stsview.cli.output.console import Console, Piece
from stsview.cli.output.document import API_VERSION, to_json
from stsview.cli.support.refuse import refuse

_STYLES = {"done": "green", "found done": "green", "reached": "green", "failed": "red", "not reached": "red"}


def run(arguments: argparse.Namespace) -> int:
    """Print it, and return the exit code: 0, or 2 when it cannot be read."""
    log = AuditLog(usual_path())
    since = datetime.now(UTC) - timedelta(seconds=arguments.since) if arguments.since is not None else None
    try:
        entries = list(log.entries(since))
    except AuditFailed as error:
        return refuse(str(error))
    if arguments.output == "json":
        told = {"apiVersion": API_VERSION, "kind": "AuditLog", "path": str(log.path), "entries": entries}
        sys.stdout.write(to_json(told) + "\n")
        return 0
    console = Console()
    for entry in entries:
        console.line(*_line(entry))
    if not entries:
        console.line(f"nothing is recorded in {log.path}" + (" since then" if since is not None else ""))
    return 0


def _line(entry: Mapping[str, Any]) -> Iterator[Piece]:
    yield f"{_word(entry, 'time')}  ", "dim"
    yield f"{_word(entry, 'context')}  "
    yield f"{_word(entry, 'title')}  ", "bold"
    result = _word(entry, "result")
    match entry.get("moment"):
        case "before":
            yield f"to be sent: {_word(entry, 'request', 'method')} {_word(entry, 'request', 'path')}"
        case "end":
            yield f"ended: {result}", _STYLES.get(result, "yellow")
        case _:
            yield result, _STYLES.get(result, "yellow")
    if words := _word(entry, "words"):
        yield f": {words}"
    if entry.get("moment") == "before":
        yield from _by_whom(entry)


def _by_whom(entry: Mapping[str, Any]) -> Iterator[Piece]:
    for label, name in (("by", "user"), ("acting as", "actingAs"), ("because", "reason"), ("overridden", "override")):
        word = _word(entry, name)
        if word and not (name == "reason" and word == _word(entry, "override")):
            yield f"; {label} ", "dim"
            yield word
    attested = entry.get("attested")
    if isinstance(attested, list) and attested:
        yield "; attested ", "dim"
        yield ", ".join(map(str, attested))


def _word(entry: Mapping[str, Any], *path: str) -> str:
    """What stands there. The file is the operator's own, and may hold anything."""
    value: Any = entry
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
