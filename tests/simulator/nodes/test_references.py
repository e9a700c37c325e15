"""Pods that reference ConfigMaps, Secrets and ServiceAccounts that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.resources import CONFIG_MAPS, PODS, SECRETS, SERVICE_ACCOUNTS, Resource
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.scenarios.manifests import with_service
from tests.support.simulator.clusters import NAMESPACE, empty_cluster, events, pod

CONTAINER = {"name": "web", "image": "web:1"}


def one_pod(**spec: Any) -> SimulatedCluster:
    cluster = empty_cluster()
    cluster.apply(with_service("web", "web:1", 1, storage=None, pod=spec))
    cluster.advance(60)
    return cluster


def create(cluster: SimulatedCluster, resource: Resource, name: str, **fields: Any) -> None:
    cluster.storage.create(resource, {"metadata": {"name": name, "namespace": NAMESPACE}, **fields})


def state(cluster: SimulatedCluster, field: str = "containerStatuses") -> dict[str, Any]:
    return dict(pod(cluster, "web-0")["status"][field][0]["state"])


VOLUMES = [
    (CONFIG_MAPS, {"configMap": {"name": "x"}}, 'configmap "x" not found'),
    (SECRETS, {"secret": {"secretName": "x"}}, 'secret "x" not found'),
    (SECRETS, {"projected": {"sources": [{"secret": {"name": "x"}}]}}, 'secret "x" not found'),
]


@pytest.mark.parametrize(("resource", "source", "problem"), VOLUMES)
def test_a_volume_waits_for_its_object(resource: Resource, source: dict[str, Any], problem: str) -> None:
    cluster = one_pod(volumes=[{"name": "config", **source}])
    assert state(cluster) == {"waiting": {"reason": "ContainerCreating"}}
    failed = events(cluster, "web-0", "FailedMount")
    assert set(failed) == {f'MountVolume.SetUp failed for volume "config" : {problem}'}
    create(cluster, resource, "x")
    cluster.advance(130)
    assert "running" in state(cluster)


def test_a_volume_waits_for_the_keys_of_its_items() -> None:
    source = {"name": "x", "items": [{"key": "a", "path": "a"}]}
    cluster = one_pod(volumes=[{"name": "config", "configMap": source}])
    create(cluster, CONFIG_MAPS, "x", data={"b": ""})
    cluster.advance(130)
    assert events(cluster, "web-0", "FailedMount")[-1].endswith("configmap references non-existent config key: a")
    cluster.edit(CONFIG_MAPS, NAMESPACE, "x", lambda one: one["data"].update(a=""))
    cluster.advance(130)
    assert "running" in state(cluster)


def key_ref(kind: str, **more: Any) -> dict[str, Any]:
    return {"env": [{"name": "A", "valueFrom": {kind: {"name": "x", "key": "a", **more}}}]}


ENVIRONMENTS = [
    (CONFIG_MAPS, {"envFrom": [{"configMapRef": {"name": "x"}}]}, 'configmap "x" not found'),
    (SECRETS, {"envFrom": [{"secretRef": {"name": "x"}}]}, 'secret "x" not found'),
    (CONFIG_MAPS, key_ref("configMapKeyRef"), 'configmap "x" not found'),
    (SECRETS, key_ref("secretKeyRef"), 'secret "x" not found'),
]


@pytest.mark.parametrize(("resource", "environment", "problem"), ENVIRONMENTS)
def test_an_environment_waits_for_its_object(resource: Resource, environment: dict[str, Any], problem: str) -> None:
    cluster = one_pod(containers=[CONTAINER | environment])
    assert state(cluster) == {"waiting": {"reason": "CreateContainerConfigError", "message": problem}}
    assert f"Error: {problem}" in events(cluster, "web-0", "Failed")
    create(cluster, resource, "x", data={"a": "Yg=="})
    cluster.advance(30)
    assert "running" in state(cluster)


@pytest.mark.parametrize(
    ("resource", "kind"), [(CONFIG_MAPS, "configMapKeyRef"), (SECRETS, "secretKeyRef")], ids=["configmap", "secret"]
)
def test_a_missing_key_is_named(resource: Resource, kind: str) -> None:
    cluster = one_pod(containers=[CONTAINER | key_ref(kind)])
    create(cluster, resource, "x", data={"b": "Yg=="})
    cluster.advance(30)
    assert state(cluster)["waiting"]["message"] == f"couldn't find key a in {resource.kind} {NAMESPACE}/x"


def test_optional_references_may_be_missing() -> None:
    volume = {"name": "config", "configMap": {"name": "x", "optional": True}}
    container = CONTAINER | key_ref("secretKeyRef", optional=True)
    assert "running" in state(one_pod(volumes=[volume], containers=[container]))


def test_an_init_container_waits_too() -> None:
    init = {"name": "init", "image": "web:1", "envFrom": [{"secretRef": {"name": "x"}}]}
    cluster = one_pod(initContainers=[init])
    assert state(cluster, "initContainerStatuses")["waiting"]["reason"] == "CreateContainerConfigError"
    create(cluster, SECRETS, "x", stringData={"a": "b"})
    assert cluster.storage.get(SECRETS, NAMESPACE, "x")["data"] == {"a": "Yg=="}
    cluster.advance(30)
    assert "running" in state(cluster)


def test_a_missing_service_account_refuses_the_pod() -> None:
    cluster = one_pod(serviceAccountName="x")
    assert cluster.storage.find(PODS, NAMESPACE, "web-0") is None
    why = f'error looking up service account {NAMESPACE}/x: serviceaccount "x" not found'
    assert events(cluster, "web", "FailedCreate")[0] == (
        f'Create Pod web-0 in StatefulSet web failed error: pods "web-0" is forbidden: {why}'
    )
    create(cluster, SERVICE_ACCOUNTS, "x")
    cluster.advance(600)
    assert "running" in state(cluster)
