"""All nodes with their members, and what a drain of each would do, while they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from stsview.model.names import listed
from stsview.model.nodes.drain import (
    NOTHING_DRAINED,
    DrainCase,
    Drained,
    DrainLine,
    DrainVerdict,
    DrainView,
    could_run,
    drain_of,
)
from stsview.model.nodes.members import NodeEntry, NodeMembers, NodeRow, NodeRows, NodeSource
from stsview.model.nodes.order import DrainStep, drain_order
from stsview.model.nodes.places import Places
from stsview.model.packed_ordinals import PackedOrdinals
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.objects.node import Node, Taint

_MOST_CASES = 64

_SETS_AT_ONCE = 200
"""Sets that are decoded without a pause."""


class NodeReports:
    """Rows of all nodes; a drain is derived when it is first asked for, and again after a change of its sets."""

    def __init__(self) -> None:
        self._members = NodeMembers()
        self._sets: Mapping[Key, SetView] = {}
        self._source: NodeSource | None = None
        self._nodes: Mapping[str, Node] | None = None
        self._places: Places | None = None
        self._drains: dict[str, DrainView] = {}
        self._cases: dict[str, DrainCase] = {}
        """Of the drains that were asked for last: they hold the objects of their sets decoded."""
        self._order: tuple[tuple[str, ...], tuple[DrainStep, ...]] = ((), ())
        """The nodes that an order was asked for last, and the order."""
        self._scope = ""
        self.rows = NodeRows((), self._no_row, 0)
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
            if isinstance(view.ordinals, PackedOrdinals):
                continue  # It has no trouble, and so no pod that waits.
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
        members = self._members
        unread, former, before = members.unread, self._nodes, self._scope
        self._scope = scope
        occupied = {name for name in self.rows if members.occupied(name)} if changed else None
        touched = members.update(sets, changed if source is self._source else None)
        self._source, self._sets = source, sets
        self._nodes = source.all_nodes()
        # A drain depends on every node that could take a pod, but not on heartbeats.
        moved = changed is None or _places_differ(former, self._nodes)
        if moved:
            self._places = None if self._nodes is None else Places(self._nodes)
        if moved or unread != members.unread or scope != before:
            self._drains.clear()
            self._cases.clear()
            self._order = ((), ())
            self.rows = members.rows(self._nodes)
            return
        for name in touched:
            self._drains.pop(name, None)
            self._cases.pop(name, None)
        if not touched.isdisjoint(self._order[0]):
            self._order = ((), ())
        if occupied is not None and any(members.occupied(name) is not (name in occupied) for name in touched):
            self.rows = members.rows(self._nodes)
        else:
            self.rows.forget(touched)

    def node(self, name: str) -> Node | None:
        """The object of that name; None where nodes cannot be listed, or there is none."""
        return None if self._nodes is None else self._nodes.get(name)

    def entry(self, name: str) -> NodeEntry:
        """What a filter asks of a node. Raises KeyError for an unknown one."""
        entries = self.rows.entries
        if name not in entries:
            if name not in self.rows:
                raise KeyError(name)
            entries[name] = self._members.entry(name, self._nodes)
        return entries[name]

    def prepare_entries(self) -> bool:
        """Do some milliseconds of the work for `entry` in advance; returns whether more is left."""
        return self._members.name_pods(_SETS_AT_ONCE)

    def forget(self, node: str) -> None:
        """Derive the drain of this node again: not every change of its objects changes a view."""
        former = self._drains.pop(node, None)
        self._cases.pop(node, None)
        if node in self._order[0] and node in self.rows and self.drain(node) != former:
            self._order = ((), ())

    def known_drain(self, node: str) -> DrainView | None:
        """What a drain of the node would do; None while that is not derived."""
        return self._drains.get(node)

    def drain(self, node: str, drained: Drained = NOTHING_DRAINED) -> DrainView:
        """What a drain of the node would do, after those drains. Raises KeyError for an unknown node."""
        if drained is not NOTHING_DRAINED:
            return self._derive(node, drained)
        if node not in self._drains:
            self._drains[node] = self._derive(node, drained)
        return self._drains[node]

    def order(self, nodes: Sequence[str]) -> tuple[DrainStep, ...]:
        """The order in which these nodes can be drained. Raises KeyError for an unknown node."""
        chosen = tuple(nodes)
        if chosen != self._order[0]:
            self._order = (chosen, drain_order(chosen, self.drain))
        return self._order[1]

    def _no_row(self, name: str) -> NodeRow:
        raise KeyError(name)

    def _case(self, node: str, source: NodeSource) -> DrainCase:
        case = self._cases.get(node)
        if case is None:
            case = self._cases[node] = DrainCase(node, self.rows[node].members, self._sets.get, source)
            if len(self._cases) > _MOST_CASES:
                del self._cases[next(iter(self._cases))]
        return case

    def _derive(self, node: str, drained: Drained) -> DrainView:
        if self._source is None:
            raise KeyError(node)
        drain = drain_of(self._case(node, self._source), self._places, drained)
        if not self.unread:
            return drain
        lines = (*drain.lines, *(DrainLine(DrainVerdict.UNKNOWN, None, sentence) for sentence in self.unread))
        verdict = max((drain.verdict, DrainVerdict.UNKNOWN), key=lambda one: one.rank)
        ordered = tuple(sorted(lines, key=lambda one: -one.verdict.rank))
        return replace(drain, verdict=verdict, lines=ordered)


def _without_cordon(node: Node) -> tuple[Taint, ...]:
    """Its taints but the one that the node controller adds for `spec.unschedulable`."""
    return tuple(taint for taint in node.spec.taints if taint.key != "node.kubernetes.io/unschedulable")


def _places_differ(former: Mapping[str, Node] | None, nodes: Mapping[str, Node] | None) -> bool:
    if former is None or nodes is None:
        return former is not nodes
    if former.keys() != nodes.keys():
        return True
    pairs = ((former[name], node) for name, node in nodes.items())
    return any(one is not node and _place(one) != _place(node) for one, node in pairs)


def _place(node: Node) -> object:
    """What decides whether a node takes a pod."""
    ready = node.ready
    return node.metadata.labels, node.spec, ready is not None and ready.status, node.metadata.deletion_timestamp
