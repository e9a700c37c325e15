"""A canary: a partition holds four of six pods at the previous version."""

from __future__ import annotations

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service

IMAGE = "clickhouse/clickhouse-server"


def deploy(cluster: SimulatedCluster) -> None:
    cluster.apply(with_service("clickhouse", f"{IMAGE}:24.8", 6, storage="200Gi", port=9000), "data")


def start_canary(cluster: SimulatedCluster) -> None:
    def hold(one: Object) -> None:
        one["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": {"partition": 4}}

    cluster.edit(STATEFUL_SETS, "data", "clickhouse", hold, "kubectl-patch")
    cluster.set_image("data", "clickhouse", f"{IMAGE}:24.9")


SCENARIO = Scenario(
    "canary",
    "a canary: two of six pods run the new version, a partition holds the others",
    (ago(deploy, days=12), ago(start_canary, hours=3, minutes=10)),
)
