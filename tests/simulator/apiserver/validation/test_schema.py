"""The schema against the official client's models, and bodies that violate it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.simulator.apiserver.resources import CUSTOM_DEFINITION, REGISTRY
from stsview.simulator.apiserver.validation.schema import SchemaError, decode, definitions
from stsview.simulator.apiserver.wire import encode
from tests.support.simulator.client import Client
from tests.support.simulator.client_models import schema
from tests.support.simulator.manifests import stateful_set

OPENAPI = "/openapi/v3"


def test_the_schema_matches_the_official_client() -> None:
    """If this fails after an upgrade, regenerate the file: see `client_models`."""
    open_ = {CUSTOM_DEFINITION} | {resource.kind for resource in REGISTRY if resource.open_schema}
    assert {name: fields for name, fields in definitions().items() if name not in open_} == schema()


def test_the_schema_contains_every_served_kind() -> None:
    assert {resource.kind for resource in REGISTRY} <= definitions().keys()


def test_nulls_and_unknown_fields_are_dropped_and_numbers_become_quantities() -> None:
    body = stateful_set(replicas=None, nonsense=1)
    container = body["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": 2, "memory": "1Gi"}}
    container["surprise"] = {}
    fitted = decode("StatefulSet", body)
    assert fitted.unknown == ["spec.template.spec.containers.surprise", "spec.nonsense"]
    assert "replicas" not in fitted.object["spec"]
    requests = fitted.object["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
    assert requests == {"cpu": "2", "memory": "1Gi"}
    assert fitted.problem().endswith('unknown field "spec.nonsense"')


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"replicas": "3"}, "string into Go struct field StatefulSetSpec.spec.replicas of type int32"),
        ({"replicas": True}, "bool into Go struct field StatefulSetSpec.spec.replicas of type int32"),
        ({"template": []}, "array into Go struct field StatefulSetSpec.spec.template of type v1.PodTemplateSpec"),
        (
            {"volumeClaimTemplates": {}},
            "object into Go struct field StatefulSetSpec.spec.volumeClaimTemplates of type []v1.PersistentVolumeClaim",
        ),
        (
            {"selector": {"matchLabels": {"app": 1}}},
            "number into Go struct field LabelSelector.spec.selector.matchLabels of type string",
        ),
    ],
)
def test_values_of_the_wrong_type_are_refused_with_gos_errors(spec: dict[str, Any], problem: str) -> None:
    with pytest.raises(SchemaError) as invalid:
        decode("StatefulSet", stateful_set(**spec))
    assert str(invalid.value) == f"json: cannot unmarshal {problem}"


def test_invalid_quantities_and_times_are_refused() -> None:
    with pytest.raises(SchemaError, match="quantities must match"):
        decode("ResourceRequirements", {"requests": {"cpu": "much"}})
    with pytest.raises(SchemaError, match='parsing time "yesterday"'):
        decode("Event", {"lastTimestamp": "yesterday"})
    assert decode("RollingUpdateStatefulSetStrategy", {"maxUnavailable": "10%"}).object == {"maxUnavailable": "10%"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["metadata", "name", "labels", "spec", "replicas", "template", "containers", "image", "x"]),
            below,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status", "x"]), _json))
@settings(max_examples=80)
def test_any_json_object_decodes_or_raises_schema_error(body: dict[str, Any]) -> None:
    try:
        fitted = decode("StatefulSet", body)
    except SchemaError:
        return
    assert decode("StatefulSet", fitted.object).object == fitted.object
    assert not decode("StatefulSet", fitted.object).unknown
    assert encode(fitted.object)


async def test_kubectl_finds_a_schema_for_every_kind(client: Client) -> None:
    index = (await client("GET", OPENAPI)).json["paths"]
    for resource in REGISTRY:
        path = f"apis/{resource.group}/{resource.version}" if resource.group else "api/v1"
        document = (await client("GET", index[path]["serverRelativeURL"])).json
        schemas = document["components"]["schemas"]
        own = schemas[resource.kind]
        assert own["x-kubernetes-group-version-kind"] == [
            {"group": resource.group, "version": resource.version, "kind": resource.kind}
        ]
        references = {
            part.rpartition("/")[2] for part in json.dumps(document).split('"') if part.startswith("#/components/")
        }
        assert references <= schemas.keys()
        patch = next(
            item["patch"]
            for item in document["paths"].values()
            if item.get("patch", {}).get("x-kubernetes-group-version-kind", {}).get("kind") == resource.kind
        )
        assert "fieldValidation" in [parameter["name"] for parameter in patch["parameters"]]


async def test_other_documents_are_not_found(client: Client) -> None:
    for path in ("/openapi/v2", f"{OPENAPI}/apis/unicorns/v1"):
        assert (await client("GET", path)).code == 404
