"""The screen of the nodes, over objects of simulated clusters."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from stsview.actions.intents import Cordon, Uncordon
from stsview.live.snapshot import Link, Scope
from stsview.model.nodes.members import NodeSource
from stsview.model.store import Store
from stsview.objects.kinds import NODES
from stsview.objects.stream_messages import Applied, Batch
from stsview.ui.inspect.describe_screen import DescribeScreen
from stsview.ui.nodes.nodes_screen import NodesScreen
from stsview.ui.set.set_screen import SetScreen
from tests.live.conftest import Rig
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource


async def source_of(folder: Path, scenario: str) -> FakeSource:
    """The scenario as the live loop sees it."""
    async with AsyncExitStack() as stack:
        rig = Rig(folder, stack)
        await rig.cluster(scenario)
        live = rig.live()
        async with rig.running(live):
            await rig.until(lambda: live.snapshot.health.link is Link.LIVE, "a live picture")
            snapshot = live.snapshot
            source, nodes = FakeSource(snapshot.fleet), live.node_source()
            source.pass_time((snapshot.now - source.now()).total_seconds())
            source.nodes = nodes
            return source


def screen_of(driver: Driver) -> NodesScreen:
    assert isinstance(driver.app.screen, NodesScreen)
    return driver.app.screen


@pytest.mark.parametrize("size", [(80, 24), (200, 55)])
async def test_a_node_leads_to_its_members_its_order_and_back(tmp_path: Path, size: tuple[int, int]) -> None:
    source = await source_of(tmp_path, "dead-node")
    nodes: NodeSource = source.nodes
    names = sorted(nodes.all_nodes() or ())
    assert names, "the nodes can be listed"
    async with driving(source, size=size) as driver:
        await driver.press("n")
        await driver.sees("MEMBERS")
        screen = screen_of(driver)
        assert "unreachable" in driver.text
        dead = next(name for name, row in screen._reports.rows.items() if row.node.lost and row.members)
        screen.table.move_cursor(dead)
        await driver.sees(f"drain {dead}")
        await driver.sees(f"node {dead} is unreachable")
        assert f"kubectl drain {dead} --ignore-daemonsets" in driver.text

        await driver.press("enter")
        await driver.sees(f"Members on {dead}")
        await driver.press("enter")
        await driver.sees("ORD")
        assert isinstance(driver.app.screen, SetScreen)
        await driver.press("escape")
        await driver.sees("MEMBERS")

        await driver.press("d")
        await driver.sees("›  describe")
        assert isinstance(driver.app.screen, DescribeScreen)
        await driver.press("l")
        assert isinstance(driver.app.screen, DescribeScreen), "a node has no log"
        await driver.press("escape")
        await driver.sees("MEMBERS")

        await driver.press("g", "space", "space")
        await driver.sees("order of 2 drains")
        assert len(screen.chosen) == 2
        await driver.press("c")
        await driver.sees("all drains")
        await driver.press("escape", "escape")
        await driver.sees("drain with")
        assert screen.chosen == ()
        await driver.press("escape")
        await driver.sees("NAMESPACE")


async def test_it_follows_changes_filters_and_says_what_is_not_watched(tmp_path: Path) -> None:
    source = await source_of(tmp_path, "dead-node")
    source._scope = Scope("prod-eu1", namespaces=("data",))
    async with driving(source, size=(120, 36)) as driver:
        await driver.press("colon", *"nodes", "enter")
        await driver.sees("MEMBERS")
        screen = screen_of(driver)
        total = screen.table.row_count
        keys = set(source.snapshot.fleet.sets)
        source.show(remove=keys)
        await driver.sees("0 nodes with members")
        assert screen.table.row_count == total, "nodes stay without members"
        await driver.press("enter")
        await driver.sees("no members of StatefulSets on")
        screen.bar.set_text("is:unready")
        await driver.settle()
        assert 0 < screen.table.row_count < total
        screen.bar.set_text("zzz")
        await driver.sees('no match for "zzz"')


async def test_a_node_is_cordoned_and_uncordoned_by_a_plan(tmp_path: Path) -> None:
    source, action_service = await source_of(tmp_path, "dead-node"), FakeActions()
    nodes = source.nodes
    assert isinstance(nodes, Store)
    async with driving(source, size=(120, 36), action_service=action_service) as driver:
        await driver.press("n")
        await driver.sees("o cordon")
        screen = screen_of(driver)
        node = screen.target_node
        assert node is not None
        name, uid = node.metadata.name, node.metadata.uid
        await driver.press("u")
        await driver.sees(f"{name} is not cordoned")
        await driver.press("o")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked == [Cordon(name, uid)]
        await driver.press("escape")
        await driver.sees("MEMBERS")

        closed = replace(node, spec=replace(node.spec, unschedulable=True))
        nodes.apply(Batch(NODES, (Applied(closed),)), source.now())
        driver.app.tick()
        await driver.sees("u uncordon")
        await driver.run_command("uncordon")
        await driver.sees("WHAT HAPPENS")
        assert action_service.asked[1:] == [Uncordon(name, uid)]
