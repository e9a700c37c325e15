"""Which nodes could take a pod, asked for many pods of few sorts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from stsview.model.explain.hazards import accepts, reaches
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.volume import PersistentVolume

_KEPT = 64
"""Nodes that are held for each sort of pod: more than are drained at once, as a rule."""


class Places:
    """The nodes of a cluster at one moment.

    Pods that differ neither in selector and tolerations nor in where their volumes are reachable are accepted by the
    same nodes, which are sought once: the nodes of a large cluster are thousands, and so are their pods.
    """

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._found: dict[Hashable, tuple[str, ...]] = {}

    def accept(self, pod: Pod, volumes: Sequence[PersistentVolume], closed: frozenset[str]) -> bool:
        """Whether a node that is not `closed` accepts the pod, room and affinity aside, and reaches all its volumes."""
        spec = pod.spec
        sort = (_reach(volumes), frozenset(spec.node_selector.items()), spec.tolerations)
        return self._any(sort, lambda node: accepts(node, pod) and _reached(volumes, node), closed)

    def reach(self, volumes: Sequence[PersistentVolume], closed: frozenset[str]) -> bool:
        """Whether a node that is not `closed` reaches all of the volumes."""
        return self._any(_reach(volumes), lambda node: _reached(volumes, node), closed)

    def _any(self, sort: Hashable, fits: Callable[[Node], bool], closed: frozenset[str]) -> bool:
        found = self._found.get(sort)
        if found is None:
            found = self._found[sort] = self._first(fits, frozenset())
        if any(name not in closed for name in found):
            return True
        return len(found) == _KEPT and bool(self._first(fits, closed))

    def _first(self, fits: Callable[[Node], bool], closed: frozenset[str]) -> tuple[str, ...]:
        found: list[str] = []
        for name, node in self._nodes.items():
            if name not in closed and fits(node):
                found.append(name)
                if len(found) == _KEPT:
                    break
        return tuple(found)


def _reach(volumes: Sequence[PersistentVolume]) -> Hashable:
    return tuple(volume.spec.node_affinity.required.node_selector_terms for volume in volumes)


def _reached(volumes: Sequence[PersistentVolume], node: Node) -> bool:
    return all(reaches(volume, node) for volume in volumes)
