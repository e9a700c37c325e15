"""Words about nodes, for screens and commands."""

from __future__ import annotations

from stsview.model.nodes.drain import DrainVerdict
from stsview.model.nodes.members import NodeRow
from stsview.model.states import Health, NodeStatus
from stsview.model.views import NodeView

HEALTH_OF_DRAIN = {
    DrainVerdict.NOTHING: Health.NEUTRAL,
    DrainVerdict.SAFE: Health.READY,
    DrainVerdict.WAITS: Health.WARNING,
    DrainVerdict.UNKNOWN: Health.UNKNOWN,
    DrainVerdict.LOSES: Health.DEGRADED,
}


def node_state(node: NodeView) -> str:
    """`Ready`, `cordoned`, `not Ready`, `unreachable`, `in doubt`, …"""
    if node.in_doubt:
        return "in doubt"
    return "out of service" if node.out_of_service else node.status.label or NodeStatus.UNKNOWN.label


def sets_on(row: NodeRow) -> str:
    """`data/kafka-1, -4, mq/nats-0`: the members by set, with their ordinals."""
    parts: list[str] = []
    for key in row.sets:
        ordinals = [member.row.ordinal for member in row.members if member.set == key]
        parts.append(f"{key}-" + ", -".join(map(str, ordinals)))
    return ", ".join(parts)
