"""What every Kubernetes object carries, and how bytes become typed objects.

The structs hold only the fields that something reads. `resourceVersion` is left out on purpose: it moves with every
write, so two objects that are alike for us would never compare equal; the reflector keeps it for itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its time zone, as Kubernetes always writes it; one without could not be compared with any other."""


class Malformed(ValueError):
    """Bytes that are not an object of the expected kind; the message says where."""


class Key(NamedTuple):
    """Namespace and name: what a person calls an object. Not its identity: that is its uid."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Struct(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """Base of all object structs: immutable, camelCase on the wire, unknown fields skipped."""


class OwnerReference(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool = False


class Present(Struct, frozen=True):
    """A field of which only the presence matters."""


class FieldsOfSpec(Struct, frozen=True):
    """Which parts of a spec a field manager owns, from `managedFields[].fieldsV1`."""

    template: Present | None = msgspec.field(name="f:template", default=None)
    replicas: Present | None = msgspec.field(name="f:replicas", default=None)


class FieldsV1(Struct, frozen=True):
    spec: FieldsOfSpec | None = msgspec.field(name="f:spec", default=None)


class ManagedFieldsEntry(Struct, frozen=True):
    """Which client wrote what, and when; the API never tells which person."""

    manager: str = ""
    subresource: str = ""
    time: Instant | None = None
    fields_v1: FieldsV1 | None = msgspec.field(name="fieldsV1", default=None)


class ObjectMeta(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Instant | None = None
    deletion_timestamp: Instant | None = None
    """The *deadline* of a graceful deletion: request time plus grace period, not the moment of the request."""
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()

    @property
    def key(self) -> Key:
        return Key(self.namespace, self.name)

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, if one does."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class BasicMeta(Struct, frozen=True):
    """The metadata of objects of which the rest is not read: what others keep writing into their annotations makes no
    difference."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Instant | None = None
    deletion_timestamp: Instant | None = None
    labels: dict[str, str] = {}

    @property
    def key(self) -> Key:
        return Key(self.namespace, self.name)


class Condition(Struct, frozen=True):
    type: str = ""
    status: str = ""
    """`True`, `False` or `Unknown`, as a string."""
    reason: str = ""
    message: str = ""
    last_transition_time: Instant | None = None


class LabelSelectorRequirement(Struct, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Struct, frozen=True):
    """A selector as workloads carry it; an empty one selects everything, as the API says."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether `labels` satisfy every requirement; an operator we do not know matches nothing."""
        return all(labels.get(name) == value for name, value in self.match_labels.items()) and all(
            _requirement_holds(requirement, labels) for requirement in self.match_expressions
        )

    @property
    def text(self) -> str:
        """As a query string has it (metav1.FormatLabelSelector); without requirements that we do not know."""
        parts = [f"{name}={value}" for name, value in sorted(self.match_labels.items())]
        for requirement in self.match_expressions:
            values = ",".join(sorted(requirement.values))
            match requirement.operator:
                case "In":
                    parts.append(f"{requirement.key} in ({values})")
                case "NotIn":
                    parts.append(f"{requirement.key} notin ({values})")
                case "Exists":
                    parts.append(requirement.key)
                case "DoesNotExist":
                    parts.append(f"!{requirement.key}")
        return ",".join(parts)


SELECTS_NOTHING = LabelSelector(match_expressions=(LabelSelectorRequirement(),))
"""What a selector that is not there means (metav1.LabelSelectorAsSelector)."""


def _requirement_holds(requirement: LabelSelectorRequirement, labels: dict[str, str]) -> bool:
    match requirement.operator:
        case "In":
            return labels.get(requirement.key) in requirement.values
        case "NotIn":
            return labels.get(requirement.key) not in requirement.values
        case "Exists":
            return requirement.key in labels
        case "DoesNotExist":
            return requirement.key not in labels
    return False


def decode(data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """One object from JSON bytes.

    A null means the same as an absent field to Kubernetes (API conventions, "Optional vs. Required"), and old clients
    do send them. The structs say so nowhere: objects that hold nulls where a value is due take a slower second way,
    which drops every null first.

    Raises `Malformed` when the bytes are no JSON, or hold a field of the wrong type.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    try:
        # msgspec declares `Decoder.type` as `Any` from 0.23 on.
        decoded: T = msgspec.convert(_without_nulls(msgspec.json.decode(data)), type=decoder.type, strict=True)
        return decoded
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
