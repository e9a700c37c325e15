"""Something of what a simulated cluster holds, at random."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS, Resource
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.controllers.identity import ordinal_of

NAMESPACES = ("data", "shop")
NAMES = ("db", "mq", "zk")
LARGEST = 5
"""More pods have no set; the population stays what it is, so that growth can be told from life."""

Deed = Callable[[SimulatedCluster, Random], str]
"""Does something with a cluster, and says what it was. Raises `Nothing` where there is nothing to do it with, and
`ApiError` where the API server refuses it."""


class Nothing(Exception):
    """There is nothing of the kind."""


def one_of(cluster: SimulatedCluster, dice: Random, resource: Resource) -> Object:
    found = [one for one in cluster.storage.list(resource) if not resource.namespaced or _namespace(one) in NAMESPACES]
    if not found:
        raise Nothing
    # The order of a storage is that of creation, and the same for the same seed.
    return dice.choice(found)


def a_set(cluster: SimulatedCluster, dice: Random) -> tuple[str, str]:
    return at(one_of(cluster, dice, STATEFUL_SETS))


def a_pod(cluster: SimulatedCluster, dice: Random) -> tuple[str, str]:
    return at(one_of(cluster, dice, PODS))


def a_member(cluster: SimulatedCluster, dice: Random) -> Object:
    """A pod that has an ordinal."""
    pod = one_of(cluster, dice, PODS)
    if ordinal_of(pod) < 0:
        raise Nothing
    return pod


def at(obj: Object) -> tuple[str, str]:
    """Namespace (empty for what has none) and name."""
    return _namespace(obj), obj["metadata"]["name"]


def _namespace(obj: Object) -> str:
    namespace: str = obj["metadata"].get("namespace", "")
    return namespace
