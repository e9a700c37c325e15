"""The official Python client decodes what this server stores."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client as kubernetes
from kubernetes import watch

from stsview.simulator.apiserver.resources import CLAIMS, PODS
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator import recorded
from tests.support.simulator.manifests import claim, pod, stateful_set


@pytest.fixture
def api(server: ApiServer) -> Any:
    configuration = kubernetes.Configuration()
    configuration.host = server.url
    configuration.api_key = {"authorization": f"Bearer {server.token}"}
    return kubernetes.ApiClient(configuration)


async def _call(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Run a blocking call in a thread: the server needs this thread's event loop."""
    return await asyncio.to_thread(function, *arguments, **options)


async def test_every_recorded_kind_passes_its_validation(storage: Storage, api: Any) -> None:
    recorded.prepare(storage)
    core, apps = kubernetes.CoreV1Api(api), kubernetes.AppsV1Api(api)
    (found,) = (await _call(apps.list_namespaced_stateful_set, "demo")).items
    assert found.status.ready_replicas == 2
    pods = (await _call(core.list_namespaced_pod, "demo")).items
    assert [one.metadata.name for one in pods] == ["zookeeper-0", "zookeeper-1"]
    assert len((await _call(core.list_namespaced_persistent_volume_claim, "demo")).items) == 5
    assert (await _call(core.list_namespaced_event, "demo")).items
    assert (await _call(apps.list_namespaced_controller_revision, "demo")).items
    slices = await _call(kubernetes.DiscoveryV1Api(api).list_namespaced_endpoint_slice, "demo")
    assert slices.items
    budget = await _call(kubernetes.PolicyV1Api(api).read_namespaced_pod_disruption_budget, "zk-pdb", "demo")
    assert budget.status.desired_healthy == 1
    assert (await _call(kubernetes.StorageV1Api(api).list_storage_class)).items
    assert (await _call(core.read_namespace, "demo")).status.phase == "Active"


async def test_a_set_is_created_scaled_patched_and_deleted(storage: Storage, api: Any) -> None:
    apps = kubernetes.AppsV1Api(api)
    made = await _call(apps.create_namespaced_stateful_set, "default", stateful_set())
    assert made.spec.update_strategy.rolling_update.partition == 0
    scale = await _call(apps.read_namespaced_stateful_set_scale, "web", "default")
    scale.spec.replicas = 4
    scaled = await _call(apps.replace_namespaced_stateful_set_scale, "web", "default", scale)
    assert scaled.spec.replicas == 4
    image = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "web:2"}]
    patched = await _call(apps.patch_namespaced_stateful_set, "web", "default", image)
    assert (patched.spec.template.spec.containers[0].image, patched.metadata.generation) == ("web:2", 3)
    with pytest.raises(kubernetes.ApiException) as refused:
        await _call(apps.patch_namespaced_stateful_set, "web", "default", {"spec": {"serviceName": "x"}})
    assert refused.value.status == 422
    await _call(apps.delete_namespaced_stateful_set, "web", "default", propagation_policy="Orphan")
    assert (await _call(apps.read_namespaced_stateful_set, "web", "default")).metadata.finalizers == ["orphan"]


async def test_a_pod_is_evicted_and_a_claim_deleted(storage: Storage, api: Any) -> None:
    core = kubernetes.CoreV1Api(api)
    storage.create(PODS, pod(nodeName="n"))
    storage.create(CLAIMS, claim())
    eviction = kubernetes.V1Eviction(metadata=kubernetes.V1ObjectMeta(name="web-0"))
    await _call(core.create_namespaced_pod_eviction, "web-0", "default", eviction)
    assert (await _call(core.read_namespaced_pod, "web-0", "default")).metadata.deletion_timestamp
    gone = await _call(core.delete_namespaced_persistent_volume_claim, "data-web-0", "default")
    assert gone.metadata.finalizers == ["kubernetes.io/pvc-protection"]


async def test_watch_receives_events(storage: Storage, api: Any) -> None:
    core = kubernetes.CoreV1Api(api)
    version = str(storage.resource_version)
    for number in range(3):
        storage.create(PODS, pod(f"web-{number}"))

    def hear() -> list[tuple[str, str]]:
        stream = watch.Watch()
        received = []
        for event in stream.stream(core.list_namespaced_pod, "default", resource_version=version):
            received.append((event["type"], event["object"].metadata.name))
            if len(received) == 3:
                stream.stop()
        return received

    assert await _call(hear) == [("ADDED", "web-0"), ("ADDED", "web-1"), ("ADDED", "web-2")]


async def test_rights_are_reviewed(api: Any) -> None:
    reviews = kubernetes.AuthorizationV1Api(api)
    attributes = kubernetes.V1ResourceAttributes(namespace="default", verb="delete", resource="pods")
    body = kubernetes.V1SelfSubjectAccessReview(
        spec=kubernetes.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    )
    assert (await _call(reviews.create_self_subject_access_review, body)).status.allowed


async def test_version_and_groups_are_served(api: Any) -> None:
    assert (await _call(kubernetes.VersionApi(api).get_code)).git_version == "v1.36.2"
    groups = await _call(kubernetes.ApisApi(api).get_api_versions)
    assert "apps" in [group.name for group in groups.groups]
