"""The figures of one size: each measured on the real program, and set against a floor in the same run."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.bench.cluster_bytes import PODS_PER_SET
from tests.bench.dashboard import Dashboard, measured
from tests.bench.load_server import CA_FILE, KUBECONFIG
from tests.bench.start import SMALL_PODS, start

LONGEST_SECONDS = 900
"""How long anything may take: other work on the machine multiplies times, but hardly any ratio."""

_KEYS, _MARKS = 60, 20


@dataclass(frozen=True)
class Server:
    """A server with so many pods, in a process of its own; use `load_server`."""

    address: str
    folder: Path

    @property
    def kubeconfig(self) -> Path:
        return self.folder / KUBECONFIG

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST")  # noqa: S310
        context = ssl.create_default_context(cafile=self.folder / CA_FILE)
        with urllib.request.urlopen(request, timeout=LONGEST_SECONDS, context=context) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def floor(self, *options: str) -> dict[str, float]:
        """What only reading costs, in seconds."""
        command = [sys.executable, "-m", "tests.bench.read_floor", self.address, str(self.folder / CA_FILE), *options]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found: dict[str, float] = json.loads(answer)
        return found


@contextmanager
def load_server(pods: int, folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.bench.load_server", str(pods), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(process.stdout.readline().strip(), folder)
        finally:
            process.kill()


_KEY_SECONDS = 0.2
"""From the answer to a key to the next key, while loading."""


def _loading(dashboard: Dashboard, pods: int) -> dict[str, float]:
    """To live; keys are pressed as soon as there are rows."""
    first_frame = dashboard.wait_for(" stsview ", LONGEST_SECONDS)
    sets, rows, live = f"{pods // PODS_PER_SET:,} sets", 0.0, 0.0
    keys: list[float] = []
    text, drawn = b"", b""
    while not live:
        if "▌".encode() in text:
            keys.append(dashboard.press("jk"[len(keys) % 2], LONGEST_SECONDS))
            # A key held down repeats some thirty times a second; one after each answer would be a load of its own.
            dashboard.drain(_KEY_SECONDS)
        else:
            dashboard.read(0.1)
        drawn = dashboard.text()
        text = (text + drawn)[-200_000:]
        now = time.monotonic() - dashboard.began
        if not rows and sets.encode() in text:
            rows = now
        if "● live".encode() in drawn:
            live = now
        if now > LONGEST_SECONDS:
            raise TimeoutError(text[-2000:].decode(errors="replace"))
    return {
        "first frame s": first_frame,
        "rows s": rows or live,
        "live s": live,
        "cpu s": dashboard.cpu,
        "stall s": dashboard.longest_stall,
        "key max s": max(keys, default=0.0),
    }


def _steady(dashboard: Dashboard, server: Server, per_second: int, seconds: float) -> dict[str, float]:
    dashboard.toggle_stalls()
    dashboard.drain(1)
    before = server.post("/bench/rate", {"perSecond": per_second})["changed"]
    dashboard.drain(2)
    cpu, began = dashboard.cpu, time.monotonic()
    dashboard.drain(seconds)
    spent, used = time.monotonic() - began, dashboard.cpu - cpu
    dashboard.toggle_stalls()
    dashboard.reset_stalls()
    keys = []
    for number in range(_KEYS):
        keys.append(dashboard.press("jk"[number % 2]))
        dashboard.drain(0.05)
    dashboard.press("g", 0.5)
    seen = []
    for number in range(_MARKS):
        restarts = 100_000 + (per_second + number) * 111
        server.post("/bench/mark", {"restarts": restarts})
        seen.append(dashboard.wait_for(str(restarts), LONGEST_SECONDS))
        dashboard.drain(0.13)
    stall = dashboard.longest_stall
    after = server.post("/bench/rate", {"perSecond": 0})["changed"]
    return {
        "changes": after - before,
        "core": used / spent,
        "key p50 s": median(keys),
        "key p99 s": quantiles(keys, n=100)[98],
        "seen p50 s": median(seen),
        "seen p99 s": quantiles(seen, n=100)[98],
        "stall s": stall,
    }


def _check(kubeconfig: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "stsview", "check", "-A", "--kubeconfig", str(kubeconfig)]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return {"s": time.monotonic() - began, "cpu s": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss / 1000}


def measure(pods: int, rates: Sequence[int], seconds: float) -> dict[str, Any]:
    """All figures at one size: seconds, shares of a core, MB, and ratios."""
    with tempfile.TemporaryDirectory() as name, load_server(SMALL_PODS, Path(name)) as server:
        found: dict[str, Any] = {"pods": pods, "start": start(server.kubeconfig, server.folder)}
    with tempfile.TemporaryDirectory() as name, load_server(pods, Path(name)) as server:
        found["floor"], found["decode"] = server.floor(), server.floor("--decode")
        with Dashboard(server.folder, measured(server.kubeconfig, server.folder)) as dashboard:
            found["loading"] = _loading(dashboard, pods)
            dashboard.drain(3)
            found["MB"] = dashboard.memory / 1e6
            found["steady"] = {str(rate): _steady(dashboard, server, rate, seconds) for rate in rates}
            found["MB after"] = dashboard.memory / 1e6
        found["check"] = _check(server.kubeconfig)
        found["floor again"] = server.floor()
    floor = (found["floor"]["cpu"] + found["floor again"]["cpu"]) / 2
    loading, check = found["loading"], found["check"]
    found["cpu over floor"] = loading["cpu s"] / floor
    found["cpu over decode"] = loading["cpu s"] / found["decode"]["cpu"]
    found["check cpu over dashboard"] = check["cpu s"] / loading["cpu s"]
    found["check MB over dashboard"] = check["MB"] / found["MB"]
    found["kB a pod"] = found["MB"] * 1000 / pods
    return found
