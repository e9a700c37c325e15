"""Random objects of a simulated cluster."""

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
"""Most replicas of a set: the population stays the same, so that a leak shows."""

Event = Callable[[SimulatedCluster, Random], str]
"""Changes a cluster, and returns a description. Raises `NotApplicable` when no object fits, and `ApiError` when the API
server rejects it."""


class NotApplicable(Exception):
    """No object fits."""


def one_of(cluster: SimulatedCluster, rng: Random, resource: Resource) -> Object:
    found = [one for one in cluster.storage.list(resource) if not resource.namespaced or _namespace(one) in NAMESPACES]
    if not found:
        raise NotApplicable
    # Storage keeps the order of creation, which is the same for the same seed.
    return rng.choice(found)


def a_set(cluster: SimulatedCluster, rng: Random) -> tuple[str, str]:
    return at(one_of(cluster, rng, STATEFUL_SETS))


def a_pod(cluster: SimulatedCluster, rng: Random) -> tuple[str, str]:
    return at(one_of(cluster, rng, PODS))


def a_member(cluster: SimulatedCluster, rng: Random) -> Object:
    """A random pod with an ordinal."""
    pod = one_of(cluster, rng, PODS)
    if ordinal_of(pod) < 0:
        raise NotApplicable
    return pod


def at(obj: Object) -> tuple[str, str]:
    """Namespace (empty for cluster-scoped objects) and name."""
    return _namespace(obj), obj["metadata"]["name"]


def _namespace(obj: Object) -> str:
    namespace: str = obj["metadata"].get("namespace", "")
    return namespace
