"""Server-side apply."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.handlers.patches import APPLY_PATCH
from stsview.simulator.apiserver.resources import CONFIG_MAPS, STATEFUL_SETS
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.client import Answer, Client
from tests.support.simulator.manifests import config_map, stateful_set

SETS = "/apis/apps/v1/namespaces/default/statefulsets"
MAPS = "/api/v1/namespaces/default/configmaps"


async def _apply(client: Client, path: str, body: Any, manager: str = "ci", **query: str) -> Answer:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return await client("PATCH", f"{path}?fieldManager={manager}&{text}", body, content_type=APPLY_PATCH)


def _owners(answer: Answer) -> dict[str, str]:
    return {entry["manager"]: entry["operation"] for entry in answer.json["metadata"]["managedFields"]}


def _map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


async def test_the_first_apply_creates_the_object_and_owns_its_fields(client: Client) -> None:
    made = await _apply(client, f"{SETS}/web", stateful_set())
    assert made.code == 201
    assert _owners(made) == {"ci": "Apply"}
    fields = made.json["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert "f:replicas" not in fields
    assert made.json["spec"]["replicas"] == 1, "defaults are set, and have no manager"
    again = await _apply(client, f"{SETS}/web", stateful_set())
    assert again.code == 200
    assert again.json["metadata"]["resourceVersion"] == made.json["metadata"]["resourceVersion"]


async def test_a_field_of_another_manager_conflicts_unless_forced(client: Client, storage: Storage) -> None:
    await _apply(client, f"{SETS}/web", stateful_set(replicas=2))
    storage.modify(
        STATEFUL_SETS, "default", "web", lambda one: one["spec"].update(replicas=5), subresource="scale", manager="hpa"
    )
    refused = await _apply(client, f"{SETS}/web", stateful_set(replicas=2))
    assert (refused.code, refused.json["reason"]) == (409, "Conflict")
    assert refused.json["message"] == (
        'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas'
    )
    forced = await _apply(client, f"{SETS}/web", stateful_set(replicas=2), force="true")
    assert forced.json["spec"]["replicas"] == 2
    assert _owners(forced) == {"ci": "Apply"}


async def test_equal_values_are_owned_by_both_managers(client: Client) -> None:
    await _apply(client, f"{MAPS}/a", _map(k="v"))
    shared = await _apply(client, f"{MAPS}/a", _map(k="v"), manager="other")
    assert shared.code == 200
    assert _owners(shared) == {"ci": "Apply", "other": "Apply"}
    left = await _apply(client, f"{MAPS}/a", _map(), manager="other")
    assert left.json["data"] == {"k": "v"}, "the first manager still owns it"


async def test_omitted_fields_are_removed_if_no_other_manager_owns_them(client: Client, storage: Storage) -> None:
    await _apply(client, f"{MAPS}/a", _map(ours="1", also="2"))
    storage.modify(CONFIG_MAPS, "default", "a", lambda one: one["data"].update(theirs="3"), manager="other")
    answer = await _apply(client, f"{MAPS}/a", _map(also="2"))
    assert answer.json["data"] == {"also": "2", "theirs": "3"}


async def test_list_items_are_merged_and_removed_by_their_keys(client: Client, storage: Storage) -> None:
    def containers(*names: str) -> dict[str, Any]:
        body = stateful_set()
        body["spec"]["template"]["spec"]["containers"] = [{"name": name, "image": f"{name}:1"} for name in names]
        return body

    def inject(one: dict[str, Any]) -> None:
        one["spec"]["template"]["spec"]["containers"].append({"name": "injected", "image": "i:1"})

    await _apply(client, f"{SETS}/web", containers("main", "side"))
    storage.modify(STATEFUL_SETS, "default", "web", inject, manager="mesh")
    answer = await _apply(client, f"{SETS}/web", containers("main"))
    names = [one["name"] for one in answer.json["spec"]["template"]["spec"]["containers"]]
    assert names == ["main", "injected"]


async def test_several_conflicts_are_listed_by_owner(client: Client, storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a", {"x": "1", "y": "1"}), manager="first")
    refused = await _apply(client, f"{MAPS}/a", _map(x="2", y="2"))
    assert refused.json["message"] == (
        'Apply failed with 2 conflicts: conflicts with "first" using v1:\n- .data.x\n- .data.y'
    )
    assert [cause["field"] for cause in refused.json["details"]["causes"]] == [".data.x", ".data.y"]


@pytest.mark.parametrize(
    ("body", "query", "code"),
    [
        (_map(), "", 422),
        ({**_map(), "metadata": {"name": "a", "managedFields": []}}, "fieldManager=ci", 400),
        ({**_map(), "metadata": {"name": "b"}}, "fieldManager=ci", 400),
        ({**_map(), "nonsense": 1}, "fieldManager=ci", 500),
        ({**_map(), "data": []}, "fieldManager=ci", 400),
    ],
)
async def test_invalid_applies_are_refused(client: Client, body: dict[str, Any], query: str, code: int) -> None:
    answer = await client("PATCH", f"{MAPS}/a?{query}", body, content_type=APPLY_PATCH)
    assert answer.code == code


async def test_a_dry_run_applies_nothing(client: Client, storage: Storage) -> None:
    assert (await _apply(client, f"{MAPS}/a", _map(), dryRun="All")).code == 201
    assert storage.find(CONFIG_MAPS, "default", "a") is None
