"""`--from`: the reading commands over files, and the refusal of everything else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stsview.cli.main import main
from tests.support.paths import REPORTS

HEALTHY = str(REPORTS / "healthy.json")
BROKEN = str(REPORTS / "maxunavail.json")


def test_a_check_says_first_that_it_is_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", HEALTHY]) == 0
    first, *others, last = capsys.readouterr().out.splitlines()
    assert first == "from a file, as of 2026-11-30 18:51:00 UTC  healthy.json"
    assert "? events are not in the files" in others
    assert last == "OK: 1 StatefulSet in all namespaces, no findings"
    assert main(["check", "--from", BROKEN, "--at", "2026-12-01T00:00:00Z"]) == 1
    assert capsys.readouterr().out.startswith("from a file, as of 2026-12-01 00:00:00 UTC")


def test_documents_say_that_they_are_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", HEALTHY, "-o", "json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["fromFile"], document["context"], document["server"]) == (True, "healthy.json", "")
    assert document["time"] == "2026-11-30T18:51:00Z"
    assert "events are not in the files" in document["unread"]


def test_what_files_do_not_tell_is_not_called_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", str(REPORTS / "argocd.json")]) == 1
    printed = capsys.readouterr()
    last = "UNKNOWN: 1 of 1 StatefulSet in all namespaces (services are not in the files), no findings"
    assert printed.out.splitlines()[-1] == last
    assert printed.err.endswith("unknown: services are not in the files\n")
    assert main(["check", "-v", "--from", str(REPORTS / "argocd.json")]) == 1
    line = "? default/argocd-application-controller  unknown: services are not in the files"
    assert line in capsys.readouterr().out.splitlines()


def test_status_and_history_read_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "web", "--from", HEALTHY]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("from a file, as of ")
    assert second == "default/web  healthy"
    name = json.loads(Path(BROKEN).read_text())["items"][0]["metadata"]["name"]
    assert main(["history", name, "--from", BROKEN]) == 0
    assert capsys.readouterr().out.startswith("from a file, as of ")
    assert main(["history", "web", "--from", HEALTHY]) == 2
    assert capsys.readouterr().err == "stsview: controllerrevisions are not in the files\n"


def test_namespaces_narrow_what_is_read_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--from", HEALTHY, "-n", "default"]) == 0
    assert main(["check", "--from", HEALTHY, "-n", "other"]) == 2
    assert "namespace other not found" in capsys.readouterr().err


def test_neither_kubeconfig_nor_cluster_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert main(["check", "--from", HEALTHY]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["scale", "web", "--replicas", "1"],
        ["undo", "web"],
        ["restart", "web"],
        ["delete-pod", "web-0"],
        ["rollout", "web"],
        ["audit"],
        ["demo"],
    ],
)
def test_nothing_else_accepts_files(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A change must never reach the cluster of the kubeconfig in their place."""
    for arguments in (["--from", HEALTHY, "--read-only", *words], [*words, "--from", HEALTHY]):
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        assert raised.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_time_needs_files_and_a_zone(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["check", "--at", "2026-12-01T00:00:00Z"], ["check", "--from", HEALTHY, "--at", "yesterday"]):
        with pytest.raises(SystemExit) as raised:
            main(arguments)
        assert raised.value.code == 2
    printed = capsys.readouterr().err.splitlines()
    assert printed[0].startswith("stsview: --at is only for --from")
    assert "RFC 3339" in printed[1]


@pytest.mark.parametrize("command", [["check"], ["status", "web"], ["history", "web"]])
def test_a_malformed_file_ends_with_one_line(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"apiVersion": ')
    assert main([*command, "--from", str(path)]) == 2
    assert capsys.readouterr().err == f"stsview: {path} is not valid JSON (line 1, column 16): Expecting value\n"
    assert main([*command, "--from", str(tmp_path / "none.json")]) == 2
    assert "none.json cannot be read: No such file or directory" in capsys.readouterr().err


def test_the_dashboard_over_files_needs_a_terminal() -> None:
    command = [sys.executable, "-m", "stsview", "--from", HEALTHY]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_objects_that_cannot_be_served_are_named_in_one_line(tmp_path: Path) -> None:
    nameless = tmp_path / "nameless.json"
    nameless.write_text('{"apiVersion": "v1", "kind": "Pod", "metadata": {}}')
    for path, problem in (
        (tmp_path / "none.json", "cannot be read: No such file or directory"),
        (nameless, "the objects cannot be served: a Pod without a name"),
    ):
        command = [sys.executable, "-m", "stsview", "demo", "--serve", "--objects", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        assert problem in done.stderr
