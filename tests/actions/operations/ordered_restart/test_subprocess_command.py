"""Readiness commands, in real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from stsview.actions.operations.ordered_restart.subprocess_command import run_once

LONG = 60.0


@pytest.mark.parametrize(
    ("command", "passed", "words"),
    [
        ("true", True, ""),
        ("echo fine", True, ""),
        ("false", False, "exit code 1"),
        ("echo one; echo 'two words' >&2; echo; exit 3", False, "exit code 3: two words"),
        (r"printf 'a\033[31mb\007c\r\n'; exit 1", False, "exit code 1: a [31mb c"),
        ("kill -9 $$", False, "killed by signal 9"),
        ('test "$STSVIEW_POD" = web-1', True, ""),
        ("no-such-command-here 2>/dev/null", False, "exit code 127"),
    ],
)
async def test_exit_codes_and_signals(command: str, passed: bool, words: str) -> None:
    tried = await run_once(command, {"STSVIEW_POD": "web-1"}, LONG)
    assert (tried.passed, tried.words) == (passed, words)


async def test_output_is_truncated() -> None:
    tried = await run_once("yes words | head -c 300000 | tr -d '\\n'; exit 1", {}, LONG)
    assert tried.words.endswith("…")
    assert len(tried.words) < 200


async def test_an_invalid_command_is_reported() -> None:
    assert (await run_once("true\0false", {}, LONG)).words == "cannot run it: embedded null byte"


async def test_a_timeout_kills_the_process_group(tmp_path: Path) -> None:
    tried = await run_once(f"sleep 1000 & echo $! > {tmp_path}/pid; echo waiting; wait", {}, 0.5)
    assert (tried.passed, tried.words) == (False, "not finished within 0.5s, killed: waiting")
    await gone(int((tmp_path / "pid").read_text()))


async def test_a_process_left_behind_does_not_block() -> None:
    tried = await run_once("sleep 30 & echo $!; exit 4", {}, LONG)
    assert tried.words.startswith("exit code 4: ")
    os.kill(int(tried.words.rpartition(" ")[2]), 9)


async def test_a_cancelled_command_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    task = asyncio.create_task(run_once(f"sleep 1000 & echo $! > {fifo}; wait", {}, LONG))
    pid = int(await asyncio.to_thread(fifo.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pid)


async def test_a_command_cancelled_before_its_start_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    real, released = asyncio.create_subprocess_shell, asyncio.Event()
    started = asyncio.get_running_loop().create_future()

    async def slowly(*command: Any, **how: Any) -> asyncio.subprocess.Process:
        process = await real(*command, **how)
        started.set_result(process)
        await released.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_shell", slowly)
    task = asyncio.create_task(run_once("sleep 1000 & wait", {}, LONG))
    process = await started
    task.cancel()
    await asyncio.sleep(0)
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert process.returncode == -signal.SIGKILL


async def gone(pid: int) -> None:
    """The signal is sent; the system needs a moment to deliver it."""
    for _ in range(100_000):
        if not _runs(pid):
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{pid} still runs")


def _runs(pid: int) -> bool:
    """Whether the process runs; a zombie, which waits to be reaped, does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
