"""Small simulated clusters for tests, and short access to their objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stsview.clock import ManualClock
from stsview.simulator.apiserver.resources import CLAIMS, EVENTS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster
from stsview.simulator.controllers.statefulset.state import condition, is_ready, is_terminating
from stsview.simulator.controllers.volumes import ProvisionerSettings
from stsview.simulator.latencies import RECORDED
from stsview.simulator.nodes.node_specs import node_specs
from stsview.simulator.scenarios import find
from stsview.simulator.scenarios.manifests import with_service
from stsview.simulator.settings import Settings, storage_class

NAMESPACE = "default"
EMPTY = Scenario("empty", "nothing", ())


def together(*names: str) -> Scenario:
    """Some scenarios in one cluster: a small part of the tour, which takes more than half a second to play."""
    parts = [find(name) for name in names]

    def prepare(settings: Settings, parameters: dict[str, Any]) -> None:
        for part in parts:
            if part.prepare is not None:
                part.prepare(settings, parameters)

    return Scenario(" and ".join(names), "several sets", tuple(step for one in parts for step in one.steps), prepare)


def empty_cluster(**settings: Any) -> SimulatedCluster:
    """Three nodes in three zones, and one storage class with immediate binding.

    Time passes only by `advance`.
    """
    made = Settings(
        latencies=RECORDED,
        nodes=node_specs(zones=3),
        classes=(storage_class("my-fast-storage", volumeBindingMode="Immediate"),),
        volumes=ProvisionerSettings(attachable=False, zonal=False),
    )
    return SimulatedCluster(EMPTY, clock=ManualClock(), settings=replace(made, **settings))


def with_set(
    name: str = "web", replicas: int = 3, *, settings: dict[str, Any] | None = None, **spec: Any
) -> SimulatedCluster:
    """A cluster with one settled set and its Service."""
    cluster = empty_cluster(**(settings or {}))
    cluster.apply(with_service(name, f"{name}:1", replicas, **spec))
    cluster.advance(30 * max(1, replicas))
    return cluster


def pods(cluster: SimulatedCluster, name: str = "web") -> dict[str, Object]:
    return {
        pod["metadata"]["name"]: pod
        for pod in cluster.storage.list(PODS, NAMESPACE)
        if pod["metadata"]["name"].startswith(f"{name}-")
    }


def pod(cluster: SimulatedCluster, name: str) -> Object:
    return cluster.storage.get(PODS, NAMESPACE, name)


def state_of(one: Object) -> str:
    """`ready`, `terminating`, or the pod's phase."""
    if is_terminating(one):
        return "terminating"
    return "ready" if is_ready(one) else str(one["status"]["phase"])


def states(cluster: SimulatedCluster, name: str = "web") -> dict[str, str]:
    return {key: state_of(one) for key, one in pods(cluster, name).items()}


def stateful_set(cluster: SimulatedCluster, name: str = "web") -> Object:
    return cluster.storage.get(STATEFUL_SETS, NAMESPACE, name)


def status(cluster: SimulatedCluster, name: str = "web") -> Object:
    return dict(stateful_set(cluster, name)["status"])


def claims(cluster: SimulatedCluster) -> dict[str, Object]:
    return {claim["metadata"]["name"]: claim for claim in cluster.storage.list(CLAIMS, NAMESPACE)}


def events(cluster: SimulatedCluster, about: str, reason: str = "") -> list[str]:
    """The messages of the events about one object."""
    return [
        event["message"]
        for event in cluster.storage.list(EVENTS)
        if event["involvedObject"]["name"] == about and reason in ("", event["reason"])
    ]


def delete_pod(cluster: SimulatedCluster, name: str, **options: Any) -> None:
    cluster.storage.delete(PODS, NAMESPACE, name, **options)


def annotate_pod(cluster: SimulatedCluster, name: str, annotations: dict[str, str]) -> None:
    cluster.edit(PODS, NAMESPACE, name, lambda one: one["metadata"].setdefault("annotations", {}).update(annotations))


def edit_spec(cluster: SimulatedCluster, name: str = "web", **spec: Any) -> None:
    cluster.edit(STATEFUL_SETS, NAMESPACE, name, lambda one: one["spec"].update(spec))


def condition_reason(one: Object, type_: str) -> str:
    return str((condition(one, type_) or {}).get("reason", ""))
