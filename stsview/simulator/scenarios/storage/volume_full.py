"""Volumes that fill, with three storage drivers: one expands online, one offline, and one refuses."""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.resources import CLAIMS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import fault_annotations, with_service
from stsview.simulator.settings import Settings, storage_class

NAMESPACE = "shop"
_ONLINE, _OFFLINE, _LIMITED = "fast-online", "san-offline", "thin-pool"
_RATES = {"influxdb": 150_000, "cassandra": 60_000, "mongodb": 60_000}
"""Bytes a second since five hours ago: the fullest volume of influxdb is full an hour after the cluster is opened,
those of the others half a day later."""


def _classes(settings: Settings, parameters: dict[str, Any]) -> None:
    drivers = {
        _ONLINE: {},
        _OFFLINE: fault_annotations(expand="offline"),
        _LIMITED: fault_annotations(expand="refuse", expand_limit="15Gi"),
    }
    for name, faults in drivers.items():
        made = storage_class(name, f"{name}.csi.simulated.example", volumeBindingMode="WaitForFirstConsumer")
        made["metadata"]["annotations"] = faults
        settings.classes = (*settings.classes, made)


def deploy(cluster: SimulatedCluster) -> None:
    influxdb = with_service("influxdb", "influxdb:2.7.10", 3, storage_class=_ONLINE, port=8086)
    cassandra = with_service("cassandra", "cassandra:4.1.7", 3, storage_class=_OFFLINE, port=9042)
    mongodb = with_service("mongodb", "mongo:7.0.14", 3, storage_class=_LIMITED, port=27017)
    cluster.apply([*influxdb, *cassandra, *mongodb, _budget("influxdb"), _budget("cassandra")], NAMESPACE)


def write_much(cluster: SimulatedCluster) -> None:
    for name, rate in _RATES.items():
        cluster.edit_template(NAMESPACE, name, annotations=fault_annotations(fill=str(rate)))


def request_more(cluster: SimulatedCluster) -> None:
    """An operator tries to expand one claim of cassandra, and one of mongodb."""
    for name in ("data-cassandra-2", "data-mongodb-2"):
        cluster.edit(CLAIMS, NAMESPACE, name, _request_20gi, "kubectl-patch")


def _request_20gi(claim: Object) -> None:
    claim["spec"]["resources"]["requests"]["storage"] = "20Gi"


def _budget(app: str) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": app}}},
    }


SCENARIO = Scenario(
    "volume-full",
    "volumes of 10Gi that fill; their drivers expand them online, offline, or not at all",
    (ago(deploy, days=12), ago(write_much, hours=5), ago(request_more, minutes=40)),
    prepare=_classes,
)
