"""Field sets, and the ownership of fields by managers."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.simulator.apiserver.resources import STATEFUL_SETS
from stsview.simulator.apiserver.storage.field_sets import (
    FieldSet,
    difference,
    fields_of,
    intersect,
    members,
    subtract,
    union,
)
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import stateful_set

NOTHING: frozenset[str] = frozenset()
WEB = (STATEFUL_SETS, "default", "web")


def _members(fields: FieldSet) -> set[tuple[str, ...]]:
    return set(members(fields))


_trees: st.SearchStrategy[FieldSet] = st.recursive(
    st.just({}),
    lambda below: st.dictionaries(st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', "."]), below, max_size=3).map(
        lambda tree: {key: ({} if key == "." else child) for key, child in tree.items()}
    ),
    max_leaves=8,
).map(lambda tree: {key: child for key, child in tree.items() if key != "."})


@given(_trees, _trees)
@settings(max_examples=150)
def test_set_operations(one: FieldSet, other: FieldSet) -> None:
    left, right = _members(one), _members(other)
    assert _members(union(one, other)) == left | right
    assert _members(subtract(one, other)) == left - right
    assert _members(intersect(one, other)) == left & right


def test_a_difference_lists_added_changed_and_removed_fields() -> None:
    written, removed = difference(
        {"spec": {"replicas": 1, "old": {"x": 1}}}, {"spec": {"replicas": 2, "new": {"y": 1}}}, ignored=NOTHING
    )
    assert written == {"f:spec": {"f:replicas": {}, "f:new": {".": {}, "f:y": {}}}}
    assert removed == {"f:spec": {"f:old": {".": {}, "f:x": {}}}}


def test_equal_objects_and_server_metadata_do_not_differ() -> None:
    one = {"metadata": {"name": "a", "resourceVersion": "1", "labels": {"x": "1"}}}
    other = {"metadata": {"name": "a", "resourceVersion": "2", "labels": {"x": "1"}}}
    assert difference(one, other, ignored=NOTHING) == ({}, {})


def test_lists_are_atomic_unless_their_type_has_keys() -> None:
    fields = fields_of(
        {
            "metadata": {"finalizers": ["f"]},
            "spec": {
                "tolerations": [{"key": "a"}],
                "template": {"spec": {"containers": [{"name": "c", "args": ["x"]}]}},
            },
        },
        ignored=NOTHING,
    )
    assert fields["f:metadata"] == {"f:finalizers": {".": {}, 'v:"f"': {}}}
    assert fields["f:spec"]["f:tolerations"] == {}
    containers = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert containers == {'k:{"name":"c"}': {".": {}, "f:name": {}, "f:args": {}}}


def _owners(storage: Storage, *path: str) -> list[str]:
    owners = []
    for entry in storage.get(*WEB)["metadata"]["managedFields"]:
        node: Any = entry["fieldsV1"]
        for name in path:
            node = node.get(f"f:{name}") if node is not None else None
        if node is not None:
            owners.append(entry["manager"])
    return owners


def test_managed_fields_show_who_changed_replicas_and_template(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, stateful_set(), manager="kubectl-client-side-apply")
    assert _owners(storage, "spec", "replicas") == ["kubectl-client-side-apply"]
    storage.modify(*WEB, lambda one: one["spec"].update(replicas=4), subresource="scale", manager="autoscaler")
    storage.modify(
        *WEB,
        lambda one: one["spec"]["template"]["metadata"].update(annotations={"kubectl.kubernetes.io/restartedAt": "x"}),
        manager="kubectl-rollout",
    )
    assert _owners(storage, "spec", "replicas") == ["autoscaler"]
    assert _owners(storage, "spec", "template") == ["kubectl-client-side-apply", "kubectl-rollout"]
    entries = {entry["manager"]: entry for entry in storage.get(*WEB)["metadata"]["managedFields"]}
    assert entries["autoscaler"]["subresource"] == "scale"
    assert [name for name, entry in entries.items() if "time" not in entry] == ["autoscaler"]
    assert "f:replicas" not in entries["kubectl-client-side-apply"]["fieldsV1"]["f:spec"]


def test_writing_an_equal_value_does_not_change_ownership(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, stateful_set(replicas=4), manager="first")
    storage.modify(*WEB, lambda one: one["metadata"].update(labels={"a": "b"}), manager="second")
    storage.modify(
        *WEB,
        lambda one: one["spec"].update(replicas=4) or one["metadata"]["labels"].update(c="d"),
        manager="second",
    )
    assert _owners(storage, "spec", "replicas") == ["first"]


def test_a_manager_without_fields_is_dropped(storage: Storage) -> None:
    storage.create(STATEFUL_SETS, stateful_set(), manager="first")
    storage.modify(*WEB, lambda one: one["metadata"].update(labels={"a": "b"}), manager="second")
    storage.modify(*WEB, lambda one: one["metadata"].pop("labels"), manager="third")
    managers = [entry["manager"] for entry in storage.get(*WEB)["metadata"]["managedFields"]]
    assert managers == ["first"]
