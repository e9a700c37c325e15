"""Cordon and uncordon, against a simulated cluster over HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from stsview.actions.errors import Refused
from stsview.actions.intents import Cordon, Uncordon
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import NODES
from tests.actions.conftest import ActionHarness, check, open_harness
from tests.live.conftest import Rig


def node_of(harness: ActionHarness, name: str) -> tuple[str, str]:
    nodes = harness.live.node_source().all_nodes()
    assert nodes is not None
    return name, nodes[name].metadata.uid


def unschedulable(harness: ActionHarness, name: str) -> bool:
    found = harness.cluster.storage.find(NODES, "", name)
    assert found is not None
    return bool(found["spec"].get("unschedulable"))


async def test_a_node_is_cordoned_then_uncordoned(harness: ActionHarness) -> None:
    name = harness.view().ordinals[0].node
    node = node_of(harness, name)
    plan = await harness.plan(Cordon(*node))
    assert not plan.refused
    assert check(plan, "dry-run").result is Result.PASS
    assert check(plan, "rights").words == "you may patch nodes"
    assert plan.same_as == f"kubectl cordon {name}"
    assert "pods that run there stay, 1 member of StatefulSets among them" in plan.steps
    assert not unschedulable(harness, name), "a plan changes nothing"
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    assert unschedulable(harness, name)
    assert harness.written()[-1]["action"] == "cordon"

    again = await harness.plan(Cordon(*node))
    assert [one.id for one in again.refused if one.id == "cordoned"] == ["cordoned"]
    plan = await harness.plan(Uncordon(*node))
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    assert not unschedulable(harness, name)


async def test_another_node_of_the_name_and_missing_rights_refuse(harness: ActionHarness) -> None:
    name, uid = node_of(harness, harness.view().ordinals[0].node)
    plan = await harness.plan(Cordon(name, "another"))
    assert {one.id for one in plan.refused} >= {"same-node", "dry-run"}
    with pytest.raises(Refused, match="node node-77 no longer exists"):
        await harness.plan(Cordon("node-77", uid))
    harness.cluster.server.faults.refusals.append(Refusal(403, plural=NODES.plural, verbs=("patch",)))
    plan = await harness.plan(Cordon(name, uid))
    assert "dry-run" in {one.id for one in plan.refused}


async def test_it_says_which_members_could_start_nowhere_else(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        harness = await open_harness(Rig(tmp_path, stack), stack, "dead-node")
        view = harness.view("postgres", "data")
        plan = await harness.plan(Cordon(*node_of(harness, view.ordinals[0].node)))
        assert check(plan, "place").words.startswith("no other node can run data/postgres-0: ")
        assert not plan.refused
