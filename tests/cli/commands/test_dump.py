"""`stsview dump` as a command, on a served file: a full circle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stsview.cli.main import main
from tests.support.paths import REPORTS


def test_a_served_report_is_dumped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, kubeconfig, dump = REPORTS / "dangling.json", tmp_path / "kubeconfig", tmp_path / "dump.json"
    command = [sys.executable, "-m", "stsview", "demo", "--serve", "--until-stdin-closes", "--objects", str(report)]
    with subprocess.Popen(
        [*command, "--kubeconfig", str(kubeconfig)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline(), "it serves"
        assert main(["dump", "-A", "-o", str(dump), "--kubeconfig", str(kubeconfig)]) == 0
        assert main(["dump", "-n", "nowhere", "-o", str(dump), "--kubeconfig", str(kubeconfig)]) == 2
        server.communicate()
    assert "no StatefulSets in nowhere" in capsys.readouterr().err
    assert dump.stat().st_mode & 0o777 == 0o600

    findings = []
    for path in (report, dump):
        assert main(["check", "--from", str(path), "-o", "json"]) == 1
        document = json.loads(capsys.readouterr().out)
        findings.append([(one["rule"], one["headline"], one["since"]) for one in document["findings"]])
    assert findings[0] == findings[1] != []
    assert document["unread"] == [], "the server has all kinds"
