"""The figures of one size: each measured on the real program, and set against a floor in the same run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.bench.cluster_bytes import PODS_PER_SET
from tests.bench.dashboard import Dashboard

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: bench
contexts: [{name: bench, context: {cluster: bench, user: bench}}]
clusters: [{name: bench, cluster: {server: "%s"}}]
users: [{name: bench, user: {}}]
"""

LONGEST_SECONDS = 900
"""How long anything may take: other work on the machine multiplies times, but hardly any ratio."""

_KEYS, _MARKS = 60, 20


@contextmanager
def load_server(pods: int) -> Iterator[str]:
    """The address of a server with so many pods, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.load_server", str(pods)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _post(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(address + path, json.dumps(body).encode(), method="POST")  # noqa: S310
    with urllib.request.urlopen(request, timeout=LONGEST_SECONDS) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def _floor(address: str, *options: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.read_floor", address, *options]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def kubeconfig_for(address: str, folder: Path) -> Path:
    path = folder / "kubeconfig"
    path.write_text(_KUBECONFIG % address)
    return path


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


def _steady(dashboard: Dashboard, address: str, per_second: int, seconds: float) -> dict[str, float]:
    dashboard.toggle_stalls()
    dashboard.drain(1)
    before = _post(address, "/bench/rate", {"perSecond": per_second})["changed"]
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
        _post(address, "/bench/mark", {"restarts": restarts})
        seen.append(dashboard.wait_for(str(restarts), LONGEST_SECONDS))
        dashboard.drain(0.13)
    stall = dashboard.longest_stall
    after = _post(address, "/bench/rate", {"perSecond": 0})["changed"]
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
    with tempfile.TemporaryDirectory() as name, load_server(pods) as address:
        folder = Path(name)
        kubeconfig = kubeconfig_for(address, folder)
        found: dict[str, Any] = {"pods": pods, "floor": _floor(address), "decode": _floor(address, "--decode")}
        with Dashboard(kubeconfig, folder) as dashboard:
            found["loading"] = _loading(dashboard, pods)
            dashboard.drain(3)
            found["MB"] = dashboard.memory / 1e6
            found["steady"] = {str(rate): _steady(dashboard, address, rate, seconds) for rate in rates}
            found["MB after"] = dashboard.memory / 1e6
        found["check"] = _check(kubeconfig)
        found["floor again"] = _floor(address)
    floor = (found["floor"]["cpu"] + found["floor again"]["cpu"]) / 2
    loading, check = found["loading"], found["check"]
    found["cpu over floor"] = loading["cpu s"] / floor
    found["cpu over decode"] = loading["cpu s"] / found["decode"]["cpu"]
    found["check cpu over dashboard"] = check["cpu s"] / loading["cpu s"]
    found["check MB over dashboard"] = check["MB"] / found["MB"]
    found["kB a pod"] = found["MB"] * 1000 / pods
    return found
