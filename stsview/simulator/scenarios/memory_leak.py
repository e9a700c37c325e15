"""A member that takes more and more memory, until the kernel kills it at its limit."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service

_RATE = 150_000
"""Bytes a second: a limit of 512Mi is reached 42 minutes after each start."""


def deploy(cluster: SimulatedCluster) -> None:
    redis = with_service("redis", "redis:7.4.1", 3, storage="8Gi", port=6379, cpu="100m", memory="256Mi/512Mi")
    cluster.apply(redis, "cache")


def leak(cluster: SimulatedCluster) -> None:
    cluster.edit_template("cache", "redis", annotations=fault_annotations(leak=str(_RATE), leak_ordinals="2"))


SCENARIO = Scenario(
    "memory-leak",
    "a member that takes more and more memory, until the kernel kills it at its limit",
    (ago(deploy, days=12), ago(leak, minutes=80)),
)
