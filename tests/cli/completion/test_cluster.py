"""`stsview __complete` in processes of its own: names of a cluster, the cache, and failures."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from stsview.cli.completion.remembered import LIMIT_SECONDS, WAIT_SECONDS
from stsview.simulator.apiserver.faults.faults import Refusal
from tests.live.conftest import Rig

COMPLETE = (sys.executable, "-m", "stsview", "__complete")


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "XDG_CONFIG_HOME": str(folder), **more}


class Completer:
    """Completes as a shell does, with a kubeconfig."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.cache = folder / "cache" / "stsview" / "completion"
        self._environment = environment(folder, KUBECONFIG=str(kubeconfig))

    async def once(self, *words: str) -> list[str]:
        process = await asyncio.create_subprocess_exec(
            *COMPLETE, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment
        )
        out, error = await process.communicate()
        assert (process.returncode, error) == (0, b"")
        *found, directive = out.decode().splitlines()
        assert directive.startswith(":")
        return found

    async def until_found(self, *words: str) -> list[str]:
        """As one who presses Tab again: on a busy machine the first answer may come too late."""
        until = time.monotonic() + LIMIT_SECONDS * 3
        while not (found := await self.once(*words)):
            assert time.monotonic() < until, f"nothing completes {words}"
        return found


async def test_names_come_from_the_cluster_and_then_from_the_cache(rig: Rig, tmp_path: Path) -> None:
    cluster = await rig.cluster("zookeeper")
    complete = Completer(tmp_path, rig.folder / "kubeconfig")
    assert await complete.until_found("status", "") == ["zookeeper"]
    assert await complete.until_found("exec", "zookeeper/") == ["zookeeper/0", "zookeeper/1", "zookeeper/2"]
    (revision,) = await complete.until_found("undo", "zookeeper", "--to-revision", "")
    assert revision.startswith("1\tzookeeper-")
    assert await complete.until_found("cordon", "node-1")
    assert await complete.until_found("--context", "") == ["stsview-demo\tcurrent context"]

    files = sorted(complete.cache.glob("*.json"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in complete.cache.iterdir()} == {0o600}
    assert stat.S_IMODE(complete.cache.stat().st_mode) == 0o700
    kept = " ".join(file.read_text() for file in files)
    assert cluster.server.token not in kept
    (sets,) = [file for file in files if file.name.startswith("sets-")]
    assert json.loads(sets.read_text()) == [True, [["default", "zookeeper"]]], "names and nothing else"
    sets.write_text(json.dumps([True, [["default", "from-the-cache"]]]))
    assert await complete.once("status", "") == ["from-the-cache"]
    # Names of a minute ago are read again.
    os.utime(sets, (time.time() - 60,) * 2)
    assert await complete.until_found("status", "") == ["zookeeper"]


async def test_a_cluster_that_refuses_completes_nothing_and_says_nothing(rig: Rig, tmp_path: Path) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.refusals.append(Refusal(403, "statefulsets"))
    complete = Completer(tmp_path, rig.folder / "kubeconfig")
    assert await complete.once("status", "") == []
    assert await complete.once("--kubeconfig", str(tmp_path / "none"), "status", "") == []
    (tmp_path / "bad").write_text("{")
    assert await complete.once("--kubeconfig", str(tmp_path / "bad"), "--context", "") == []
    assert await complete.once("--config", str(tmp_path / "bad"), "--as-group", "x", "status", "") == []


async def test_a_cluster_that_hangs_delays_a_shell_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        user, port = {"token": "t"}, silent.getsockname()[1]
        content = {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(json.dumps(content))
        complete = Completer(tmp_path, kubeconfig)
        began = time.monotonic()
        assert await complete.once("status", "") == []
        assert time.monotonic() - began >= WAIT_SECONDS, "it was asked"
        # The process that still waits for the server keeps no pipe of the shell open: communicate() has returned.
        assert time.monotonic() - began < LIMIT_SECONDS - 2


def test_a_key_costs_little_and_loads_no_client(tmp_path: Path) -> None:
    script = (
        "import sys; from stsview.__main__ import main; main(sys.argv[1:]); "
        "print([name for name in ('asyncio', 'msgspec', 'yaml', 'aiohttp', 'logging') if name in sys.modules])"
    )
    command = (sys.executable, "-c", script, "__complete", "explain", "set-st")
    # The first one reads the rules.
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        last = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path), check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert last.stdout.splitlines() == ["set-stuck\tStatefulSet is stuck", ":4", "[]"]
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent < 0.3, "of the processor: how long it takes depends on what else the machine does"


def test_a_shell_that_no_longer_waits_gets_no_message(tmp_path: Path) -> None:
    command = ("bash", "-c", 'exec 3>&1; { "$@"; } 2>&3 | true', "bash", *COMPLETE, "")
    done = subprocess.run(command, capture_output=True, env=environment(tmp_path), check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_kubectl_gets_the_same(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from stsview.cli.completion.main import complete_for_kubectl

    monkeypatch.setattr(sys, "argv", ["/bin/kubectl_complete-stsview", "-n", "mq", "canary", "kafka", "f"])
    assert complete_for_kubectl() == 0
    assert capsys.readouterr().out == "finish\n:4\n"
