"""What the API server refuses with 422, in its words."""

from __future__ import annotations

from stsview.simulator.apiserver.errors import ApiError, FieldProblem
from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object


def check_create(resource: Resource, obj: Object) -> None:
    """Raises `ApiError` 422 listing every problem."""
    problems: list[FieldProblem] = []
    if not obj["metadata"].get("name"):
        problems.append(FieldProblem.required("metadata.name", "name or generateName is required"))
    if problems:
        raise ApiError.invalid(resource, obj["metadata"].get("name", ""), problems)


def check_update(resource: Resource, old: Object, new: Object, subresource: str) -> None:
    """Raises `ApiError` 422 listing every problem."""
