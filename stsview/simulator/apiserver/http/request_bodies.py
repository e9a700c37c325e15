"""Decoding of request bodies: JSON, YAML, and kubectl's protobuf messages."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.kubectl import protobuf
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object

_SUPPORTED = (
    "the body of the request was in an unknown format - accepted media types include: application/json, "
    "application/yaml, application/vnd.kubernetes.protobuf"
)


def decode(content_type: str, body: bytes) -> Object:
    """The object in a body. Raises `ApiError` 400 or 415."""
    media = content_type.partition(";")[0].strip() or "application/json"
    if media == protobuf.MEDIA_TYPE:
        return protobuf.decode(body)
    try:
        if media == "application/json":
            value: Any = msgspec.json.decode(body)
        elif media in ("application/yaml", "application/apply-patch+yaml"):
            value = yaml.safe_load(body)
        else:
            raise ApiError(415, "UnsupportedMediaType", _SUPPORTED)
    except (msgspec.DecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError.bad_request(f"couldn't get version/kind; json parse error: {error}") from error
    if not isinstance(value, dict):
        raise ApiError.bad_request("couldn't get version/kind; json parse error: the body is no object")
    return value


def check_kind(resource: Resource, obj: Object) -> None:
    """Raise `ApiError` 400 when the body has another kind than the path.

    A missing kind is not an error.
    """
    api_version, kind = obj.get("apiVersion"), obj.get("kind")
    if (api_version or resource.api_version) == resource.api_version and (kind or resource.kind) == resource.kind:
        if not isinstance(obj.get("metadata") or {}, dict):
            raise ApiError.bad_request(f"{resource.kind} in version {resource.version!r}: metadata is no object")
        return
    raise ApiError.bad_request(
        f'{kind} in version "{str(api_version).rpartition("/")[2]}" cannot be handled as a {resource.kind}: '
        f"converting ({api_version}.{kind}) to ({resource.api_version}.{resource.kind}): unknown conversion"
    )


def check_place(resource: Resource, obj: Object, namespace: str, name: str) -> None:
    """Set the namespace and name of the path in the object.

    Raises `ApiError` 400 when the object has different ones.
    """
    metadata = obj.setdefault("metadata", {})
    if metadata is None:
        metadata = obj["metadata"] = {}
    if resource.namespaced:
        if (metadata.get("namespace") or namespace) != namespace:
            raise ApiError.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        metadata["namespace"] = namespace
    if not name:
        return
    if (metadata.get("name") or name) != name:
        raise ApiError.bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
        )
    metadata["name"] = name
