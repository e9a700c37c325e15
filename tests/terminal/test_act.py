"""Changing a cluster from the command line, with a terminal and without one, as processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal.program import Program

STSVIEW = [sys.executable, "-m", "stsview"]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell at a simulated cluster."""
    path = tmp_path / "kubeconfig"
    serving = subprocess.Popen(
        [*STSVIEW, "demo", "--serve", "--scenario", "zookeeper", "--speed", "20", "--kubeconfig", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout is not None
        assert serving.stdout.readline()
        yield {"KUBECONFIG": str(path), "STSVIEW_AUDIT": str(tmp_path / "audit.jsonl"), "STSVIEW_CONFIG": ""}
    finally:
        serving.kill()
        serving.communicate()


def ran(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STSVIEW, *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def test_without_a_terminal_options_confirm_the_plan(environment: dict[str, str]) -> None:
    refused = ran(environment, "scale", "zookeeper", "--replicas", "2")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Scale default/zookeeper from 3 to 2\nRISK\n")
    assert refused.stderr.endswith("to confirm: --confirm zookeeper\n")
    done = ran(environment, "scale", "zookeeper", "--replicas", "2", "--confirm", "zookeeper")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("done after ")
    lines = ran(environment, "audit", "--since", "1d").stdout.splitlines()
    assert [line.split("from 3 to 2  ")[1].split(":")[0] for line in lines] == ["request", "done", "ended"]


def test_a_terminal_asks_for_confirmation_and_follows(environment: dict[str, str]) -> None:
    with Program([*STSVIEW, "delete-pod", "zookeeper-1"], environment=environment, columns=60, rows=50) as program:
        program.wait_for('Type "yes" to continue:')
        assert "the controller recreates zookeeper-1 on" in program.text
        # Nothing is lost at the edge, and no word is broken.
        assert "\n    the same name and PVCs" in program.text
        program.press("yes\r")
        program.wait_for("done after ")
        assert program.end() == 0
    assert "the new zookeeper-1 is available" in program.text
    # One line for each step: they were drawn over.
    assert program.text.count("the old zookeeper-1 is gone") == 1
    with Program([*STSVIEW, "reconcile", "zookeeper"], environment=environment) as program:
        program.wait_for('Type "yes" to continue:')
        program.press("\x03")
        assert program.end() == 130
    assert "stsview: interrupted: nothing changed" in program.lines
    assert b"Traceback" not in program.raw


def test_an_ordered_restart_is_paused_resumed_and_stopped_from_the_keyboard(
    environment: dict[str, str], tmp_path: Path
) -> None:
    waits = f"while ! test -e {tmp_path}/$STSVIEW_POD; do sleep 0.05; done"
    words = ["restart", "zookeeper", "--ordered", "--order", "1-2", "--check", waits]
    with Program([*STSVIEW, *words], environment=environment, columns=80, rows=60) as program:
        program.wait_for('Type "yes" to continue:')
        program.press("yes\r")
        program.wait_for("◐ waiting until the command succeeds for zookeeper-1")
        assert "0/2" in program.text
        program.press("\x1a")
        program.wait_for("? pausing after the current step; Ctrl-Z resumes")
        (tmp_path / "zookeeper-1").touch()
        program.wait_for("? paused; Ctrl-Z resumes, Ctrl-C stops; zookeeper-1 restarted;")
        assert "1/2 paused" in program.text
        assert not re.search("[◐✔] evict zookeeper-2", program.text)
        program.press("\x1a")
        program.wait_for("◐ waiting until the command succeeds for zookeeper-2")
        assert "paused" not in program.text
        program.press("\x03")
        program.wait_for("stopped after ")
        assert program.end() == 130
    assert "zookeeper-1 restarted; zookeeper-2 is available again, but not yet" in " ".join(program.text.split())
    (tmp_path / "zookeeper-2").touch()
    done = ran(environment, "restart", "zookeeper", "--continue", "--confirm", "zookeeper", "--timeout", "1h")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 of 2 ordinals done\n" in done.stdout
