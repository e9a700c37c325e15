"""Whether the replacement of a force-deleted pod can start on another node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from stsview.actions.plan import Check, Result
from stsview.objects.node import ZONE_LABEL
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import CLAIMS, NODES, VOLUMES
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig
from tests.support.actions.stuck import DEAD, node_of, planned


@pytest.fixture
async def dead(tmp_path: Path) -> AsyncIterator[ActionHarness]:
    async with AsyncExitStack() as stack:
        yield await open_harness(Rig(tmp_path, stack), stack, DEAD)


async def place_check(harness: ActionHarness) -> Check | None:
    """What the plan says of it."""
    return next((one for one in (await planned(harness)).checks if one.id == "place"), None)


def neighbours(harness: ActionHarness) -> list[str]:
    """The other nodes in the zone of the one that is lost."""
    lost = node_of(harness.cluster)
    nodes = harness.cluster.storage.list(NODES)
    zones = {node["metadata"]["name"]: node["metadata"]["labels"][ZONE_LABEL] for node in nodes}
    return [name for name, zone in zones.items() if name != lost and zone == zones[lost]]


def volume(harness: ActionHarness) -> str:
    name: str = harness.cluster.storage.get(CLAIMS, "default", "data-zookeeper-1")["spec"]["volumeName"]
    return name


async def test_other_nodes_of_the_zone_are_counted(dead: ActionHarness) -> None:
    first, *others = neighbours(dead)
    assert await place_check(dead) == Check(
        "place", Result.PASS, f"{len(others) + 1} other nodes accept pods and can reach its volumes"
    )
    for node in others:
        dead.cluster.edit(NODES, "", node, lambda one: one["spec"].update(unschedulable=True))
    assert await place_check(dead) == Check("place", Result.PASS, "another node accepts pods and can reach its volumes")
    dead.cluster.edit(NODES, "", first, lambda one: one["spec"].update(unschedulable=True))
    found = await place_check(dead)
    assert found is not None
    assert found.result is Result.WARN
    assert found.words.endswith("only reachable from there: the new pod stays Pending")


async def test_a_volume_without_node_affinity_has_no_check(dead: ActionHarness) -> None:
    dead.cluster.edit(VOLUMES, "", volume(dead), lambda one: one["spec"].pop("nodeAffinity"))
    assert await place_check(dead) is None


@pytest.mark.parametrize(
    ("wanted", "result"),
    [
        ({"key": "kubernetes.io/hostname", "operator": "In", "values": ["LOST"]}, Result.WARN),
        ({"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["LOST"]}, Result.PASS),
        ({"key": ZONE_LABEL, "operator": "Exists"}, Result.PASS),
        ({"key": ZONE_LABEL, "operator": "DoesNotExist"}, Result.WARN),
    ],
    ids=["local volume", "not there", "any zone", "no zone"],
)
async def test_operators_of_the_node_affinity_become_selectors(
    dead: ActionHarness, wanted: dict[str, object], result: Result
) -> None:
    values = [node_of(dead.cluster) if value == "LOST" else value for value in wanted.get("values", [])]  # type: ignore[attr-defined]
    term = {"matchExpressions": [wanted | ({"values": values} if values else {})]}
    affinity = {"required": {"nodeSelectorTerms": [term]}}
    dead.cluster.edit(VOLUMES, "", volume(dead), lambda one: one["spec"].update(nodeAffinity=affinity))
    found = await place_check(dead)
    assert found is not None
    assert found.result is result


async def test_one_of_several_terms_is_enough(dead: ActionHarness) -> None:
    terms = [
        {"matchExpressions": [{"key": ZONE_LABEL, "operator": "In", "values": ["nowhere"]}]},
        {"matchExpressions": [{"key": ZONE_LABEL, "operator": "Exists"}]},
        {"matchExpressions": []},
    ]
    affinity = {"required": {"nodeSelectorTerms": terms}}
    dead.cluster.edit(VOLUMES, "", volume(dead), lambda one: one["spec"].update(nodeAffinity=affinity))
    found = await place_check(dead)
    assert found is not None
    assert found.result is Result.PASS


async def test_unreadable_nodes_are_unknown(dead: ActionHarness) -> None:
    dead.cluster.server.faults.refusals.append(Refusal(403, "nodes", ("list",)))
    found = await place_check(dead)
    assert found is not None
    assert found.result is Result.UNKNOWN
