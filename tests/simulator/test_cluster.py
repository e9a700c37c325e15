"""The cluster as a whole: replayed, driven by hand, and served."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import aiohttp

from stsview.clock import ManualClock, SystemClock
from stsview.simulator.apiserver.resources import CLAIMS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.history import WatchEvent
from stsview.simulator.apiserver.wire import encode
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios import find


def history(cluster: SimulatedCluster) -> list[bytes]:
    return [encode((event.type, event.object)) for event in cluster.storage.history.after(0)]


def test_equal_seeds_produce_equal_histories() -> None:
    first, second = (SimulatedCluster(find("zookeeper"), clock=ManualClock(), seed=7) for _ in range(2))

    assert history(first) == history(second)
    assert history(first) != history(SimulatedCluster(find("zookeeper"), clock=ManualClock(), seed=8))


def test_time_passes_only_by_advance() -> None:
    cluster = SimulatedCluster(find("zookeeper"), clock=ManualClock())
    cluster.scale("default", "zookeeper", 4)
    assert cluster.storage.find(PODS, "default", "zookeeper-3") is None

    cluster.advance(60)

    status = cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["status"]
    assert status["readyReplicas"] == 4
    claim = cluster.storage.get(CLAIMS, "default", "data-zookeeper-3")
    assert claim["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}


async def test_a_served_cluster_runs_at_the_given_speed() -> None:
    cluster = SimulatedCluster(find("zookeeper"), clock=SystemClock(), speed=500)
    four = asyncio.Event()

    def look(event: WatchEvent) -> None:
        if event.resource is STATEFUL_SETS and event.object["status"].get("readyReplicas") == 4:
            four.set()

    cluster.storage.subscribe(look)
    await cluster.start()
    try:
        headers = {"Authorization": f"Bearer {cluster.token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"{cluster.url}/apis/apps/v1/namespaces/default/statefulsets/zookeeper"
            patch = {"spec": {"replicas": 4}}
            async with session.patch(
                url, json=patch, headers={"Content-Type": "application/merge-patch+json"}
            ) as answer:
                assert answer.status == 200
            await four.wait()
    finally:
        await cluster.stop()


def test_the_history_does_not_depend_on_the_process() -> None:
    """The order of Python sets differs between processes; the history must not."""
    program = (
        "from stsview.clock import ManualClock\n"
        "from stsview.simulator.cluster import SimulatedCluster\n"
        "from stsview.simulator.scenarios import find\n"
        "from stsview.simulator.apiserver.wire import encode\n"
        "from hashlib import sha256\n"
        "cluster = SimulatedCluster(find('crash-loop'), clock=ManualClock())\n"
        "events = cluster.storage.history.after(0)\n"
        "print(sha256(encode([(one.type, one.object) for one in events])).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1
