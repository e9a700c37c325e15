"""`stsview nodes` and `stsview drain --dry-run`, as text and as JSON."""

from __future__ import annotations

import asyncio
import json

import pytest

from stsview.cli.arguments.parser import parser
from stsview.cli.commands import drain
from stsview.cli.output.console import Console
from stsview.cli.output.document import to_json
from stsview.cli.output.node_report import (
    ReadNodes,
    drains_document,
    nodes_document,
    print_drains,
    print_node,
    print_nodes,
)
from stsview.cli.support.errors import CommandError
from stsview.cli.support.read_nodes import read_nodes, read_nodes_of, require_nodes
from stsview.model.nodes.drain import DrainVerdict
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import NODES
from tests.live.conftest import Rig
from tests.support.cli.checking import advance_until_done, printed_at, target_of


async def read(rig: Rig, scenario: str) -> ReadNodes:
    await rig.cluster(scenario)
    return await advance_until_done(rig, read_nodes(target_of(rig), ModelSettings(), rig.clock))


async def test_nodes_and_drains_of_a_dead_node(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    found = await read(rig, "dead-node")
    print_nodes(found, Console())
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    dead = next(name for name, row in found.reports.rows.items() if row.node.lost and row.members)
    assert "unreachable" in rows[dead]
    assert found.reports.drain(dead).verdict in (DrainVerdict.WAITS, DrainVerdict.LOSES)

    print_node(found, dead, Console())
    text = capsys.readouterr().out
    assert f"node {dead} is unreachable: " in text
    assert f"kubectl drain {dead} --ignore-daemonsets" in text.splitlines()
    for member in found.reports.rows[dead].members:
        assert f"{member.set.namespace}/{member.row.name}" in text

    other = next(name for name, row in found.reports.rows.items() if name != dead and row.members)
    order = found.reports.order(require_nodes(found, [dead, f"node/{other}", dead]))
    print_drains(found, order, Console())
    text = capsys.readouterr().out
    assert {step.drain.node for step in order} == {dead, other}
    assert f"kubectl cordon {' '.join(step.drain.node for step in order)}" in text
    for cells in (40, 80):
        lines = printed_at(cells, lambda console: print_drains(found, order, console))
        assert f"1. drain {order[0].drain.node}: {order[0].drain.verdict.label}" in lines

    content = json.loads(to_json(drains_document(found, order)))
    assert [step["node"] for step in content["order"]] == [step.drain.node for step in order]
    content = json.loads(to_json(nodes_document(found, [dead])))
    assert content["kind"] == "Nodes"
    assert content["nodes"][0]["members"]
    with pytest.raises(CommandError, match="did you mean"):
        require_nodes(found, [f"{dead}x"])


async def test_nodes_that_cannot_be_listed_make_no_drain_safe(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = await rig.cluster("zookeeper")
    cluster.server.faults.refusals.append(Refusal(403, plural=NODES.plural))
    found = await advance_until_done(rig, read_nodes(target_of(rig), ModelSettings(), rig.clock))
    verdicts = {found.reports.drain(name).verdict for name in found.reports.rows}
    assert verdicts == {DrainVerdict.UNKNOWN}
    print_nodes(found, Console())
    assert "nodes" in capsys.readouterr().out.splitlines()[0]
    with pytest.raises(CommandError, match="nodes cannot be listed"):
        require_nodes(found, ["node-77"])


def test_draining_itself_is_left_to_kubectl(capsys: pytest.CaptureFixture[str]) -> None:
    assert drain.run(parser().parse_args(["drain", "node-1", "node-2"])) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "add --dry-run" in error


async def test_a_lost_zone_loses_each_member_whose_volume_is_in_one_zone(rig: Rig) -> None:
    found = await read(rig, "zone-lost")
    drains = {name: found.reports.drain(name) for name, row in found.reports.rows.items() if row.members}
    assert list(drains) == ["edge-1", "edge-2"]
    for (name, judged), zone, ordinal in zip(drains.items(), ("zone-a", "zone-b"), (0, 1), strict=True):
        worst = judged.lines[0]
        assert judged.verdict is DrainVerdict.LOSES
        assert f"vault-{ordinal}: its volume is only in {zone}, no other node there accepts it" in worst.text
        assert judged.stuck == ((worst.set, f"vault-{ordinal}"),)
        assert judged.command == f"kubectl drain {name} --ignore-daemonsets"
    first, second = found.reports.order(list(drains))
    assert not first.safe
    assert any("1 of 3 members stay up (vault-2 is down already)" in line.text for line in first.drain.lines)
    assert any("0 of 3 members stay up: the set is down" in line.text for line in second.drain.lines), (
        "the member that the first drain lost is down by then"
    )


async def test_all_namespaces_are_read_unless_some_are_named(rig: Rig) -> None:
    await rig.cluster("zone-lost")
    for more, part in (([], ""), (["-n", "infra"], "infra"), (["-n", "other"], "other")):
        arguments = parser().parse_args(["nodes", *more, "--kubeconfig", str(rig.folder / "kubeconfig")])
        found = await asyncio.to_thread(read_nodes_of, arguments)
        assert found.snapshot.scope.part == part
