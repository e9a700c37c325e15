"""Validation of PersistentVolumeClaims.

Source: kubernetes/pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from stsview.objects.quantity import parse_bytes
from stsview.simulator.apiserver.errors import FieldProblem
from stsview.simulator.apiserver.wire import Object

_IMMUTABLE = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_ONCE_SET = ("volumeName", "storageClassName")
"""Fields that the binder and admission may set, once."""


def claim_on_create(claim: Object) -> list[FieldProblem]:
    spec = claim["spec"]
    problems = []
    if not spec.get("accessModes"):
        problems.append(FieldProblem.required("spec.accessModes", "at least 1 access mode is required"))
    size = _requested(claim)
    if size is None:
        problems.append(FieldProblem.required("spec.resources[storage]"))
    elif (parse_bytes(size) or 0) <= 0:
        path = "spec.resources[storage]"
        problems.append(FieldProblem.invalid(path, f'"{size}"', "must be greater than zero"))
    return problems


def claim_on_update(old: Object, new: Object) -> list[FieldProblem]:
    problems = []
    before, after = dict(old["spec"]), dict(new["spec"])
    for name in _ONCE_SET:
        if not before.get(name):
            before.pop(name, None)
            after.pop(name, None)
    bound = old.get("status", {}).get("phase") == "Bound"
    for spec in (before, after):
        spec.pop("volumeAttributesClassName", None)
        if bound:
            resources = dict(spec.get("resources") or {})
            resources.pop("requests", None)
            spec["resources"] = resources
    if before != after:
        problems.append(FieldProblem.forbidden("spec", _IMMUTABLE))
    if bound:
        problems += _size_problems(old, new)
    return problems


def _size_problems(old: Object, new: Object) -> list[FieldProblem]:
    """The problems of a changed size request.

    It may decrease after a failed expansion, but only to more than the volume's capacity.
    """
    before, after = parse_bytes(_requested(old) or "") or 0, parse_bytes(_requested(new) or "") or 0
    if after >= before:
        return []
    capacity = parse_bytes(old.get("status", {}).get("capacity", {}).get("storage", "")) or 0
    path = "spec.resources.requests.storage"
    if after <= capacity:
        return [FieldProblem.forbidden(path, "field can not be less than status.capacity")]
    return []


def _requested(claim: Object) -> str | None:
    size: str | None = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    return size
