"""Every reported situation is read, and checked without a crash."""

from __future__ import annotations

import re

import pytest

from stsview.cli.main import main
from tests.support.paths import REPORTS

FILES = sorted(REPORTS.glob("*.json"))


@pytest.mark.parametrize("output", ["text", "json", "junit"])
@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_a_report_is_checked(name: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", str(REPORTS / name), "-o", output]) in (0, 1)
    printed = capsys.readouterr()
    assert printed.out
    assert "Traceback" not in printed.err


def test_all_reports_are_checked_as_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", str(REPORTS)]) == 1
    printed = capsys.readouterr().out
    assert re.fullmatch(r"\d+ findings in \d+ StatefulSets( \(.*\))? in all namespaces", printed.splitlines()[-1])
