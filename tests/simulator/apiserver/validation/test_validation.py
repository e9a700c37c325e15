"""Validation errors beyond those in the recordings."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.feature_gates import Gates
from stsview.simulator.apiserver.resources import (
    BUDGETS,
    CLAIMS,
    CONFIG_MAPS,
    CONTROLLER_REVISIONS,
    PODS,
    STATEFUL_SETS,
    STORAGE_CLASSES,
)
from stsview.simulator.apiserver.storage.storage import Storage
from tests.support.simulator.manifests import claim, config_map, pod, stateful_set

WEB = (STATEFUL_SETS, "default", "web")


def _problems(error: ApiError) -> list[tuple[str, str]]:
    return [(cause["field"], cause["message"]) for cause in error.status["details"]["causes"]]


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"replicas": -1}, "spec.replicas", "Invalid value: -1: must be greater than or equal to 0"),
        ({"minReadySeconds": -1}, "spec.minReadySeconds", "Invalid value: -1: must be greater than or equal to 0"),
        ({"ordinals": {"start": -1}}, "spec.ordinals.start", "Invalid value: -1: must be greater than or equal to 0"),
        (
            {"podManagementPolicy": "Random"},
            "spec.podManagementPolicy",
            "Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'",
        ),
        (
            {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {}}},
            "spec.updateStrategy.rollingUpdate",
            "Invalid value: {\"partition\":0}: only allowed for updateStrategy 'RollingUpdate'",
        ),
        (
            {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Maybe"}},
            "spec.persistentVolumeClaimRetentionPolicy.whenScaled",
            'Unsupported value: "Maybe": supported values: "Delete", "Retain"',
        ),
        ({"selector": None}, "spec.selector", "Required value"),
        ({"selector": {}}, "spec.selector", "Invalid value: {}: empty selector is invalid for statefulset"),
        (
            {"template": {"spec": {}}, "selector": {"matchLabels": {"a": "b"}}},
            "spec.template.spec.containers",
            "Required value",
        ),
    ],
)
def test_stateful_sets(storage: Storage, spec: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        storage.create(STATEFUL_SETS, stateful_set(**spec))
    assert (refused.value.code, refused.value.reason) == (422, "Invalid")
    assert (field, message) in _problems(refused.value)


def test_an_unknown_strategy_is_invalid(storage: Storage) -> None:
    with pytest.raises(ApiError, match="must be 'RollingUpdate' or 'OnDelete'"):
        storage.create(STATEFUL_SETS, stateful_set(updateStrategy={"type": "Recreate"}))


def test_an_explicit_rolling_update_stays_without_its_block(storage: Storage) -> None:
    made = storage.create(STATEFUL_SETS, stateful_set(updateStrategy={"type": "RollingUpdate"}))
    assert made["spec"]["updateStrategy"] == {"type": "RollingUpdate"}


@pytest.mark.parametrize(("gate", "kept"), [(False, {"partition": 0}), (True, {"partition": 0, "maxUnavailable": 2})])
def test_max_unavailable_is_dropped_without_its_gate(storage: Storage, gate: bool, kept: dict[str, int]) -> None:
    gated = Storage(storage.clock, gates=Gates(max_unavailable_stateful_set=gate))
    strategy = {"rollingUpdate": {"maxUnavailable": 2}}
    assert (
        gated.create(STATEFUL_SETS, stateful_set(updateStrategy=strategy))["spec"]["updateStrategy"]["rollingUpdate"]
        == kept
    )


def test_reapplying_an_equal_claim_template_is_no_change(storage: Storage) -> None:
    template = {"metadata": {"name": "data"}, "spec": claim()["spec"]}
    storage.create(STATEFUL_SETS, stateful_set(volumeClaimTemplates=[template]))
    storage.update(STATEFUL_SETS, stateful_set(volumeClaimTemplates=[template], replicas=2))
    template["spec"]["resources"] = {"requests": {"storage": "20Gi"}}
    with pytest.raises(ApiError, match="updates to statefulset spec for fields other than"):
        storage.update(STATEFUL_SETS, stateful_set(volumeClaimTemplates=[template]))


@pytest.mark.parametrize("name", ["Web", "web_1", "-web", "web.", "a" * 254])
def test_names(storage: Storage, name: str) -> None:
    with pytest.raises(ApiError) as refused:
        storage.create(CONFIG_MAPS, config_map(name))
    assert _problems(refused.value)[0][0] == "metadata.name"


def test_names_of_sets_are_labels_and_names_of_config_maps_are_domains(storage: Storage) -> None:
    storage.create(CONFIG_MAPS, config_map("a.b"))
    with pytest.raises(ApiError, match="RFC 1123 label"):
        storage.create(STATEFUL_SETS, stateful_set("a.b"))


def test_an_object_needs_a_name(storage: Storage) -> None:
    with pytest.raises(ApiError, match="name or generateName is required"):
        storage.create(CONFIG_MAPS, {"metadata": {"namespace": "default"}})


def test_long_set_names_fail_when_their_pods_are_labelled(storage: Storage) -> None:
    with pytest.raises(ApiError, match="must be no more than 63 bytes"):
        storage.create(PODS, pod(labels={"controller-revision-hash": "x" * 64}))
    with pytest.raises(ApiError, match="a valid label must be"):
        storage.create(PODS, pod(labels={"app": "-"}))


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"containers": []}, "spec.containers"),
        ({"containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]}, "spec.containers[1].name"),
        ({"containers": [{"name": "a"}]}, "spec.containers[0].image"),
        ({"containers": [{"name": "A", "image": "x"}]}, "spec.containers[0].name"),
        (
            {"containers": [{"name": "a", "image": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]},
            "spec.containers[0].volumeMounts[0].name",
        ),
        ({"subdomain": "not.a.label"}, "spec.subdomain"),
        ({"terminationGracePeriodSeconds": -3}, "spec.terminationGracePeriodSeconds"),
        ({"restartPolicy": "Sometimes"}, "spec.restartPolicy"),
    ],
)
def test_pods(storage: Storage, spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ApiError) as refused:
        storage.create(PODS, pod(**spec))
    assert field in [problem[0] for problem in _problems(refused.value)]


def test_a_pods_image_is_mutable_and_its_volumes_are_not(storage: Storage) -> None:
    storage.create(PODS, pod())
    where = (PODS, "default", "web-0")
    storage.modify(*where, lambda one: one["spec"]["containers"][0].update(image="web:2"))
    with pytest.raises(ApiError, match="pod updates may not change fields other than"):
        storage.modify(*where, lambda one: one["spec"].update(volumes=[]))


@pytest.mark.parametrize(
    ("spec", "field"),
    [({"accessModes": []}, "spec.accessModes"), ({"resources": {}}, "spec.resources[storage]")],
)
def test_claims(storage: Storage, spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ApiError) as refused:
        storage.create(CLAIMS, claim(**spec))
    assert _problems(refused.value)[0][0] == field


def _bind(storage: Storage) -> None:
    where = (CLAIMS, "default", "data-web-0")
    storage.modify(*where, lambda one: one["spec"].update(volumeName="pv-1"))
    status = {"phase": "Bound", "capacity": {"storage": "10Gi"}}
    storage.modify(*where, lambda one: one.update(status=status), subresource="status")


@pytest.mark.parametrize(("expandable", "code"), [(True, 0), (False, 403), (None, 403)])
def test_a_bound_claim_can_grow_only_if_its_class_allows(storage: Storage, expandable: bool | None, code: int) -> None:
    if expandable is not None:
        storage.create(
            STORAGE_CLASSES, {"metadata": {"name": "c"}, "provisioner": "p", "allowVolumeExpansion": expandable}
        )
    storage.create(CLAIMS, claim(storageClassName="c"))
    _bind(storage)

    def grow() -> None:
        storage.modify(
            CLAIMS,
            "default",
            "data-web-0",
            lambda one: one["spec"].update(resources={"requests": {"storage": "11Gi"}}),
        )

    if not code:
        grow()
        return
    with pytest.raises(ApiError, match="only dynamically provisioned pvc can be resized") as refused:
        grow()
    assert refused.value.code == code


def test_claim_fields_are_set_once_by_the_binder(storage: Storage) -> None:
    storage.create(CLAIMS, claim(storageClassName="c"))
    _bind(storage)
    for change in ({"volumeName": "pv-2"}, {"storageClassName": "d"}, {"accessModes": ["ReadWriteMany"]}):
        current = storage.get(CLAIMS, "default", "data-web-0")
        with pytest.raises(ApiError, match="spec is immutable after creation") as refused:
            storage.update(CLAIMS, {**current, "spec": {**current["spec"], **change}})
        assert refused.value.code == 422


def test_an_unbound_claim_cannot_grow(storage: Storage) -> None:
    storage.create(CLAIMS, claim())
    with pytest.raises(ApiError, match="spec is immutable after creation"):
        storage.modify(
            CLAIMS,
            "default",
            "data-web-0",
            lambda one: one["spec"].update(resources={"requests": {"storage": "11Gi"}}),
        )


def test_a_budget_has_either_min_available_or_max_unavailable(storage: Storage) -> None:
    body = {"metadata": {"name": "b", "namespace": "default"}, "spec": {"minAvailable": 1, "maxUnavailable": 1}}
    with pytest.raises(ApiError, match="cannot be both set"):
        storage.create(BUDGETS, body)


def test_revision_data_is_immutable_and_its_number_is_not(storage: Storage) -> None:
    body = {"metadata": {"name": "web-1", "namespace": "default"}, "data": {"spec": {}}, "revision": 1}
    storage.create(CONTROLLER_REVISIONS, body)
    where = (CONTROLLER_REVISIONS, "default", "web-1")
    storage.modify(*where, lambda one: one.update(revision=2))
    with pytest.raises(ApiError, match="field is immutable"):
        storage.modify(*where, lambda one: one.update(data={}))


def test_all_problems_are_reported_at_once(storage: Storage) -> None:
    with pytest.raises(ApiError) as refused:
        storage.create(STATEFUL_SETS, stateful_set(replicas=-1, minReadySeconds=-1))
    assert str(refused.value).startswith('StatefulSet.apps "web" is invalid: [')
    assert len(_problems(refused.value)) == 2
