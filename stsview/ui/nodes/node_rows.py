"""Rows and explanations of the table of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import Snapshot
from stsview.model.nodes.drain import DrainLine, DrainVerdict, DrainView
from stsview.model.nodes.members import NodeEntry, NodeRow
from stsview.model.nodes.order import DrainStep
from stsview.model.states import Health
from stsview.text.ages import age
from stsview.text.glyphs import active
from stsview.text.node_words import HEALTH_OF_DRAIN, node_state, sets_on
from stsview.text.numbers import count
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.filters.language import Choice, Language, Qualifier
from stsview.ui.kit.live.empty_states import no_match, no_sets, nothing_known
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import Line, Reason
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.table import Align, Cell, Column, Placeholder

COLUMNS = (
    Column("node", "NODE", min_width=10, max_width=40, priority=200),
    Column("state", "STATE", min_width=13, priority=180),
    Column("zone", "ZONE", max_width=20, priority=120),
    Column("members", "MEMBERS", align=Align.RIGHT, priority=160),
    Column("drain", "DRAIN", min_width=9, priority=190),
    Column("sets", "SETS", min_width=20, weight=1, priority=150),
)

_UNREADY = ("not Ready", "unreachable", "missing", "in doubt", "unknown", "out of service")

LANGUAGE: Language[NodeEntry] = Language(
    lambda row: (row.node.name, row.node.zone, node_state(row.node), *row.pods),
    (
        Choice(
            ("is",),
            {
                "cordoned": lambda row: node_state(row.node) == "cordoned",
                "unready": lambda row: node_state(row.node) in _UNREADY,
                "empty": lambda row: not row.pods,
            },
        ),
        Qualifier(("ns", "namespace"), lambda row: (key.namespace for key in row.sets)),
        Qualifier(("node",), lambda row: (row.node.name,)),
        Qualifier(("zone",), lambda row: (row.node.zone,)),
    ),
)


def node_row(row: NodeRow, drain: DrainView | None, *, chosen: bool) -> tuple[Cell, ...]:
    """The cells; `drain`: None while it is not derived."""
    node, occupied = row.node, bool(row.members)
    trouble = node.health is not Health.READY
    mark: Spans = ((f"{active().check} ", Role.ACCENT),) if chosen else ()
    state: Spans = (sign(node.health), (f" {node_state(node)}", role_of(node.health) if trouble else Role.DIM))
    return (
        (*mark, (node.name, Role.STRONG if occupied else Role.DIM)),
        state,
        ((node.zone, Role.DIM),),
        ((str(len(row.members)), Role.BRIGHT),) if occupied else (),
        ((active().ellipsis, Role.DIM),) if drain is None else verdict_spans(drain.verdict),
        ((sets_on(row), Role.TEXT),),
    )


def verdict_spans(verdict: DrainVerdict) -> Spans:
    """`✖ loses`; empty where there is nothing to drain."""
    if not verdict:
        return ()
    health = HEALTH_OF_DRAIN[verdict]
    return (sign(health), (f" {verdict.label}", role_of(health)))


def drain_reason(row: NodeRow, drain: DrainView, now: datetime) -> tuple[Health, Reason]:
    """What a drain of the node would do, the worst first, with the command."""
    node, dot = row.node, (f" {active().separator} ", Role.DIM)
    state: list[Span] = [sign(node.health), (f" {node_state(node)}", role_of(node.health))]
    if since := age(node.since, now):
        state += [(f" {since}", Role.DIM)]
    if node.detail:
        state += [dot, (node.detail, Role.TEXT)]
    if not row.members:
        state += [dot, ("no members of StatefulSets here", Role.DIM)]
    lines = [_drain_line(line, rank) for rank, line in enumerate(drain.lines)]
    lines.append(Line("drain with", ((drain.command, Role.ACCENT),), rank=150))
    return HEALTH_OF_DRAIN[drain.verdict], Reason(tuple(state), tuple(lines))


def order_reason(order: Sequence[DrainStep]) -> tuple[Health, Reason]:
    """The order of several drains."""
    lines = [Line("first", (("cordon all of them, so that no member moves to one of them", Role.TEXT),), rank=0)]
    for number, step in enumerate(order, 1):
        what: list[Span] = [(f"{step.drain.node}  ", Role.STRONG), *verdict_spans(step.drain.verdict)]
        if not step.drain.verdict:
            what.append(("no members", Role.DIM))
        if step.uncordon_first:
            words = f"  after {', '.join(step.uncordon_first)} {'are' if len(step.uncordon_first) > 1 else 'is'}"
            what.append((f"{words} uncordoned: check again then", Role.WARNING))
        elif not step.safe and step.drain.lines:
            worst = step.drain.lines[0]
            what.append((f"  {worst.subject}{worst.text}", Role.TEXT))
        lines.append(Line(str(number), tuple(what), rank=number))
    lines.append(Line("wait", (("before each, until all members are Ready again", Role.TEXT),), rank=140))
    worst_health = max(
        (step.drain.verdict for step in order), key=lambda verdict: verdict.rank, default=DrainVerdict.NOTHING
    )
    headline: Spans = ((f"order of {count(len(order), 'drain')}", Role.STRONG),)
    return HEALTH_OF_DRAIN[worst_health], Reason(headline, tuple(lines))


def node_copies(row: NodeRow, drain: DrainView, order: Sequence[DrainStep], cluster: str = "") -> Copies:
    """The name and commands; of several chosen nodes, the commands in their order.

    `cluster` is named in them where several are shown.
    """
    name = row.node.name
    copies = [
        ("node", name),
        ("drain", drain.command),
        ("cordon", f"kubectl cordon {name}"),
        ("uncordon", f"kubectl uncordon {name}"),
    ]
    if len(order) > 1:
        nodes = [step.drain.node for step in order]
        commands = [f"kubectl cordon {' '.join(nodes)}", *(step.drain.command for step in order)]
        copies.insert(0, ("all drains", "\n".join(commands)))
    if not cluster:
        return copies
    from stsview.live.clusters.naming import with_context

    return [(label, with_context(text, cluster)) for label, text in copies]


def no_nodes(snapshot: Snapshot, filtered: str, total: int) -> Placeholder:
    """Why there is no node to show."""
    if total:
        return no_match(filtered, total, "node")
    if nothing_known(snapshot):
        return no_sets(snapshot)
    return Placeholder("no nodes known", tuple(snapshot.health.degraded), Health.UNKNOWN)


def _drain_line(line: DrainLine, rank: int) -> Line:
    role = role_of(HEALTH_OF_DRAIN[line.verdict])
    return Line(line.verdict.label, ((line.subject, Role.STRONG), (line.text, Role.TEXT)), min(rank, 140), 3, role)
