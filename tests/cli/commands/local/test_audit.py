"""`stsview audit`: the audit log as text and JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stsview.actions.execution.audit_log import AuditLog
from stsview.cli.arguments.parser import parser
from stsview.cli.commands.local import audit

ENTRY = {
    "context": "prod",
    "action": "scale",
    "title": "Scale data/kafka from 3 to 5",
    "user": "jane",
    "actingAs": "ops",
    "actingAsGroups": ["devs", "sre"],
    "reason": "more room",
    "override": "",
    "attested": ["node-is-off"],
    "request": {"method": "PATCH", "path": "/apis/apps/v1/namespaces/data/statefulsets/kafka/scale"},
}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditLog:
    path = tmp_path / "audit.jsonl"
    monkeypatch.setenv("STSVIEW_AUDIT", str(path))
    return AuditLog(path)


def run(*words: str) -> int:
    return audit.run(parser().parse_args(["audit", *words]))


def test_each_entry_is_a_line(log: AuditLog, capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    log.append({**ENTRY, "moment": "before"}, at)
    log.append(
        {**ENTRY, "moment": "after", "result": "failed", "words": "no \x1b[31m 2026-01-01T00:00:00.186Z"},
        at + timedelta(seconds=1),
    )
    log.append({**ENTRY, "moment": "end", "result": "not reached"}, at + timedelta(seconds=2))
    log.append({**ENTRY, "moment": "before", "reason": "fire", "override": "fire", "attested": 7}, at)
    assert run() == 0
    title = "prod  Scale data/kafka from 3 to 5  "
    ops = "ops (groups devs, sre)"
    sent = f"{title}request: PATCH /apis/apps/v1/namespaces/data/statefulsets/kafka/scale"
    assert capsys.readouterr().out.splitlines() == [
        f"2026-01-01 00:00:00 UTC  {sent}; by jane; acting as {ops}; reason more room; attested node-is-off",
        f"2026-01-01 00:00:01 UTC  {title}failed: no ␛[31m 2026-01-01 00:00 UTC",
        f"2026-01-01 00:00:02 UTC  {title}ended: not reached",
        f"2026-01-01 00:00:00 UTC  {sent}; by jane; acting as {ops}; overridden: fire",
    ]


def test_since_limits_the_age_of_entries(log: AuditLog, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    for days in (9, 2, 0):
        log.append({**ENTRY, "moment": "before", "reason": f"{days} days ago"}, now - timedelta(days=days))
    with log.path.open("a") as file:
        # Written by hand, without a time zone.
        file.write('{"time": "1999-01-01T00:00:00"}\n')
    assert run("--since", "3d", "-o", "json") == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["apiVersion"], content["kind"], content["path"]) == ("stsview/v1", "AuditLog", str(log.path))
    assert [entry["reason"] for entry in content["entries"]] == ["2 days ago", "0 days ago"]
    assert content["entries"][0]["request"] == ENTRY["request"]


def test_an_empty_log_names_its_path(log: AuditLog, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out == f"no entries in {log.path}\n"
    log.path.mkdir()
    assert run() == 2
    assert capsys.readouterr().err == f"stsview: cannot read the audit log {log.path}: Is a directory\n"


def test_commands_in_containers_are_shown(log: AuditLog, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"action": "exec", "context": "prod", "user": "me"}
    shell = {**entry, "title": "shell in kafka-1 (kafka)", "command": ["sh", "-c", "exec bash"]}
    command = {**entry, "title": "command in kafka-1 (kafka)", "command": ["ls", "a b"]}
    lost = "kafka-1 was replaced: shell ended"
    for line in (
        {"moment": "before", **shell},
        {"moment": "end", **shell, "result": "exit code 137", "seconds": 75.2, "words": lost},
        {"moment": "before", **command},
    ):
        log.append(line, datetime(2026, 1, 1, tzinfo=UTC))
    assert run() == 0
    assert [line.partition("prod  ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "shell in kafka-1 (kafka)  started; by me",
        f"shell in kafka-1 (kafka)  ended: exit code 137 after 1m15s: {lost}",
        "command in kafka-1 (kafka)  command: ls 'a b'; by me",
    ]
