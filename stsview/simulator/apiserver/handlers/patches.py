"""PATCH: JSON patch, merge patch and strategic merge patch.

Sources: RFC 6902, RFC 7386, k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

from typing import Any

import jsonpatch
import msgspec

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.strategic_merge import strategic_merge
from stsview.simulator.apiserver.wire import Object, copy, encode

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_SUPPORTED = (
    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, "
    "application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json"
)


def unsupported() -> ApiError:
    """The 415 error for an unknown patch type."""
    return ApiError(415, "UnsupportedMediaType", _SUPPORTED)


def patched(current: Object, patch_type: str, body: bytes) -> Object:
    """The result of applying a patch to `current`, which does not change.

    Raises `ApiError` 400, 415 or 422.
    """
    try:
        patch = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError.bad_request(f"error decoding patch: {error}") from error
    if patch_type == JSON_PATCH:
        return _json_patched(current, patch)
    if not isinstance(patch, dict):
        raise ApiError.bad_request("error decoding patch: cannot unmarshal array into an object")
    if patch_type == MERGE_PATCH:
        merged: Object = merge(copy(current), patch)
        return merged
    if patch_type == STRATEGIC_MERGE_PATCH:
        return strategic_merge(copy(current), patch)
    raise unsupported()


def merge(target: Any, patch: Any) -> Any:
    """Apply a merge patch (RFC 7386); `target` may change in place."""
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merge(target.get(name), value)
    return target


def _json_patched(current: Object, patch: Any) -> Object:
    try:
        result = jsonpatch.JsonPatch(patch).apply(copy(current))
    except jsonpatch.InvalidJsonPatch as error:
        raise ApiError.bad_request(f"error decoding patch: {error}") from error
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
        # the response does not distinguish a failed `test` from a path that does not exist
        message = "the server rejected our request due to an error in our request"
        raise ApiError(422, "Invalid", message, {}) from error
    if not isinstance(result, dict):
        raise ApiError.bad_request("error decoding patch: the result is no object")
    return result


def does_not_fit(result: str, problem: str) -> ApiError:
    """The error for a patch whose result is not an object of the kind.

    It names neither kind nor object, as recorded.
    """
    text = encode(result).decode()
    message = f"Invalid value: {text}: {problem}"
    details = {"causes": [{"reason": "FieldValueInvalid", "message": message, "field": "patch"}]}
    return ApiError(422, "Invalid", f' "" is invalid: patch: {message}', details)
