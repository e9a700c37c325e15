"""The demo in a real pseudo-terminal, driven as a person would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.program import Program

DEMO = [sys.executable, "-m", "stsview", "demo", "--scenario", "zookeeper"]
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"


def test_enter_on_zookeeper_shows_its_pods_names_and_claims() -> None:
    with Program(DEMO) as program:
        program.wait_for("● live")
        program.wait_for("zookeeper")
        program.press("\r")
        program.wait_for("zookeeper-0.zk-hs.default.svc.cluster.local")
        program.press("j")
        program.wait_for("zookeeper-1.zk-hs.default.svc.cluster.local")
        program.press("G")
        program.wait_for("zookeeper-2.zk-hs.default.svc.cluster.local")
        program.wait_for("data-zookeeper-2")
        assert len(re.findall(r"Bound\s+10 Gi", program.text)) == 3
        program.press("\x1b")
        program.wait_for("1 set")
        program.press("q")
        assert program.end() == 0
    assert LEFT_ALTERNATE_SCREEN in program.raw
    assert b"Traceback" not in program.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_a_sane_terminal_and_no_process_behind(number: signal.Signals) -> None:
    with Program(DEMO) as program:
        program.wait_for("● live")
        children = _children(program.pid)
        assert children
        os.kill(program.pid, number)
        program.end()
    assert LEFT_ALTERNATE_SCREEN in program.raw
    assert program.raw.rindex(SHOWS_CURSOR) > program.raw.index(b"\x1b[?25l")
    assert b"Traceback" not in program.raw
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def test_a_resize_to_nothing_and_back_is_survived() -> None:
    with Program(DEMO, columns=80, rows=24) as program:
        program.wait_for("zookeeper")
        program.resize(1, 1)
        program.resize(100, 30)
        program.wait(lambda seen: "● live" in seen.lines[0] and len(seen.lines) == 30, "the screen at its new size")
        program.wait_for("zookeeper")
        program.press("q")
        assert program.end() == 0


def test_no_colour_where_none_is_wanted() -> None:
    with Program(DEMO, environment={"NO_COLOR": "1"}) as program:
        program.wait_for("● live")
        program.press("q")
        assert program.end() == 0
    # Shades of grey are what Textual makes of colours then: red, green and blue are alike everywhere.
    painted = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", program.raw)
    assert all(red == green == blue for red, green, blue in painted)


def test_ascii_where_nothing_else_can_be_drawn() -> None:
    with Program(DEMO, environment={"STSVIEW_ASCII": "1"}) as program:
        program.wait_for("zookeeper")
        assert program.text.isascii()
        program.press("q")
        assert program.end() == 0


def test_the_dashboard_opens_on_a_cluster_that_kubectl_would_find(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    serving = subprocess.Popen(
        [*DEMO, "--serve", "--kubeconfig", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        assert f"kubectl --kubeconfig {path}" in serving.stdout.readline()
        assert path.stat().st_mode & 0o777 == 0o600
        with Program([sys.executable, "-m", "stsview"], environment={"KUBECONFIG": str(path)}) as program:
            program.wait_for("● live")
            program.wait_for("zookeeper")
            serving.terminate()
            program.wait_for("disconnected")
            program.press("q")
            assert program.end() == 0
    finally:
        serving.kill()
        serving.communicate()
    assert not path.exists()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
