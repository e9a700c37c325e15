"""`stsview port-forward` in a pipe: its lines, what it refuses in one line, and its end by a signal."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[SimulatedCluster]:
    made = SimulatedCluster(find("zookeeper"))
    await made.start()
    made.write_kubeconfig(tmp_path / "config")
    yield made
    await made.stop()


async def started(folder: Path, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stsview", "port-forward", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "STSVIEW_AUDIT": str(folder / "audit.jsonl"), "KUBECONFIG": str(folder / "config")},
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), errors.decode()


async def test_lines_follow_the_pod_until_a_signal(cluster: SimulatedCluster, tmp_path: Path) -> None:
    process = await started(tmp_path, "zookeeper/1", ":8080")
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    found = re.fullmatch(r"Forwarding from (127\.0\.0\.1:\d+) -> zookeeper-1:8080\n", line)
    assert found is not None
    async with aiohttp.ClientSession() as http, http.get(f"http://{found[1]}/x") as answer:
        assert await answer.text() == "zookeeper-1:8080 /x\n"
    cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    lines = [await asyncio.wait_for(process.stdout.readline(), 60)]
    while b"replaced" not in lines[-1]:
        lines.append(await asyncio.wait_for(process.stdout.readline(), 60))
    assert lines[-1] == b"zookeeper-1 was replaced: forwarding to its new pod\n"
    process.send_signal(signal.SIGINT)
    code, out, errors = await ended(process)
    assert (code, out) == (130, "")
    assert "Traceback" not in errors
    with socket.socket() as free:
        host, _, port = found[1].rpartition(":")
        free.bind((host, int(port)))


async def test_what_is_refused_is_one_line(cluster: SimulatedCluster, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for words, message in (
            (("zookeeper/1", f"{port}:8080"), f"local port {port} is in use: choose another one, or none"),
            (("zookeeper/1", "8o80"), "zookeeper-1 has no port 8o80"),
            (("zookeeper/1", "a:80"), "'a' is no local port"),
            (("zookeeper/7", ":80"), "default/zookeeper has ordinals 0 to 2: no ordinal 7"),
            (("zookeeper/1", ":80", "--read-only"), "read-only mode (--read-only): no port-forward"),
        ):
            code, out, errors = await ended(await started(tmp_path, *words))
            assert (code, out, errors.count("\n")) == (2, "", 1)
            assert errors.startswith(f"stsview: {message}")
    assert not (tmp_path / "audit.jsonl").exists()
