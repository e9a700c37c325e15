"""A volume that fills until its member dies."""

from __future__ import annotations

from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service

_RATE = 1_620_000
"""Bytes a second: the volume of ordinal 1 is full some minutes after the cluster is opened."""


def deploy(cluster: SimulatedCluster) -> None:
    image = "clickhouse/clickhouse-server:24.8.4"
    sets = with_service("clickhouse", image, 3, storage="50Gi", cpu="500m", memory="4Gi/6Gi", port=9000)
    cluster.apply(sets, "analytics")


def log_everything(cluster: SimulatedCluster) -> None:
    cluster.edit_template("analytics", "clickhouse", annotations=fault_annotations(fill=str(_RATE), fill_ordinals="1"))


SCENARIO = Scenario(
    "disk-full",
    "a volume that fills, until its member crash-loops with no space left on device",
    (ago(deploy, days=12), ago(log_everything, hours=5)),
)
