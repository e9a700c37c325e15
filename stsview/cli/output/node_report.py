"""Nodes, their members, and drains, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from stsview.cli.output.console import Console, Piece
from stsview.cli.output.document import document, plain_value
from stsview.cli.output.table import Table, print_table
from stsview.live.snapshot import Snapshot
from stsview.model.nodes.drain import NOT_JUDGED, DrainVerdict, DrainView
from stsview.model.nodes.members import NodeRow
from stsview.model.nodes.order import DrainStep
from stsview.model.nodes.reports import NodeReports
from stsview.text.ages import age
from stsview.text.columns import Align, Column
from stsview.text.glyphs import glyph
from stsview.text.node_words import HEALTH_OF_DRAIN, node_state, sets_on


class ReadNodes(msgspec.Struct, frozen=True):
    snapshot: Snapshot
    reports: NodeReports

    @property
    def limits(self) -> tuple[str, ...]:
        """Why more may be on these nodes than is shown, one sentence each."""
        part = self.snapshot.scope.part
        elsewhere = (f"members outside {part} are not known",) if part else ()
        return tuple(dict.fromkeys((*elsewhere, *self.snapshot.health.degraded)))


_STYLES = {
    DrainVerdict.NOTHING: "dim",
    DrainVerdict.SAFE: "green",
    DrainVerdict.WAITS: "bold yellow",
    DrainVerdict.UNKNOWN: "bold",
    DrainVerdict.LOSES: "bold red",
}

_NODES = (
    Column("node", "NODE", priority=200),
    Column("state", "STATE", priority=180),
    Column("zone", "ZONE", priority=140),
    Column("members", "MEMBERS", priority=160, align=Align.RIGHT),
    Column("drain", "DRAIN", priority=190),
    Column("sets", "SETS", min_width=12, weight=1, priority=150),
)

_MEMBERS = (
    Column("pod", "POD", priority=200),
    Column("state", "STATE", min_width=12, priority=190),
    Column("budgets", "BUDGET", priority=150),
    Column("since", "SINCE", priority=140, align=Align.RIGHT),
)


def print_nodes(read: ReadNodes, console: Console) -> None:
    """A line for each node, and why more may be on them."""
    reports = read.reports
    _print_limits(read, console)
    rows = [_node_cells(row, reports.drain(name)) for name, row in reports.rows.items()]
    print_table(console, Table(_NODES, tuple(rows)))
    console.line("")
    console.sentence((NOT_JUDGED, "dim"))


def print_node(read: ReadNodes, name: str, console: Console) -> None:
    """One node: its state, its members, and what a drain would do."""
    row, now = read.reports.rows[name], read.snapshot.now
    _print_limits(read, console)
    state = row.node
    console.facts((f"{name}  {node_state(state)}", state.zone, age(state.since, now), state.detail))
    console.line("")
    members = [
        (
            f"{member.set.namespace}/{member.row.name}",
            f"{glyph(member.row.state.health)} {member.row.state.label}",
            ", ".join(member.row.budgets),
            age(member.row.state.since, now),
        )
        for member in row.members
    ]
    if members:
        print_table(console, Table(_MEMBERS, tuple(members)))
    else:
        console.line("no members of StatefulSets")
    console.line("")
    drain = read.reports.drain(name)
    _print_drain(drain, console)
    console.line("")
    _print_end([drain.command], console)


def print_drains(read: ReadNodes, order: Sequence[DrainStep], console: Console) -> None:
    """What the drains would do, in their order, and the commands."""
    _print_limits(read, console)
    several = len(order) > 1
    if several:
        console.sentence("Cordon all of them first, so that no member moves to a node that is drained later.")
        console.sentence("Then drain one after the other, each when all members are Ready again.")
        console.line("")
    for number, step in enumerate(order, 1):
        if step.uncordon_first:
            nodes = ", ".join(step.uncordon_first)
            words = (
                f"uncordon {nodes} before this: a member on {step.drain.node} can only start there; then check again"
            )
            console.sentence((words, "bold"))
        _print_drain(step.drain, console, f"{number}. " if several else "")
        console.line("")
    cordon = [f"kubectl cordon {' '.join(step.drain.node for step in order)}"] if several else []
    _print_end([*cordon, *(step.drain.command for step in order)], console)


def nodes_document(read: ReadNodes, names: Sequence[str]) -> dict[str, Any]:
    """These nodes, as the documentation of JSON output lists."""
    nodes = []
    for name in names:
        row, drain = read.reports.rows[name], read.reports.drain(name)
        members = [
            {
                "set": plain_value(one.set),
                "pod": one.row.name,
                "ordinal": one.row.ordinal,
                "available": one.row.available,
                "budgets": list(one.row.budgets),
            }
            for one in row.members
        ]
        nodes.append({"node": plain_value(row.node), "members": members, "drain": _drain_value(drain)})
    return document("Nodes", read.snapshot, limits=list(read.limits), notJudged=NOT_JUDGED, nodes=nodes)


def drains_document(read: ReadNodes, order: Sequence[DrainStep]) -> dict[str, Any]:
    """The drains in their order."""
    steps = [{**_drain_value(step.drain), "uncordonFirst": list(step.uncordon_first)} for step in order]
    return document("Drain", read.snapshot, limits=list(read.limits), notJudged=NOT_JUDGED, order=steps)


def _drain_value(drain: DrainView) -> dict[str, Any]:
    lines = [{"verdict": line.verdict.value, "set": plain_value(line.set), "text": line.text} for line in drain.lines]
    verdict = drain.verdict.value or "nothing"
    return {"node": drain.node, "verdict": verdict, "lines": lines, "command": drain.command}


def _node_cells(row: NodeRow, drain: DrainView) -> tuple[Piece, ...]:
    word = drain.verdict.label
    return (
        row.node.name,
        f"{glyph(row.node.health)} {node_state(row.node)}",
        row.node.zone,
        str(len(row.members)) if row.members else "",
        (f"{glyph(HEALTH_OF_DRAIN[drain.verdict])} {word}" if word else "", _STYLES[drain.verdict]),
        sets_on(row),
    )


def _print_drain(drain: DrainView, console: Console, before: str = "") -> None:
    word = drain.verdict.label or "safe"
    words = f"{before}drain {drain.node}: {word}"
    console.line((words, _STYLES[drain.verdict]))
    if not drain.lines:
        console.line("  no members of StatefulSets on it")
    for line in drain.lines:
        console.sentence(f"{line.subject}{line.text}", f"  {glyph(HEALTH_OF_DRAIN[line.verdict])} ")


def _print_end(commands: Sequence[str], console: Console) -> None:
    for command in commands:
        console.line(command)
    console.sentence((NOT_JUDGED, "dim"))


def _print_limits(read: ReadNodes, console: Console) -> None:
    for sentence in read.limits:
        console.sentence(sentence, ("? ", "bold"))
