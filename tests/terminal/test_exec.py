"""`stsview exec` as people and scripts use it: in a real terminal, and in a pipe."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import AsyncIterator
from fcntl import ioctl
from pathlib import Path

import pytest

from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find
from tests.support.cluster.server import until
from tests.support.terminal.program import Program


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[SimulatedCluster]:
    made = SimulatedCluster(find("zookeeper"))
    await made.start()
    made.write_kubeconfig(tmp_path / "config")
    yield made
    await made.stop()


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "STSVIEW_AUDIT": str(folder / "audit.jsonl"), "KUBECONFIG": str(folder / "config")}


async def piped(folder: Path, *words: str, given: bytes = b"") -> tuple[int | None, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stsview", "exec", *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(folder),
    )
    out, errors = await asyncio.wait_for(process.communicate(given), 60)
    return process.returncode, out, errors


async def test_input_and_output_pass_a_pipe_byte_by_byte(cluster: SimulatedCluster, tmp_path: Path) -> None:
    every = bytes(range(256)) * 4000
    command = "sh", "-c", "cat; echo bad >&2; exit 7"
    assert await piped(tmp_path, "zookeeper/0", "--", *command, given=every) == (7, every, b"bad\n")


class Terminal:
    """A pseudo-terminal with `stsview exec` on it."""

    def __init__(self) -> None:
        self.own, self.other = pty.openpty()
        self.shown = b""
        self.before = termios.tcgetattr(self.other)
        asyncio.get_running_loop().add_reader(self.own, self._read)

    def _read(self) -> None:
        self.shown += os.read(self.own, 65536)

    def resize(self, columns: int, rows: int) -> None:
        ioctl(self.own, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def start(self, folder: Path, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stsview", "exec", *words),
            stdin=self.other,
            stdout=self.other,
            stderr=self.other,
            env=environment(folder),
            start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),
        )

    async def type(self, keys: bytes, shows: bytes) -> None:
        """Press keys, and wait for a text after what was shown so far."""
        seen = len(self.shown)
        os.write(self.own, keys)
        await until(lambda: re.search(shows, self.shown[seen:], re.DOTALL))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.own)
        os.close(self.own)
        os.close(self.other)


@pytest.fixture
async def terminal() -> AsyncIterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


async def test_a_shell_in_a_terminal(cluster: SimulatedCluster, tmp_path: Path, terminal: Terminal) -> None:
    terminal.resize(90, 31)
    process = await terminal.start(tmp_path, "zookeeper/1")
    async with asyncio.timeout(60):
        await until_long(lambda: b"# " in terminal.shown)
    await terminal.type(b"stty size\r", rb"31 90\r\n.*# ")
    terminal.resize(70, 20)
    await terminal.type(b"stty size\r", rb"(20 70|31 90)\r\n.*# ")
    await terminal.type(b"stty size\r", rb"20 70\r\n.*# ")
    await terminal.type(b"cat\rx\r", rb"x\r\nx\r\n")
    await terminal.type(b"\x03", rb"\^C\r\n.*# ")
    await terminal.type(b"printf '\\033[?1049h'\r", rb"1049h.*\x1b\[\?1049h.*# ")
    os.write(terminal.own, b"exit 5\r")
    assert await asyncio.wait_for(process.wait(), 30) == 5
    assert terminal.shown.endswith(b"\x1b[?1049l")
    assert termios.tcgetattr(terminal.other) == terminal.before


@pytest.mark.parametrize("way", ["cut", "SIGTERM"])
async def test_the_terminal_is_restored(
    cluster: SimulatedCluster, tmp_path: Path, terminal: Terminal, way: str
) -> None:
    process = await terminal.start(tmp_path, "zookeeper/1")
    await until_long(lambda: b"# " in terminal.shown)
    assert termios.tcgetattr(terminal.other) != terminal.before
    if way == "cut":
        cluster.server.cut_connections()
    else:
        process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == (255 if way == "cut" else 128 + signal.SIGTERM)
    assert termios.tcgetattr(terminal.other) == terminal.before
    if way == "cut":
        await until(lambda: b"stsview: shell lost: the connection to " in terminal.shown)


async def until_long(condition: object) -> None:
    """As `until`, for the start of a process."""
    assert callable(condition)
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_the_dashboard_hands_its_terminal_to_a_shell_and_takes_it_back() -> None:
    with Program([sys.executable, "-m", "stsview", "demo", "--scenario", "zookeeper"]) as program:
        program.wait_for("● live")
        program.press("\r")
        program.wait_for("zookeeper-0.zk-hs.default.svc.cluster.local")
        program.press("x")
        program.wait_for("Run in zookeeper-0")
        program.press("\r")
        program.wait_for("exit or Ctrl-D returns to stsview")
        program.wait_for("root@zookeeper-0:")
        program.press("stty size\r")
        program.wait_for("36 120")
        program.press("\x04")
        program.wait_for("Identity of zookeeper-0")
        # The keyboard is the dashboard's again.
        program.press("j")
        program.wait_for("zookeeper-1.zk-hs.default.svc.cluster.local")
        program.press(":q\r")
        assert program.end() == 0
    assert program.left_as_found
    assert b"Traceback" not in program.raw
