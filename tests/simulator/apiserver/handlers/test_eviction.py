"""Evictions and budgets, bindings, and the scale subresource."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import BUDGETS, NODES, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.binding import bind
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client
from tests.support.simulator.manifests import pod, stateful_set

POD = (PODS, "default", "web-0")
EVICTION = "/api/v1/namespaces/default/pods/web-0/eviction"
SCALE = "/apis/apps/v1/namespaces/default/statefulsets/web/scale"


def _pod(storage: Storage, *, ready: bool = True, phase: str = "Running") -> None:
    storage.create(PODS, pod(labels={"app": "web"}, nodeName="n"))
    conditions = [{"type": "Ready", "status": str(ready)}]
    storage.modify(*POD, lambda one: one["status"].update(phase=phase, conditions=conditions), subresource="status")


def _budget(storage: Storage, name: str = "b", allowed: int = 1, healthy: int = 2, **spec: Any) -> None:
    selector = {"matchLabels": {"app": "web"}}
    body = {"metadata": {"name": name, "namespace": "default"}, "spec": {"selector": selector, **spec}}
    storage.create(BUDGETS, body)
    status = {
        "observedGeneration": 1,
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": 1,
        "expectedPods": 2,
        "conditions": [{"type": "DisruptionAllowed", "status": "True", "reason": "SufficientPods"}],
    }
    storage.modify(BUDGETS, "default", name, lambda one: one.update(status=status), subresource="status")


def _status(storage: Storage) -> dict[str, Any]:
    status: dict[str, Any] = storage.get(BUDGETS, "default", "b")["status"]
    return status


def test_an_eviction_uses_the_budget_and_deletes_the_pod(storage: Storage) -> None:
    _pod(storage)
    _budget(storage)
    evict(storage, "default", "web-0")
    condition = _status(storage)["conditions"][0]
    assert (_status(storage)["disruptionsAllowed"], condition["status"], condition["reason"]) == (
        0,
        "False",
        "InsufficientPods",
    )
    assert _status(storage)["disruptedPods"] == {"web-0": "2026-01-01T00:00:00Z"}
    gone = storage.get(*POD)
    assert "deletionTimestamp" in gone["metadata"]
    target = next(one for one in gone["status"]["conditions"] if one["type"] == "DisruptionTarget")
    assert (target["status"], target["reason"]) == ("True", "EvictionByEvictionAPI")


def test_a_dry_run_checks_the_budget_without_using_it(storage: Storage) -> None:
    _pod(storage)
    _budget(storage)
    evict(storage, "default", "web-0", {"dry_run": True})
    assert _status(storage)["disruptionsAllowed"] == 1
    assert "deletionTimestamp" not in storage.get(*POD)["metadata"]
    storage.modify(
        BUDGETS, "default", "b", lambda one: one["status"].update(disruptionsAllowed=0), subresource="status"
    )
    with pytest.raises(ApiError) as refused:
        evict(storage, "default", "web-0", {"dry_run": True})
    assert refused.value.code == 429


def test_a_budget_that_is_not_observed_refuses_evictions(storage: Storage) -> None:
    _pod(storage)
    _budget(storage)
    storage.modify(BUDGETS, "default", "b", lambda one: one["spec"].update(minAvailable=1))
    with pytest.raises(ApiError) as refused:
        evict(storage, "default", "web-0")
    cause = refused.value.status["details"]["causes"][0]["message"]
    assert cause == "The disruption budget b is still being processed by the server."


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_pods_that_do_not_run_are_evicted_without_budget(storage: Storage, phase: str) -> None:
    _pod(storage, phase=phase)
    _budget(storage, allowed=0)
    evict(storage, "default", "web-0")
    assert _status(storage)["disruptionsAllowed"] == 0


@pytest.mark.parametrize(
    ("healthy", "spec", "code"),
    [(1, {}, 0), (0, {}, 429), (0, {"unhealthyPodEvictionPolicy": "AlwaysAllow"}, 0)],
)
def test_unready_pods_are_evicted_if_enough_are_healthy_or_the_policy_allows(
    storage: Storage, healthy: int, spec: dict[str, Any], code: int
) -> None:
    _pod(storage, ready=False)
    _budget(storage, allowed=0, healthy=healthy, **spec)
    if not code:
        evict(storage, "default", "web-0")
        assert "deletionTimestamp" in storage.get(*POD)["metadata"]
        return
    with pytest.raises(ApiError) as refused:
        evict(storage, "default", "web-0")
    assert refused.value.code == code


def test_without_a_budget_every_eviction_is_allowed(storage: Storage) -> None:
    _pod(storage)
    evict(storage, "default", "web-0", {"grace_seconds": 0})
    assert storage.find(*POD) is None


async def test_evictions_carry_preconditions_and_grace_period(storage: Storage, client: Client) -> None:
    _pod(storage)
    version = storage.get(*POD)["metadata"]["resourceVersion"]
    body = {
        "kind": "Eviction",
        "metadata": {"name": "web-0"},
        "deleteOptions": {"gracePeriodSeconds": 3, "preconditions": {"resourceVersion": version}},
    }
    assert (await client("POST", EVICTION, body)).code == 201
    assert storage.get(*POD)["metadata"]["deletionGracePeriodSeconds"] == 3


async def test_evictions_check_the_pod_name_and_their_own_permission(storage: Storage, client: Client) -> None:
    _pod(storage)
    other = await client("POST", EVICTION, {"metadata": {"name": "web-1"}})
    assert (other.code, other.json["message"]) == (400, "name in URL does not match name in Eviction object")
    assert (await client("POST", EVICTION, {}, user="viewer")).code == 403
    assert (await client("GET", EVICTION)).code == 405
    assert (await client("POST", EVICTION, {}, user="editor")).code == 201


def test_a_binding_sets_node_zone_and_condition_in_one_write(storage: Storage) -> None:
    storage.create(NODES, {"metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "a"}}})
    storage.create(PODS, pod())
    version = storage.resource_version
    bound = bind(storage, "default", "web-0", "n1")
    assert storage.resource_version == version + 1
    assert bound["spec"]["nodeName"] == "n1"
    assert bound["metadata"]["labels"]["topology.kubernetes.io/zone"] == "a"
    assert bound["status"]["conditions"][0]["type"] == "PodScheduled"
    with pytest.raises(ApiError, match='already assigned to node "n1"'):
        bind(storage, "default", "web-0", "n2")


async def test_a_node_is_only_assigned_by_binding(storage: Storage, client: Client) -> None:
    storage.create(PODS, pod())
    path = "/api/v1/namespaces/default/pods/web-0"
    merge = "application/merge-patch+json"
    refused = await client("PATCH", path, {"spec": {"nodeName": "n1"}}, content_type=merge)
    assert refused.code == 422
    assert "pod updates may not change fields other than" in refused.json["message"]
    body = {"kind": "Binding", "target": {"kind": "Node", "name": "n1"}}
    assert (await client("POST", f"{path}/binding", body)).code == 201
    assert storage.get(*POD)["spec"]["nodeName"] == "n1"
    assert (await client("POST", f"{path}/binding", {"target": {}})).code == 400


async def test_get_put_and_patch_of_a_scale(storage: Storage, client: Client) -> None:
    storage.create(STATEFUL_SETS, stateful_set(replicas=2))
    scale = (await client("GET", SCALE)).json
    assert (scale["spec"], scale["status"]["selector"]) == ({"replicas": 2}, "app=web")
    scale["spec"]["replicas"] = 3
    replaced = await client("PUT", SCALE, scale)
    assert (replaced.code, replaced.json["spec"]) == (200, {"replicas": 3})
    assert (await client("PUT", SCALE, scale)).code == 409, "the version has changed"
    patch = [
        {"op": "test", "path": "/metadata/uid", "value": scale["metadata"]["uid"]},
        {"op": "test", "path": "/spec/replicas", "value": 3},
        {"op": "replace", "path": "/spec/replicas", "value": 0},
    ]
    patched = await client("PATCH", SCALE, patch, content_type="application/json-patch+json")
    assert (patched.code, patched.json["spec"]) == (200, {})
    assert storage.get(STATEFUL_SETS, "default", "web")["spec"]["replicas"] == 0
    missed = await client("PATCH", SCALE, patch, content_type="application/json-patch+json")
    assert missed.code == 422


async def test_a_scale_with_another_uid_conflicts(storage: Storage, client: Client) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    body = {"metadata": {"name": "web", "uid": "another"}, "spec": {"replicas": 3}}
    assert (await client("PUT", SCALE, body)).code == 409
    assert (await client("PATCH", SCALE, body, content_type="application/merge-patch+json")).code == 409


async def test_a_dry_run_scales_nothing(storage: Storage, client: Client) -> None:
    storage.create(STATEFUL_SETS, stateful_set())
    merge = "application/merge-patch+json"
    answer = await client("PATCH", f"{SCALE}?dryRun=All", {"spec": {"replicas": 9}}, content_type=merge)
    assert answer.json["spec"] == {"replicas": 9}
    assert storage.get(STATEFUL_SETS, "default", "web")["spec"]["replicas"] == 1
