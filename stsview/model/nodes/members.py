"""Which members of StatefulSets run on which node."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.packed_ordinals import PackedOrdinals, unpacked
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


class NodeEntry(Record, frozen=True):
    """What a filter asks of a node, of which all nodes are asked at each key."""

    node: NodeView
    sets: tuple[Key, ...]
    pods: tuple[str, ...]
    """Names of the members on it, by set."""


class NodeRows(Mapping[str, NodeRow]):
    """Rows by name of the node, those with members first. A row is made when it is first asked for."""

    def __init__(self, names: Sequence[str], make: Callable[[str], NodeRow], occupied: int) -> None:
        self._made: dict[str, NodeRow | None] = dict.fromkeys(names)
        self._make = make
        self.occupied = occupied
        """How many nodes have members."""
        self.entries: dict[str, NodeEntry] = {}
        """Those that were asked for."""

    def __getitem__(self, name: str) -> NodeRow:
        row = self._made[name]
        if row is None:
            row = self._made[name] = self._make(name)
        return row

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def forget(self, names: Iterable[str]) -> None:
        """Make these rows again when they are asked for."""
        for name in names:
            if name in self._made:
                self._made[name] = None
                self.entries.pop(name, None)


class NodeMembers:
    """The members of each node, kept current by the sets that change.

    Only the names of the nodes are held of each set: the ordinals of a large fleet are packed, and decoded for the rows
    that are looked at.
    """

    def __init__(self) -> None:
        self._sets: Mapping[Key, SetView] = {}
        self._places: dict[Key, tuple[str, ...]] = {}
        """By set: the nodes with a pod of it."""
        self._on: dict[str, dict[Key, None]] = {}
        """By name of the node: the sets with a pod on it."""
        self.unread: frozenset[Key] = frozenset()
        """The sets whose pods cannot be read: they may have members on any node."""
        self._pods: dict[Key, dict[str, list[str]]] = {}
        """By set and node: the names of its pods there, for the sets that were decoded."""
        self._unnamed: dict[Key, None] = {}
        """The other sets."""

    def update(self, sets: Mapping[Key, SetView], changed: Iterable[Key] | None) -> frozenset[str]:
        """Take over these sets (None: all); returns the nodes whose members may differ."""
        self._sets = sets
        touched: set[str] = set()
        unread = set(self.unread)
        for key in [*self._places, *sets] if changed is None else changed:
            former, view = self._places.pop(key, ()), sets.get(key)
            for node in former:
                if (on_node := self._on.get(node)) is not None:
                    on_node.pop(key, None)
                    if not on_node:
                        del self._on[node]
            touched.update(former)
            unread.discard(key)
            self._pods.pop(key, None)
            self._unnamed.pop(key, None)
            if view is None:
                continue
            if _unread(view):
                unread.add(key)
            self._places[key] = nodes = _nodes_of(view)
            for node in nodes:
                self._on.setdefault(node, {})[key] = None
            touched.update(nodes)
            if nodes:
                self._unnamed[key] = None
        self.unread = frozenset(unread)
        return frozenset(touched)

    def occupied(self, node: str) -> bool:
        """Whether the node has members."""
        return node in self._on

    def of(self, node: str) -> tuple[Member, ...]:
        """The members on a node, by set and ordinal."""
        return tuple(
            Member(key, row)
            for key in sorted(self._on.get(node, ()))
            for row in unpacked(self._sets[key].ordinals)
            if row.node == node and _counts(row)
        )

    def name_pods(self, most: int) -> bool:
        """Decode so many of the sets that were not; returns whether more are left."""
        for key in list(itertools.islice(self._unnamed, most)):
            del self._unnamed[key]
            named = self._pods[key] = {}
            for row in unpacked(self._sets[key].ordinals):
                if _counts(row):
                    named.setdefault(row.node, []).append(row.name)
        return bool(self._unnamed)

    def entry(self, name: str, nodes: Mapping[str, Node] | None) -> NodeEntry:
        """What a filter asks of the node."""
        self.name_pods(len(self._unnamed))
        sets = tuple(key for key in sorted(self._on.get(name, ())) if name in self._pods[key])
        # The members of a packed set have no trouble, and know no more of their node than its object tells.
        ordinals = [self._sets[key].ordinals for key in sets]
        rows = [row for some in ordinals if not isinstance(some, PackedOrdinals) for row in some]
        views = [row.node_state for row in rows if row.node == name and _counts(row)]
        if (node := (nodes or {}).get(name)) is not None:
            views.append(view_of_node(node))
        return NodeEntry(_worst_of(name, views), sets, tuple(pod for key in sets for pod in self._pods[key][name]))

    def rows(self, nodes: Mapping[str, Node] | None) -> NodeRows:
        """All nodes by name, also those that only a pod names; sorted, those with members first."""
        names = sorted(self._on.keys() | (nodes or {}).keys(), key=lambda name: (name not in self._on, name))
        return NodeRows(names, lambda name: self._row(name, nodes), len(self._on))

    def _row(self, name: str, nodes: Mapping[str, Node] | None) -> NodeRow:
        members = self.of(name)
        return NodeRow(_worst(name, members, nodes), members)


def _unread(view: SetView) -> bool:
    # Where pods cannot be read, the view says so: nothing has to be decoded to know that they can.
    if isinstance(view.ordinals, PackedOrdinals) and not view.unknown:
        return False
    return any(row.state.kind is PodKind.UNKNOWN for row in unpacked(view.ordinals))


def _nodes_of(view: SetView) -> tuple[str, ...]:
    """The nodes with a pod that counts; of a packed set, in rare cases also that of a foreign pod."""
    if isinstance(view.ordinals, PackedOrdinals):
        return view.ordinals.whereabouts.nodes
    return tuple(dict.fromkeys(row.node for row in view.ordinals if _counts(row)))


def _counts(row: OrdinalView) -> bool:
    """Whether it is a pod on a node that belongs to the set, or did."""
    return row.uid is not None and bool(row.node) and row.place is not Place.FOREIGN


def _worst(name: str, members: tuple[Member, ...], nodes: Mapping[str, Node] | None) -> NodeView:
    """The state of the node as its members show it, of which one may know more: that its lease has expired, say."""
    if members:
        return _worst_of(name, [one.row.node_state for one in members])
    node = (nodes or {}).get(name)
    return _worst_of(name, [view_of_node(node)] if node is not None else [])


def _worst_of(name: str, views: Sequence[NodeView]) -> NodeView:
    missing = NodeView(name, NodeStatus.MISSING, ON_NO_NODE.health)
    return max(views, key=lambda view: (view.suspicion, bool(view.detail)), default=missing)
