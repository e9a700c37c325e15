"""The four kinds of PATCH."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.patches import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, patched
from stsview.simulator.apiserver.handlers.strategic_merge import strategic_merge

OBJECT: dict[str, Any] = {
    "metadata": {"name": "a", "labels": {"x": "1"}, "finalizers": ["one", "two"]},
    "spec": {
        "replicas": 3,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
        "tolerations": [{"key": "a"}, {"key": "b"}],
        "template": {
            "spec": {
                "containers": [
                    {"name": "zk", "image": "zk:1", "ports": [{"containerPort": 1}, {"containerPort": 2}]},
                    {"name": "side", "image": "s:1"},
                ]
            }
        },
    },
}


def _patched(patch_type: str, patch: Any) -> dict[str, Any]:
    before = json.dumps(OBJECT)
    result = patched(OBJECT, patch_type, json.dumps(patch).encode())
    assert json.dumps(OBJECT) == before, "the current object does not change"
    return result


def _strategic(patch: dict[str, Any]) -> dict[str, Any]:
    return strategic_merge(json.loads(json.dumps(OBJECT)), patch)


def _names(result: dict[str, Any]) -> list[str]:
    return [one["name"] for one in result["spec"]["template"]["spec"]["containers"]]


def test_json_patch_with_a_passing_test() -> None:
    result = _patched(
        JSON_PATCH,
        [
            {"op": "test", "path": "/spec/replicas", "value": 3},
            {"op": "replace", "path": "/spec/replicas", "value": 4},
            {"op": "remove", "path": "/metadata/finalizers/0"},
        ],
    )
    assert result["spec"]["replicas"] == 4
    assert result["metadata"]["finalizers"] == ["two"]


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "test", "path": "/spec/replicas", "value": 9}],
        [{"op": "remove", "path": "/spec/nothing/there"}],
        [{"op": "replace", "path": "/metadata/finalizers/9", "value": "x"}],
    ],
)
def test_json_patches_that_do_not_apply_get_one_opaque_answer(patch: list[dict[str, Any]]) -> None:
    with pytest.raises(ApiError) as refused:
        _patched(JSON_PATCH, patch)
    assert refused.value.code == 422
    assert str(refused.value) == "the server rejected our request due to an error in our request"


@pytest.mark.parametrize(
    ("patch_type", "body"),
    [(JSON_PATCH, b"{"), (JSON_PATCH, b'[{"op":"jump"}]'), (MERGE_PATCH, b"[1]"), (STRATEGIC_MERGE_PATCH, b'"x"')],
)
def test_an_invalid_patch_is_a_bad_request(patch_type: str, body: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        patched(OBJECT, patch_type, body)
    assert refused.value.code == 400


def test_an_unknown_patch_type_is_unsupported() -> None:
    with pytest.raises(ApiError) as refused:
        patched(OBJECT, "text/plain", b"{}")
    assert refused.value.code == 415


def test_merge_patch_replaces_lists_and_removes_nulls() -> None:
    result = _patched(MERGE_PATCH, {"metadata": {"labels": {"x": None, "y": "2"}}, "spec": {"tolerations": []}})
    assert result["metadata"]["labels"] == {"y": "2"}
    assert result["spec"]["tolerations"] == []
    assert result["spec"]["replicas"] == 3


def test_strategic_merge_merges_lists_by_their_keys() -> None:
    result = _strategic(
        {
            "spec": {
                "template": {
                    "spec": {
                        "containers": [
                            {"name": "zk", "image": "zk:2", "ports": [{"containerPort": 2, "name": "two"}]},
                            {"name": "new", "image": "n:1"},
                        ]
                    }
                }
            }
        }
    )
    assert _names(result) == ["zk", "side", "new"]
    zk = result["spec"]["template"]["spec"]["containers"][0]
    assert zk == {"name": "zk", "image": "zk:2", "ports": [{"containerPort": 1}, {"containerPort": 2, "name": "two"}]}


def test_strategic_merge_replaces_lists_without_a_key() -> None:
    assert _strategic({"spec": {"tolerations": [{"key": "c"}]}})["spec"]["tolerations"] == [{"key": "c"}]


def test_directives_delete_and_replace() -> None:
    gone = {"spec": {"template": {"spec": {"containers": [{"$patch": "delete", "name": "side"}]}}}}
    assert _names(_strategic(gone)) == ["zk"]
    only = {"spec": {"template": {"spec": {"containers": [{"name": "x"}, {"$patch": "replace"}]}}}}
    assert _names(_strategic(only)) == ["x"]
    replaced = _strategic({"spec": {"strategy": {"$patch": "replace", "type": "OnDelete"}}})
    assert replaced["spec"]["strategy"] == {"type": "OnDelete"}
    assert _strategic({"spec": {"strategy": {"$patch": "delete"}}})["spec"]["strategy"] == {}


def test_retain_keys_drops_other_keys() -> None:
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "OnDelete"}}}
    assert _strategic(patch)["spec"]["strategy"] == {"type": "OnDelete"}


def test_primitive_lists_are_merged_and_reduced() -> None:
    added = _strategic({"metadata": {"finalizers": ["two", "three"]}})
    assert added["metadata"]["finalizers"] == ["one", "two", "three"]
    thinned = _strategic({"metadata": {"$deleteFromPrimitiveList/finalizers": ["one"]}})
    assert thinned["metadata"]["finalizers"] == ["two"]


def test_set_element_order() -> None:
    order = [{"name": "side"}, {"name": "zk"}]
    patch = {
        "spec": {
            "template": {
                "spec": {"$setElementOrder/containers": order, "containers": [{"name": "zk", "image": "zk:2"}]}
            }
        }
    }
    assert _names(_strategic(patch)) == ["side", "zk"]
    alone = {"spec": {"template": {"spec": {"$setElementOrder/containers": order}}}}
    assert _names(_strategic(alone)) == ["side", "zk"]


def test_an_item_without_its_key_and_an_unknown_directive_are_bad_requests() -> None:
    for patch in (
        {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
        {"spec": {"$patch": "explode"}},
    ):
        with pytest.raises(ApiError) as refused:
            _strategic(patch)
        assert refused.value.code == 400
