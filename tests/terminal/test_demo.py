"""The demo in a pseudo-terminal, driven by keys."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.terminal.program import Program

DEMO = [sys.executable, "-m", "stsview", "demo", "--scenario", "zookeeper"]


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
        assert len(re.findall(r"data ✔ Bound\s+10 Gi", program.text)) == 3
        program.press("\x1b")
        program.wait_for("1 set")
        program.press("q")
        assert program.end() == 0
    assert program.left_as_found
    assert b"Traceback" not in program.raw


def test_a_terminal_of_ascii_without_colours() -> None:
    with Program(DEMO, environment={"STSVIEW_ASCII": "1", "NO_COLOR": "1"}) as program:
        program.press("jk")
        program.wait_for("3/3")
        assert "no match" not in program.text, "keys pressed during the start went into the filter"
        assert program.text.isascii()
        program.signal(signal.SIGINT)
        assert program.end() == 128 + signal.SIGINT
    assert program.left_as_found
    # Textual then turns colours into shades of grey: red, green and blue are equal everywhere.
    painted = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", program.raw)
    assert all(red == green == blue for red, green, blue in painted)


def test_the_dashboard_opens_on_the_current_context(tmp_path: Path) -> None:
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
