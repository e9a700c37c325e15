"""A report whose finding is harmless does not fail a check for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stsview.cli.main import main
from stsview.triage.acknowledgement import ANNOTATION
from tests.support.paths import REPORTS

OTHER = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "other", "namespace": "default", "uid": "other"}}
"""Without any Service, a file does not show that one is missing."""


def written(folder: Path, rules: str) -> str:
    """The set whose Service nothing looks up, with the annotation."""
    content = json.loads((REPORTS / "argocd.json").read_text())
    for item in content["items"]:
        if item["kind"] == "StatefulSet":
            item["metadata"].setdefault("annotations", {})[ANNOTATION] = rules
    content["items"].append(OTHER)
    path = folder / f"argocd-{rules}.json"
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def acknowledged(tmp_path: Path) -> str:
    return written(tmp_path, "service-missing")


@pytest.mark.parametrize("fail_on", ["notice", "warning"])
def test_an_acknowledged_finding_is_printed_and_fails_no_check(
    acknowledged: str, fail_on: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--from", written(tmp_path, "another"), "--fail-on", fail_on]) == 1
    printed = capsys.readouterr().out
    assert "Service argocd-application-controller is missing" in printed
    assert "acknowledged" not in printed
    assert main(["check", "--from", acknowledged, "--fail-on", fail_on]) == 0
    assert "Service argocd-application-controller is missing (acknowledged)" in capsys.readouterr().out


@pytest.mark.parametrize(("output", "said"), [("json", '"failed": false'), ("junit", 'failures="0"')])
def test_documents_say_so_as_well(
    acknowledged: str, output: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--from", acknowledged, "--fail-on", "notice", "-o", output]) == 0
    printed = capsys.readouterr().out
    assert said in printed
    assert "(acknowledged)" in printed
