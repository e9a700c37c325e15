"""The dashboard ends, whatever its terminal and its event loop do."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.terminal.program import Program

DEMO = ["demo", "--scenario", "zookeeper"]

_BLOCKED = """
import os, sys, threading
from stsview.cli.main import main
from stsview.ui.app import StsviewApp

def block(app):
    os.write(1, b"BLOCKED")
    threading.Event().wait()

StsviewApp.action_help = block
sys.exit(main(sys.argv[1:]))
"""
"""The demo, in which ? blocks the event loop for ever."""


# Many small frames: more than a terminal takes, and more than are kept for it.
_MANY = "jk" * 70


def test_a_terminal_that_does_not_read_delays_nothing(tmp_path: Path) -> None:
    with Program([sys.executable, "-m", "stsview", *DEMO], environment={"TMPDIR": str(tmp_path)}) as program:
        program.wait_for("● live")
        program.press("\r")
        program.wait_for("zookeeper-0.zk-hs.default.svc.cluster.local")
        program.fill(_MANY + "\x1b")
        # Once it reads again it gets the whole screen, whatever was dropped.
        program.wait(lambda now: "1 set" in now.text and "zookeeper-0.zk-hs" not in now.text, "the fleet alone")
        program.press("\r")
        program.wait_for("zookeeper-0.zk-hs.default.svc.cluster.local")
        program.fill(_MANY)
        program.signal(signal.SIGTERM)
        assert program.end_unread() == 128 + signal.SIGTERM
    assert_nothing_left(tmp_path)


def test_a_hangup_ends_it_though_the_terminal_does_not_read(tmp_path: Path) -> None:
    with Program([sys.executable, "-m", "stsview", *DEMO], environment={"TMPDIR": str(tmp_path)}) as program:
        program.wait_for("● live")
        program.press("\r")
        program.wait_for("zookeeper-0.zk-hs.default.svc.cluster.local")
        program.fill(_MANY)
        program.hang_up()
        assert program.end_unread() == 128 + signal.SIGHUP
    assert_nothing_left(tmp_path)


def test_a_blocked_event_loop_does_not_keep_the_process(tmp_path: Path) -> None:
    with Program([sys.executable, "-c", _BLOCKED, *DEMO], environment={"TMPDIR": str(tmp_path)}) as program:
        program.wait_for("● live")
        program.press("?")
        program.wait(lambda program: b"BLOCKED" in program.raw, "the event loop is blocked")
        program.signal(signal.SIGTERM)
        assert program.end() == 128 + signal.SIGTERM
    assert program.left_as_found
    assert_nothing_left(tmp_path)


def assert_nothing_left(folder: Path) -> None:
    """No folder of the demo, and no process that serves its cluster."""
    assert not list(folder.iterdir())
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(folder) not in listed
