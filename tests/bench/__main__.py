"""`python -m tests.bench [--pods N] [--quick] [--json FILE]`: the figures of docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
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
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def _floor(address: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.read_floor", address]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _kubeconfig(folder: Path, address: str) -> Path:
    path = folder / "kubeconfig"
    path.write_text(_KUBECONFIG % address)
    return path


def _loading(dashboard: Dashboard, pods: int) -> dict[str, float]:
    """To live, with a key pressed now and then."""
    sets, rows, live = f"{pods // PODS_PER_SET:,} sets", 0.0, 0.0
    keys: list[float] = []
    text = b""
    while not live:
        keys.append(dashboard.press("j" if len(keys) % 2 else "k", 120))
        drawn = dashboard.text()
        text = (text + drawn)[-200_000:]
        now = time.monotonic() - dashboard.began
        if not rows and sets.encode() in text:
            rows = now
        if "● live".encode() in drawn:
            live = now
        if now > 300:
            raise TimeoutError(text[-2000:].decode(errors="replace"))
    return {
        "live s": live,
        "rows s": rows,
        "cpu s": dashboard.cpu,
        "stall s": dashboard.longest_stall,
        "slowest key s": max(keys),
    }


def _steady(dashboard: Dashboard, address: str, per_second: int, seconds: float) -> dict[str, float]:
    dashboard.drain(1)
    before = _post(address, "/bench/rate", {"perSecond": per_second})["changed"]
    dashboard.drain(2)
    dashboard.reset_stalls()
    cpu, began = dashboard.cpu, time.monotonic()
    dashboard.drain(seconds)
    used = (dashboard.cpu - cpu) / (time.monotonic() - began)
    keys = []
    for number in range(60):
        keys.append(dashboard.press("jk"[number % 2]))
        dashboard.drain(0.05)
    dashboard.press("g")
    seen = []
    for number in range(20):
        restarts = 100_000 + (per_second + number) * 111
        _post(address, "/bench/mark", {"restarts": restarts})
        seen.append(dashboard.wait_for(str(restarts), 60))
        dashboard.drain(0.13)
    stall = dashboard.longest_stall
    after = _post(address, "/bench/rate", {"perSecond": 0})["changed"]
    return {
        "changes": after - before,
        "core": used,
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


def measure(pods: int, rates: tuple[int, ...], seconds: float) -> dict[str, Any]:
    """All figures at one size."""
    with tempfile.TemporaryDirectory() as name, load_server(pods) as address:
        folder = Path(name)
        kubeconfig = _kubeconfig(folder, address)
        found: dict[str, Any] = {"pods": pods, "floor": _floor(address)}
        with Dashboard(kubeconfig, folder) as dashboard:
            found["loading"] = _loading(dashboard, pods)
            dashboard.drain(3)
            found["MB"] = dashboard.memory / 1e6
            found["steady"] = {rate: _steady(dashboard, address, rate, seconds) for rate in rates}
            found["MB after"] = dashboard.memory / 1e6
        found["check"] = _check(kubeconfig)
        found["floor again"] = _floor(address)
    floor = (found["floor"]["cpu"] + found["floor again"]["cpu"]) / 2
    found["cpu over floor"] = found["loading"]["cpu s"] / floor
    found["check cpu over floor"] = found["check"]["cpu s"] / floor
    found["kB a pod"] = found["MB"] * 1000 / pods
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--pods", type=int, nargs="+", default=[50_000])
    parser.add_argument("--rates", type=int, nargs="*", default=[0, 200, 1000])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = [measure(pods, tuple(options.rates), options.seconds) for pods in options.pods]
    text = json.dumps(figures, indent=1)
    sys.stdout.write(text + "\n")
    if options.json is not None:
        options.json.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
