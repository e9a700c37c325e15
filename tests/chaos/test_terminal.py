"""Faults that need a terminal."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.support.terminal.program import Program

ALTERNATE_SCREEN = b"\x1b[?1049h"
"""What a program writes when it takes the whole terminal."""

DEMO = [sys.executable, "-m", "stsview", "demo", "--scenario", "zookeeper"]


def test_a_resize_to_1x1_and_back_and_a_hangup_leave_a_sane_terminal_and_no_process() -> None:
    with Program(DEMO, columns=80, rows=24) as program:
        program.wait(lambda seen: "● live" in seen.lines[0] and "3/3" in seen.text, "a live picture")
        program.resize(1, 1)
        program.resize(100, 30)
        program.wait(lambda seen: len(seen.lines) == 30 and "● live" in seen.lines[0], "the new size")
        program.wait_for("3/3")
        assert_clean_exit(program, signal.SIGHUP)


def test_after_a_stop_and_a_continue_it_still_ends() -> None:
    with Program(DEMO) as program:
        program.wait_for("● live")
        for _ in range(3):
            os.kill(program.pid, signal.SIGCONT)
        program.wait_for("● live")
        assert_clean_exit(program, signal.SIGTERM)


def test_after_a_continue_the_keyboard_works_and_q_leaves(tmp_path: Path) -> None:
    # With standard error in a file, which nothing is written to.
    log = tmp_path / "stderr"
    command = ["sh", "-c", f"exec {sys.executable} -m stsview demo --scenario zookeeper 2>{log}"]
    with Program(command) as program:
        program.wait_for("● live")
        os.kill(program.pid, signal.SIGCONT)
        program.wait(lambda seen: seen.raw.count(ALTERNATE_SCREEN) == 2, "it has started again")
        program.press("?")
        program.wait_for("─ Keys ─")
        program.press("\x1b")
        program.wait(lambda seen: "─ Keys ─" not in seen.text, "the help is closed")
        program.press("q")
        assert program.end() == 0
        assert program.left_as_found
    assert log.read_text() == ""


def assert_clean_exit(program: Program, number: signal.Signals) -> None:
    assert not program.left_as_found
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
    assert children
    os.kill(program.pid, number)
    assert program.end() == 128 + number
    assert program.left_as_found
    assert b"Traceback" not in program.raw
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
