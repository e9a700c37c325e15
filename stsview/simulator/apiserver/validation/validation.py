"""Validation errors (422), in the words of the API server.

Sources: k8s.io/apimachinery/pkg/api/validation and kubernetes/pkg/apis/{core,apps,policy}/validation. Limited to the
rules that matter to StatefulSets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.validation import validation_pods, validation_statefulsets, validation_volumes
from stsview.simulator.apiserver.wire import Object

_OnCreate: TypeAlias = Callable[[Object], list[FieldProblem]]
_OnUpdate: TypeAlias = Callable[[Object, Object], list[FieldProblem]]

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SUBDOMAIN_PROBLEM = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_PROBLEM = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_NAMED_BY_LABEL = (resources.STATEFUL_SETS, resources.SERVICES, resources.NAMESPACES)
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_VALUE_PROBLEM = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def check_create(resource: Resource, obj: Object) -> None:
    """Raise `ApiError` 422 listing every problem."""
    problems = _metadata(resource, obj["metadata"])
    check = _ON_CREATE.get(resource)
    if check is not None:
        problems += check(obj)
    if problems:
        raise ApiError.invalid(resource, obj["metadata"].get("name", ""), problems)


def check_update(resource: Resource, old: Object, new: Object, subresource: str) -> None:
    """Raise `ApiError` 422 listing every problem. A status is not validated."""
    problems = _labels(new["metadata"], "metadata") + _finalizers_while_deleting(old, new)
    check = _ON_UPDATE.get(resource)
    if check is not None and subresource in ("", "scale"):
        problems += check(old, new)
    if problems:
        raise ApiError.invalid(resource, new["metadata"]["name"], problems)


def _metadata(resource: Resource, metadata: dict[str, Any]) -> list[FieldProblem]:
    name = metadata.get("name", "")
    if not name:
        return [FieldProblem.required("metadata.name", "name or generateName is required")]
    problems: list[FieldProblem] = []
    pattern, problem, longest = _SUBDOMAIN, _SUBDOMAIN_PROBLEM, 253
    if resource in _NAMED_BY_LABEL:
        pattern, problem, longest = _LABEL, _LABEL_PROBLEM, 63
    if not pattern.fullmatch(name):
        problems.append(FieldProblem.invalid("metadata.name", f'"{name}"', problem))
    if len(name) > longest:
        problems.append(FieldProblem.invalid("metadata.name", f'"{name}"', f"must be no more than {longest} bytes"))
    return problems + _labels(metadata, "metadata")


def _labels(metadata: dict[str, Any], path: str) -> list[FieldProblem]:
    problems = []
    for value in (metadata.get("labels") or {}).values():
        if len(value) > 63:
            problems.append(FieldProblem.invalid(f"{path}.labels", f'"{value}"', "must be no more than 63 bytes"))
        if not _LABEL_VALUE.fullmatch(value):
            problems.append(FieldProblem.invalid(f"{path}.labels", f'"{value}"', _LABEL_VALUE_PROBLEM))
    return problems


def _finalizers_while_deleting(old: Object, new: Object) -> list[FieldProblem]:
    if "deletionTimestamp" not in old["metadata"]:
        return []
    before = old["metadata"].get("finalizers") or []
    added = [one for one in new["metadata"].get("finalizers") or [] if one not in before]
    if not added:
        return []
    shown = ", ".join(f'"{one}"' for one in added)
    detail = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}"
    return [FieldProblem.forbidden("metadata.finalizers", detail)]


_ON_CREATE: dict[Resource, _OnCreate] = {
    resources.STATEFUL_SETS: validation_statefulsets.on_create,
    resources.PODS: validation_pods.on_create,
    resources.CLAIMS: validation_volumes.claim_on_create,
    resources.BUDGETS: validation_pods.budget_on_create,
}
_ON_UPDATE: dict[Resource, _OnUpdate] = {
    resources.STATEFUL_SETS: validation_statefulsets.on_update,
    resources.PODS: validation_pods.on_update,
    resources.CLAIMS: validation_volumes.claim_on_update,
    resources.SERVICES: validation_pods.service_on_update,
    resources.CONTROLLER_REVISIONS: validation_statefulsets.revision_on_update,
}
