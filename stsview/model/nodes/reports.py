"""All nodes with their members, and what a drain of each would do, while they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stsview.model.names import listed
from stsview.model.nodes.drain import NOTHING_DRAINED, Drained, DrainLine, DrainVerdict, DrainView, drain_of
from stsview.model.nodes.members import NodeMembers, NodeRow, NodeSource
from stsview.model.nodes.order import DrainStep, drain_order
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.objects.node import Node


class NodeReports:
    """Rows of all nodes; a drain is derived when it is first asked for, and again after a change of its sets."""

    def __init__(self) -> None:
        self._members = NodeMembers()
        self._sets: Mapping[Key, SetView] = {}
        self._source: NodeSource | None = None
        self._nodes: Mapping[str, Node] | None = None
        self._places: Mapping[str, object] | None = None
        self._drains: dict[str, DrainView] = {}
        self.rows: Mapping[str, NodeRow] = {}
        """By name, those with members first."""

    @property
    def complete(self) -> bool:
        """Whether nodes can be listed; else only those are known that a pod names."""
        return self._nodes is not None

    def update(self, source: NodeSource, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> None:
        """Take over the sets that changed (None: all), and the nodes."""
        unread = self._members.unread
        touched = self._members.update(sets, changed if source is self._source else None)
        self._source, self._sets = source, sets
        self._nodes = source.all_nodes()
        # A drain depends on every node that could take a pod, but not on heartbeats.
        places = None if self._nodes is None else {name: _place(node) for name, node in self._nodes.items()}
        if places != self._places or unread != self._members.unread or changed is None:
            self._places = places
            self._drains.clear()
            self.rows = self._members.rows(self._nodes)
            return
        for name in touched:
            self._drains.pop(name, None)
        self.rows = self._members.renewed(self.rows, touched, self._nodes)

    def forget(self, node: str) -> None:
        """Derive the drain of this node again: not every change of its objects changes a view."""
        self._drains.pop(node, None)

    def drain(self, node: str, drained: Drained = NOTHING_DRAINED) -> DrainView:
        """What a drain of the node would do, after those drains. Raises KeyError for an unknown node."""
        if drained is not NOTHING_DRAINED:
            return self._derive(node, drained)
        if node not in self._drains:
            self._drains[node] = self._derive(node, drained)
        return self._drains[node]

    def order(self, nodes: Sequence[str]) -> tuple[DrainStep, ...]:
        """The order in which these nodes can be drained. Raises KeyError for an unknown node."""
        return drain_order(nodes, self.drain)

    def _derive(self, node: str, drained: Drained) -> DrainView:
        row = self.rows[node]
        if self._source is None:
            return DrainView(node, DrainVerdict.UNKNOWN, ())
        drain = drain_of(node, row.members, self._sets.get, self._source, self._nodes, drained)
        if not self._members.unread:
            return drain
        names = listed([str(key) for key in sorted(self._members.unread)])
        line = DrainLine(DrainVerdict.UNKNOWN, None, f"pods of {names} cannot be read: some may be here")
        lines = sorted((*drain.lines, line), key=lambda one: -one.verdict.rank)
        verdict = max((drain.verdict, DrainVerdict.UNKNOWN), key=lambda one: one.rank)
        return DrainView(node, verdict, tuple(lines), drain.stuck)


def _place(node: Node) -> object:
    """What decides whether a node takes a pod."""
    ready = node.ready
    return node.metadata.labels, node.spec, ready is not None and ready.status, node.metadata.deletion_timestamp
