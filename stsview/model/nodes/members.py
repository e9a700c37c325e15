"""Which members of StatefulSets run on which node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.pods.nodes import ON_NO_NODE, view_of_node
from stsview.model.settings import ModelSettings
from stsview.model.states import NodeStatus, PodKind
from stsview.model.views import NodeView, OrdinalView, Place, SetView
from stsview.objects.meta import Key
from stsview.objects.node import Node


class NodeSource(Protocol):
    """The objects that nodes are judged by; `stsview.model.store.Store` has them."""

    @property
    def settings(self) -> ModelSettings: ...

    def objects_of(self, key: Key) -> SetObjects | None: ...

    def all_nodes(self) -> Mapping[str, Node] | None:
        """By name: all nodes of the cluster; None where they cannot be listed."""


class Member(Record, frozen=True):
    """A pod of a set on a node."""

    set: Key
    row: OrdinalView


class NodeRow(Record, frozen=True):
    """One node and its members."""

    node: NodeView
    members: tuple[Member, ...]
    """By set and ordinal."""

    @property
    def sets(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys(member.set for member in self.members))


class NodeMembers:
    """The members of each node, kept current by the sets that change."""

    def __init__(self) -> None:
        self._by_set: dict[Key, tuple[OrdinalView, ...]] = {}
        self._on: dict[str, dict[Key, None]] = {}
        """By name of the node: the sets with a pod on it."""
        self.unread: frozenset[Key] = frozenset()
        """The sets whose pods cannot be read: they may have members on any node."""

    def update(self, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> frozenset[str]:
        """Take over these sets (None: all); returns the nodes whose members may differ."""
        touched: set[str] = set()
        unread = set(self.unread)
        for key in [*self._by_set, *sets] if changed is None else changed:
            former, view = self._by_set.pop(key, ()), sets.get(key)
            for row in former:
                self._on.get(row.node, {}).pop(key, None)
                touched.add(row.node)
            unread.discard(key)
            if view is None:
                continue
            rows = tuple(view.ordinals)
            if any(row.state.kind is PodKind.UNKNOWN for row in rows):
                unread.add(key)
            self._by_set[key] = placed = tuple(row for row in rows if _counts(row))
            for row in placed:
                self._on.setdefault(row.node, {})[key] = None
                touched.add(row.node)
        self.unread = frozenset(unread)
        return frozenset(touched)

    def of(self, node: str) -> tuple[Member, ...]:
        """The members on a node, by set and ordinal."""
        keys = sorted(self._on.get(node, ()))
        return tuple(Member(key, row) for key in keys for row in self._by_set[key] if row.node == node)

    def rows(self, nodes: Mapping[str, Node] | None) -> dict[str, NodeRow]:
        """All nodes by name, also those that only a pod names; sorted, those with members first."""
        names = {name for name, sets in self._on.items() if sets}.union(nodes or ())
        return _sorted({name: self._row(name, nodes) for name in names})

    def renewed(
        self, rows: Mapping[str, NodeRow], touched: Iterable[str], nodes: Mapping[str, Node] | None
    ) -> dict[str, NodeRow]:
        """`rows` after their members on the `touched` nodes changed."""
        renewed, moved = dict(rows), False
        for name in touched:
            former = renewed.get(name)
            if not self._on.get(name) and name not in (nodes or ()):
                renewed.pop(name, None)
                continue
            renewed[name] = row = self._row(name, nodes)
            moved = moved or former is None or bool(former.members) != bool(row.members)
        return _sorted(renewed) if moved else renewed

    def _row(self, name: str, nodes: Mapping[str, Node] | None) -> NodeRow:
        members = self.of(name)
        return NodeRow(_worst(name, members, nodes), members)


def _sorted(rows: Mapping[str, NodeRow]) -> dict[str, NodeRow]:
    return dict(sorted(rows.items(), key=lambda item: (not item[1].members, item[0])))


def _counts(row: OrdinalView) -> bool:
    """Whether it is a pod on a node that belongs to the set, or did."""
    return row.uid is not None and bool(row.node) and row.place is not Place.FOREIGN


def _worst(name: str, members: tuple[Member, ...], nodes: Mapping[str, Node] | None) -> NodeView:
    """The state of the node as its members show it, of which one may know more: that its lease has expired, say."""
    if members:
        return max((one.row.node_state for one in members), key=lambda view: (view.suspicion, bool(view.detail)))
    node = (nodes or {}).get(name)
    return view_of_node(node) if node is not None else NodeView(name, NodeStatus.MISSING, ON_NO_NODE.health)
