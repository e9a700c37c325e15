"""docs/simulator.md: its tables are complete, its commands are accepted, its example works."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.resizing.drivers import Expansion
from stsview.simulator.controllers.statefulset.state import is_ready
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.nodes.node_specs import NodeFault
from stsview.simulator.scenarios import catalogue, find

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
COMMANDS = [(name, json.loads(body)) for name, body in re.findall(r"debug ([\w-]+) '(\{.*?\})'", PAGE)]


@pytest.fixture
async def cluster() -> AsyncIterator[SimulatedCluster]:
    served = SimulatedCluster(find("zookeeper"), clock=ManualClock())
    await served.start()
    yield served
    await served.stop()


async def post(cluster: SimulatedCluster, name: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {cluster.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{cluster.url}/debug/{name}", json=body) as answer,
    ):
        return answer.status, await answer.json()


def test_the_table_of_scenarios_is_the_catalogue() -> None:
    section = PAGE.partition("\n## Scenarios\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \| (.*) \|$", section, re.MULTILINE) == [
        (one.name, one.summary) for one in catalogue()
    ]


@pytest.mark.parametrize(("name", "body"), [one for one in COMMANDS if one[1].get("fault") != "restart"])
async def test_every_debug_command_is_accepted(cluster: SimulatedCluster, name: str, body: dict[str, Any]) -> None:
    assert (await post(cluster, name, body))[0] == 200


async def test_every_endpoint_and_fault_is_documented(cluster: SimulatedCluster) -> None:
    endpoints = (await post(cluster, "unknown", {}))[1]["message"].partition("available: ")[2].split(", ")
    faults = (await post(cluster, "faults", {}))[1]["message"].partition("available: ")[2].split(", ")
    section = PAGE.partition("\n## Break the cluster")[2].partition("\n## ")[0]
    rows = [cells[0] for line in section.splitlines() if line.startswith("| `") and (cells := line[2:].split(" |"))]
    documented = {name for cell in rows for name in re.findall(r"`([\w-]+)`", cell)}

    assert documented == {*endpoints, *faults}
    assert all(f"`{fault.value}`" in section for fault in NodeFault)


def test_fault_annotations_have_the_documented_prefix() -> None:
    assert f"annotation (`{PREFIX}…`)" in PAGE


def test_every_way_to_expand_a_volume_is_documented() -> None:
    table = PAGE.partition("| `simulator.stsview.io/expand` |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == [one.value for one in Expansion]


def test_the_example_is_a_scenario() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module: dict[str, Any] = {"__name__": "lost_peer"}
    exec(compile(example, "lost_peer.py", "exec"), module)  # noqa: S102 - our own page

    cluster = SimulatedCluster(module["SCENARIO"], clock=ManualClock())

    ready = {pod["metadata"]["name"]: is_ready(pod) for pod in cluster.storage.list(PODS, "mq")}
    assert ready == {"nats-0": True, "nats-1": False, "nats-2": True}
