"""Kinds that are stored and served without a controller, so that a chart can be applied whole."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.resources import STORED, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Client


def collection(resource: Resource) -> str:
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    return f"{root}/namespaces/default/{resource.plural}" if resource.namespaced else f"{root}/{resource.plural}"


def manifest(resource: Resource, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": "one"}, **fields}


@pytest.mark.parametrize("resource", STORED, ids=lambda resource: resource.plural)
async def test_each_kind_is_created_listed_labelled_and_deleted(client: Client, resource: Resource) -> None:
    path = collection(resource)
    created = await client("POST", path, manifest(resource))
    assert (created.code, created.json["kind"]) == (201, resource.kind), created.text
    assert [one["metadata"]["name"] for one in (await client("GET", path)).json["items"]] == ["one"]
    patch = {"metadata": {"labels": {"app": "x"}}}
    changed = await client("PATCH", f"{path}/one", patch, content_type="application/merge-patch+json")
    assert changed.json["metadata"]["labels"] == {"app": "x"}
    assert (await client("DELETE", f"{path}/one")).code == 200
    assert (await client("GET", f"{path}/one")).code == 404


async def test_built_in_kinds_are_strict_and_custom_kinds_keep_every_field(client: Client) -> None:
    role, monitor = (next(one for one in STORED if one.kind == kind) for kind in ("Role", "ServiceMonitor"))
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    strict = "?fieldValidation=Strict"
    assert (await client("POST", collection(role) + strict, manifest(role, rules=rules))).json["rules"] == rules
    answer = await client("POST", collection(role) + strict, manifest(role, spec={}))
    assert answer.code == 400
    assert 'unknown field "spec"' in answer.json["message"]
    spec = {"endpoints": [{"port": "metrics", "honorLabels": False}]}
    assert (await client("POST", collection(monitor) + strict, manifest(monitor, spec=spec))).json["spec"] == spec


async def test_a_custom_kind_counts_generations(client: Client, storage: Storage) -> None:
    monitor = next(one for one in STORED if one.kind == "ServiceMonitor")
    await client("POST", collection(monitor), manifest(monitor, spec={"endpoints": []}))
    path = f"{collection(monitor)}/one"
    await client("PATCH", path, {"spec": {"jobLabel": "x"}}, content_type="application/merge-patch+json")
    assert storage.get(monitor, "default", "one")["metadata"]["generation"] == 2
