"""API errors as kube-apiserver words them, each with its Status object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stsview.simulator.apiserver.resources import Resource

OPTIMISTIC_LOCK = "the object has been modified; please apply your changes to the latest version and try again"


@dataclass(frozen=True)
class FieldProblem:
    """One validation error of a field.

    Source: k8s.io/apimachinery/pkg/util/validation/field.
    """

    reason: str
    """`FieldValueInvalid`, `FieldValueForbidden`, `FieldValueRequired`, `FieldValueNotSupported`."""
    field: str
    message: str

    @classmethod
    def invalid(cls, field: str, value_text: str, detail: str) -> FieldProblem:
        return cls("FieldValueInvalid", field, f"Invalid value: {value_text}: {detail}")

    @classmethod
    def forbidden(cls, field: str, detail: str) -> FieldProblem:
        return cls("FieldValueForbidden", field, f"Forbidden: {detail}")

    @classmethod
    def required(cls, field: str, detail: str = "") -> FieldProblem:
        return cls("FieldValueRequired", field, f"Required value: {detail}" if detail else "Required value")

    @classmethod
    def not_supported(cls, field: str, value: str, supported: tuple[str, ...]) -> FieldProblem:
        listed = ", ".join(f'"{one}"' for one in supported)
        return cls("FieldValueNotSupported", field, f'Unsupported value: "{value}": supported values: {listed}')


class ApiError(Exception):
    """An error response; `status` is its v1 Status object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        """Seconds for the Retry-After header, if the server sends one."""
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
        }
        if reason:
            self.status["reason"] = reason
        if details is not None:
            self.status["details"] = details
        self.status["code"] = code

    @classmethod
    def not_found(cls, resource: Resource, name: str) -> ApiError:
        message = f'{resource.group_resource} "{name}" not found'
        return cls(404, "NotFound", message, _details(resource, name))

    @classmethod
    def already_exists(cls, resource: Resource, name: str, *, deleting: bool = False) -> ApiError:
        """The name is taken; `deleting` by an object that is being deleted (Store.Create)."""
        message = f'{resource.group_resource} "{name}" already exists'
        if deleting:
            message = f"object is being deleted: {message}"
        return cls(409, "AlreadyExists", message, _details(resource, name))

    @classmethod
    def conflict(cls, resource: Resource, name: str, why: str = OPTIMISTIC_LOCK) -> ApiError:
        message = f'Operation cannot be fulfilled on {resource.group_resource} "{name}": {why}'
        return cls(409, "Conflict", message, _details(resource, name))

    @classmethod
    def precondition_failed(cls, resource: Resource, name: str, why: str) -> ApiError:
        """A failed precondition of DELETE.

        It names the kind where other conflicts name the resource.
        """
        message = f'Operation cannot be fulfilled on {resource.group_kind} "{name}": {why}'
        details = {"name": name, **({"group": resource.group} if resource.group else {}), "kind": resource.kind}
        return cls(409, "Conflict", message, details)

    @classmethod
    def invalid(cls, resource: Resource, name: str, problems: list[FieldProblem]) -> ApiError:
        texts = list(dict.fromkeys(f"{problem.field}: {problem.message}" for problem in problems))
        joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        details = {
            **({"name": name} if name else {}),
            **({"group": resource.group} if resource.group else {}),
            "kind": resource.kind,
            "causes": [
                {"reason": problem.reason, "message": problem.message, "field": problem.field} for problem in problems
            ],
        }
        return cls(422, "Invalid", f'{resource.group_kind} "{name}" is invalid: {joined}', details)

    @classmethod
    def forbidden(cls, resource: Resource, name: str, why: str) -> ApiError:
        message = f'{resource.group_resource} "{name}" is forbidden: {why}'
        return cls(403, "Forbidden", message, _details(resource, name))

    @classmethod
    def bad_request(cls, message: str) -> ApiError:
        return cls(400, "BadRequest", message)

    @classmethod
    def gone(cls, message: str) -> ApiError:
        return cls(410, "Expired", message)

    @classmethod
    def internal(cls, message: str) -> ApiError:
        return cls(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})


def _details(resource: Resource, name: str) -> dict[str, Any]:
    return {"name": name, **({"group": resource.group} if resource.group else {}), "kind": resource.plural}
