"""Whoever wrote this set forgot its Service: the pods run, and none has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stsview.simulator.scenarios.manifests import stateful_set
from stsview.simulator.scenarios.story import Scenario, ago

if TYPE_CHECKING:
    from stsview.simulator.cluster import SimulatedCluster


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(stateful_set("memcached", "memcached:1.6.31", 3, storage=None, service="memcached-hs"), "cache")


SCENARIO = Scenario(
    "headless-missing", "the Service that a set names does not exist: no DNS names", (ago(applied, days=6),)
)
