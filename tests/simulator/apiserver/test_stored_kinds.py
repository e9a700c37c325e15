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


DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "services.db.example.com"},
    "spec": {
        "group": "db.example.com",
        "names": {"plural": "services", "kind": "Service", "shortNames": ["dbs"]},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}],
    },
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CUSTOM = "/apis/db.example.com/v1/namespaces/default/services"


async def test_a_definition_serves_its_kind_until_it_is_deleted(client: Client) -> None:
    """Also a kind that has the name of a built-in one."""
    assert (await client("GET", CUSTOM)).text == "404 page not found\n"
    assert (await client("POST", DEFINITIONS, DEFINITION)).code == 201
    status = (await client("GET", f"{DEFINITIONS}/services.db.example.com")).json["status"]
    assert [one["type"] for one in status["conditions"]] == ["NamesAccepted", "Established"]
    groups = (await client("GET", "/apis")).json["groups"]
    assert "db.example.com" in [one["name"] for one in groups]
    [listed, of_status] = (await client("GET", "/apis/db.example.com/v1")).json["resources"]
    assert (listed["kind"], listed["shortNames"], of_status["name"]) == ("Service", ["dbs"], "services/status")
    assert (await client("GET", "/openapi/v3/apis/db.example.com/v1")).code == 200

    one = {"apiVersion": "db.example.com/v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"size": 3}}
    async with client.watch(f"{CUSTOM}?watch=1") as stream:
        created = await client("POST", f"{CUSTOM}?fieldValidation=Strict", {**one, "status": {"phase": "Up"}})
        assert (created.code, created.json["spec"]) == (201, {"size": 3})
        assert "status" not in created.json
        assert await stream.next_events(1) == [("ADDED", "a")]
    table = (await client("GET", CUSTOM, accept="application/json;as=Table;g=meta.k8s.io;v=v1")).json
    assert [one["name"] for one in table["columnDefinitions"]] == ["Name", "Age"]
    merge = "application/merge-patch+json"
    changed = await client("PATCH", f"{CUSTOM}/a/status", {"status": {"phase": "Up"}}, content_type=merge)
    assert (changed.json["status"], changed.json["metadata"]["generation"]) == ({"phase": "Up"}, 1)
    assert (await client("GET", "/api/v1/namespaces/default/services")).json["items"] == []

    await client("DELETE", f"{DEFINITIONS}/services.db.example.com")
    assert (await client("GET", CUSTOM)).code == 404
    await client("POST", DEFINITIONS, DEFINITION)
    assert (await client("GET", CUSTOM)).json["items"] == []


async def test_an_incomplete_definition_serves_nothing(client: Client) -> None:
    incomplete = {**DEFINITION, "spec": {"group": "db.example.com"}}
    assert (await client("POST", DEFINITIONS, incomplete)).code == 201
    assert (await client("GET", CUSTOM)).code == 404
