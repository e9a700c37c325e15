"""Decoding of JSON into structs, and rejection of invalid objects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS, ENDPOINT_SLICES, PODS, SERVICES, STATEFULSETS, WATCHED, Kind
from stsview.objects.meta import Malformed, decode
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet

SET = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {
        "name": "web",
        "namespace": "default",
        "uid": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": "web"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "team": "data"},
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {"f:template": {}}}}],
        "future": {"x": [1]},
    },
    "spec": {
        "replicas": 3,
        "serviceName": "web-hs",
        "ordinals": {"start": 5},
        "selector": {"matchLabels": {"app": "web"}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1, "maxUnavailable": "10%"}},
        "template": {"spec": {"containers": [{"name": "main", "image": "web:1"}]}},
    },
    "status": {"readyReplicas": 2, "updateRevision": "web-1"},
}


def read(kind: Kind, body: Any) -> Any:
    return decode(json.dumps(body).encode(), kind.decoder)


def test_fields_of_a_statefulset() -> None:
    found = read(STATEFULSETS, SET)
    assert isinstance(found, StatefulSet)
    assert (found.first_ordinal, found.last_ordinal) == (5, 7)
    assert found.metadata.creation_timestamp == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.metadata.annotations == {"team": "data"}, "without the object as it was applied"
    entry = found.metadata.managed_fields[0]
    assert entry.fields_v1 is not None
    assert entry.fields_v1.spec is not None
    assert (entry.fields_v1.spec.template is not None, entry.fields_v1.spec.replicas is not None) == (True, False)
    strategy = found.spec.update_strategy.rolling_update
    assert strategy is not None
    assert (strategy.partition, strategy.max_unavailable) == (1, "10%")


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place where a null may be: each field of each object."""
    found = []
    if isinstance(value, dict):
        for name, item in value.items():
            found += [(*path, name), *paths(item, (*path, name))]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += paths(item, (*path, index))
    return found


@given(st.sets(st.sampled_from([path for path in paths(SET) if path != ("metadata",)])))
@settings(max_examples=60, deadline=None)
def test_a_null_is_an_absent_field(chosen: set[tuple[Any, ...]]) -> None:
    with_nulls, without = (json.loads(json.dumps(SET)) for _ in range(2))
    for path in sorted(chosen, key=len, reverse=True):
        for document in (with_nulls, without):
            parent = document
            for step in path[:-1]:
                parent = parent[step]
            if document is without:
                del parent[path[-1]]
            else:
                parent[path[-1]] = None
    assert read(STATEFULSETS, with_nulls) == read(STATEFULSETS, without)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metadata": []},
        {"metadata": {"labels": "none"}},
        {"metadata": {}, "spec": {"replicas": "three"}},
        {"metadata": {"creationTimestamp": "yesterday"}},
        {"metadata": {"creationTimestamp": "2026-01-01T00:00:00"}},
        [],
        None,
        7,
    ],
)
def test_invalid_objects_are_malformed(body: Any) -> None:
    with pytest.raises(Malformed):
        read(STATEFULSETS, body)


@given(st.binary(max_size=40) | st.integers(1, 200_000).map(lambda depth: b'{"metadata":' * depth))
@settings(max_examples=60, deadline=None)
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    for kind in WATCHED:
        with pytest.raises(Malformed):
            decode(data, kind.decoder)


def test_a_raw_part_of_an_event_decodes() -> None:
    raw = msgspec.json.decode(json.dumps({"object": SET | {"status": None}}), type=dict[str, msgspec.Raw])["object"]
    assert decode(raw, STATEFULSETS.decoder).metadata.name == "web"


def test_a_set_without_selector_selects_nothing() -> None:
    assert not read(STATEFULSETS, {"metadata": {}}).spec.selector.matches({"app": "web"})


def test_field_names_that_are_not_camel_case() -> None:
    pod = read(PODS, {"metadata": {}, "status": {"podIP": "10.0.0.1"}})
    assert isinstance(pod, Pod)
    assert pod.status.pod_ip == "10.0.0.1"
    service = read(SERVICES, {"metadata": {}, "spec": {"clusterIP": "None"}})
    assert isinstance(service, Service)
    assert service.headless
    claim = read(CLAIMS, {"metadata": {}, "spec": {"storageClassName": ""}})
    assert isinstance(claim, PersistentVolumeClaim)
    assert claim.spec.storage_class_name == ""
    slice_ = read(ENDPOINT_SLICES, {"metadata": {"labels": {"kubernetes.io/service-name": "hs"}}, "endpoints": None})
    assert isinstance(slice_, EndpointSlice)
    assert slice_.service_name == "hs"
