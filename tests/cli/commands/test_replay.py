"""`stsview replay` and `--replay` over recorded histories of a real control plane."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from stsview.cli.main import main
from stsview.cli.support.open_dashboard import open_dashboard
from stsview.live.replay.recording_target import RecordingTarget
from stsview.model.settings import ModelSettings
from tests.support.paths import HISTORIES

UNREAD = "unread.gz"
DEAD_NODE = str(HISTORIES / "dead-node.jsonl.gz")


def test_a_report_says_when_findings_began_and_ended_and_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", DEAD_NODE, "--report"]) == 0
    report = capsys.readouterr().out.splitlines()
    assert report[0] == "# dead-node.jsonl.gz: 2026-11-22 21:36:20 to 21:39:22 UTC"
    assert (
        "| 21:37:17 | 21:38:27 | 1m10s | h-dead-node/zookeeper | 1 | warning | "
        "zookeeper-1: node fake-node-1 is unreachable, marked out of service |"
    ) in report
    assert "| 21:36:29 | kubectl annotate node fake-node-1 test/dead=true | unknown |" in report


def test_a_report_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", DEAD_NODE, "--report", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kind"] == "IncidentReport"
    (lost, _) = [one for one in report["findings"] if one["ordinals"] == [1]]
    assert lost["began"].startswith("2026-11-22T21:37:17")
    assert lost["ended"].startswith("2026-11-22T21:38:27")
    assert lost["level"] == "warning"
    assert {one["what"] for one in report["done"]} >= {"kubectl apply -f -"}


@pytest.mark.parametrize(("at", "code"), [("+20s", 0), ("2026-11-22T21:37:30Z", 1), ("+3m", 0)])
def test_a_check_of_a_recording_at_a_time(capsys: pytest.CaptureFixture[str], at: str, code: int) -> None:
    assert main(["check", "--replay", DEAD_NODE, "--at", at]) == code
    printed = capsys.readouterr().out
    assert printed.startswith("from a recording, as of ")
    assert ("node fake-node-1 is unreachable" in printed) == bool(code)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["replay", "missing.gz"], "missing.gz cannot be read: No such file or directory"),
        (["replay", __file__], "is not a recording: make one with stsview --record FILE"),
        (["check", "--replay", DEAD_NODE, "--at", "+9h"], "is 3m01s long: give an earlier time with --at"),
        (["check", "--replay", DEAD_NODE, "--at", "2020-01-01T00:00:00Z"], "give a later time with --at"),
        (["check", "--replay", UNREAD], "unread.gz: the cluster was not read completely at 2026-01-01T00:00:02+00:00"),
        (["check", "--replay", DEAD_NODE, "--at", "+x"], "must be a time, or + and how long after the start"),
        (["check", "--replay", DEAD_NODE, "--from", "x"], "--from and --replay exclude each other"),
        (["scale", "--replay", DEAD_NODE, "zookeeper", "--replicas", "3"], "--replay"),
        (["replay", DEAD_NODE, "--report", "--at", "+1m"], "--report is of the whole recording"),
        (["check", "--record", "x.gz"], "--record"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    lines = ('{"recording":"stsview/v1","start":"2026-01-01T00:00:00Z"}', '{"t":2,"link":"loading"}', "")
    (tmp_path / UNREAD).write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.chdir(tmp_path)
    try:
        code = main(arguments)
    except SystemExit as error:
        code = int(str(error.code))
    printed = capsys.readouterr()
    assert code == 2
    assert told in printed.err
    assert printed.err.count("\n") == 1
    assert not printed.out


def test_a_recording_that_exists_is_not_overwritten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stsview.cli.support.open_dashboard.is_terminal", lambda: True)
    target = RecordingTarget(DEAD_NODE)
    assert open_dashboard(target, theme=None, settings=ModelSettings(), record=DEAD_NODE) == 2
    assert "dead-node.jsonl.gz exists: name a new file" in capsys.readouterr().err
