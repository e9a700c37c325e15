"""All nodes with their members, and what a drain of each would do, while they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from stsview.model.names import listed
from stsview.model.nodes.drain import NOTHING_DRAINED, Drained, DrainLine, DrainVerdict, DrainView, could_run, drain_of
from stsview.model.nodes.members import NodeMembers, NodeRow, NodeSource
from stsview.model.nodes.order import DrainStep, drain_order
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.objects.node import Node, Taint


class NodeReports:
    """Rows of all nodes; a drain is derived when it is first asked for, and again after a change of its sets."""

    def __init__(self) -> None:
        self._members = NodeMembers()
        self._sets: Mapping[Key, SetView] = {}
        self._source: NodeSource | None = None
        self._nodes: Mapping[str, Node] | None = None
        self._places: Mapping[str, object] | None = None
        self._drains: dict[str, DrainView] = {}
        self._scope = ""
        self.rows: Mapping[str, NodeRow] = {}
        """By name, those with members first."""

    @property
    def complete(self) -> bool:
        """Whether nodes can be listed; else only those are known that a pod names."""
        return self._nodes is not None

    @property
    def unread(self) -> tuple[str, ...]:
        """Why any node may have more members than are known, one sentence each: then no drain is called safe."""
        names = listed([str(key) for key in sorted(self._members.unread)])
        pods = (f"pods of {names} cannot be read: some may be here",) if names else ()
        return (*pods, *((f"members outside {self._scope} are not known",) if self._scope else ()))

    def pending_for(self, node: Node) -> Iterator[str]:
        """`namespace/name` of pods that wait for a node, and could be placed on this one if it were not cordoned."""
        if self._source is None:
            return
        opened = replace(node, spec=replace(node.spec, unschedulable=False, taints=_without_cordon(node)))
        for key, view in sorted(self._sets.items()):
            waiting = [row for row in view.ordinals if row.uid is not None and not row.node and row.owned]
            objects = self._source.objects_of(key) if waiting else None
            if objects is not None:
                yield from (f"{key.namespace}/{row.name}" for row in waiting if could_run(opened, row, objects))

    def update(
        self, source: NodeSource, sets: Mapping[Key, SetView], changed: Iterable[Key] | None, scope: str = ""
    ) -> None:
        """Take over the sets that changed (None: all), and the nodes.

        `scope`: which namespaces are watched; empty: all of them.
        """
        self._scope = scope
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

    def node(self, name: str) -> Node | None:
        """The object of that name; None where nodes cannot be listed, or there is none."""
        return None if self._nodes is None else self._nodes.get(name)

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
        if not self.unread:
            return drain
        lines = (*drain.lines, *(DrainLine(DrainVerdict.UNKNOWN, None, sentence) for sentence in self.unread))
        verdict = max((drain.verdict, DrainVerdict.UNKNOWN), key=lambda one: one.rank)
        ordered = tuple(sorted(lines, key=lambda one: -one.verdict.rank))
        return replace(drain, verdict=verdict, lines=ordered)


def _without_cordon(node: Node) -> tuple[Taint, ...]:
    """Its taints but the one that the node controller adds for `spec.unschedulable`."""
    return tuple(taint for taint in node.spec.taints if taint.key != "node.kubernetes.io/unschedulable")


def _place(node: Node) -> object:
    """What decides whether a node takes a pod."""
    ready = node.ready
    return node.metadata.labels, node.spec, ready is not None and ready.status, node.metadata.deletion_timestamp
