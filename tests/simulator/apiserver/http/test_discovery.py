"""Discovery: both forms list everything that is served."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.resources import REGISTRY, Kinds, Resource
from tests.support.simulator.client import Client

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


def _base(resource: Resource) -> str:
    return f"/apis/{resource.group}/{resource.version}" if resource.group else "/api/v1"


@pytest.mark.parametrize("resource", REGISTRY, ids=lambda resource: resource.plural)
async def test_every_kind_and_subresource_is_listed_and_served(client: Client, resource: Resource) -> None:
    listed = (await client("GET", _base(resource))).json
    assert listed["kind"] == "APIResourceList"
    entries = {entry["name"]: entry for entry in listed["resources"]}
    own = entries[resource.plural]
    assert (own["kind"], own["namespaced"]) == (resource.kind, resource.namespaced)
    assert own.get("shortNames", []) == list(resource.short_names)
    for name in resource.subresources:
        assert f"{resource.plural}/{name}" in entries
    assert (await client("GET", f"{_base(resource)}/{resource.plural}")).json["kind"] == f"{resource.kind}List"


async def test_aggregated_discovery_matches_classic_discovery(client: Client) -> None:
    found: set[tuple[str, str, str]] = set()
    subresources: dict[str, list[str]] = {}
    for path in ("/api", "/apis"):
        answer = await client("GET", path, accept=AGGREGATED)
        assert "as=APIGroupDiscoveryList" in answer.headers["content-type"]
        for group in answer.json["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                for resource in version["resources"]:
                    found.add((name, version["version"], resource["resource"]))
                    subresources[resource["resource"]] = [
                        one["subresource"] for one in resource.get("subresources", ())
                    ]
    assert {(one.group, one.version, one.plural) for one in REGISTRY} <= found
    assert ("authorization.k8s.io", "v1", "selfsubjectaccessreviews") in found
    assert set(subresources["pods"]) == {"status", "log", "eviction", "binding", "exec", "portforward"}


async def test_groups_are_listed_in_the_classic_form(client: Client) -> None:
    assert (await client("GET", "/api")).json["versions"] == ["v1"]
    groups = {group["name"]: group for group in (await client("GET", "/apis")).json["groups"]}
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    one: dict[str, Any] = (await client("GET", "/apis/apps")).json
    assert (one["kind"], one["name"]) == ("APIGroup", "apps")
    assert (await client("GET", "/apis/unicorns")).code == 404


def test_kinds_are_looked_up_by_path_and_by_kind() -> None:
    for resource in REGISTRY:
        assert Kinds().by_path(resource.group, resource.version, resource.plural) is resource
        assert Kinds().by_kind(resource.api_version, resource.kind) is resource
    assert Kinds().by_kind("v9", "Pod") is None
