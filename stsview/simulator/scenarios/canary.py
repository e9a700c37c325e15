"""A canary: a partition holds four of six pods at the previous version."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

IMAGE = "clickhouse/clickhouse-server"


def applied(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("clickhouse", f"{IMAGE}:24.8", 6, storage="200Gi", port=9000), "data")


def two_go_ahead(cluster: SimulatedCluster) -> None:
    def hold(one: Object) -> None:
        one["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 4}}

    cluster.edit(STATEFUL_SETS, "data", "clickhouse", hold, "kubectl-patch")
    cluster.set_image("data", "clickhouse", f"{IMAGE}:24.9")


SCENARIO = Scenario(
    "canary",
    "two of six run the new version, a partition holds the rest",
    (ago(applied, days=12), ago(two_go_ahead, hours=3, minutes=10)),
)
