"""Object metadata, label selectors, and decoding of JSON into structs.

The structs have only the fields that are read. `resourceVersion` is omitted on purpose: it changes with every write, so
objects that do not differ in any field that is read would never compare equal; the reflector tracks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone, as Kubernetes always writes it; a naive one could not be compared with others."""


class Malformed(ValueError):
    """The bytes are not an object of the expected kind; the message says where."""


class Key(NamedTuple):
    """Namespace and name of an object. Not its identity, which is the uid."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class ClusterKey(Key):
    """A key with its cluster, where several are shown.

    It never equals that of an object in another cluster, nor a key without one. Namespace and name are unpacked as from
    any key.
    """

    __slots__ = ()

    def __new__(cls, cluster: str, namespace: str, name: str) -> ClusterKey:
        # The cluster is an element of the tuple, so that the tuple's own comparisons and hash include it.
        return tuple.__new__(cls, (namespace, name, cluster))

    cluster: str = property(itemgetter(2))  # type: ignore[assignment]
    """Name of the context."""

    def __iter__(self) -> Iterator[str]:
        return iter((self.namespace, self.name))

    def __str__(self) -> str:
        return f"{self.cluster}/{bare(self)}"

    def __repr__(self) -> str:
        return f"ClusterKey({self.cluster!r}, {self.namespace!r}, {self.name!r})"


def cluster_of(key: Key) -> str:
    """The cluster that a key names; empty where it names none."""
    return key.cluster if isinstance(key, ClusterKey) else ""


def in_cluster(cluster: str, key: Key) -> Key:
    """The key in this cluster; the key itself for an empty name."""
    return ClusterKey(cluster, key.namespace, key.name) if cluster else key


def bare(key: Key) -> Key:
    """The key without its cluster, as the cluster itself knows the object."""
    return Key(key.namespace, key.name) if isinstance(key, ClusterKey) else key


class Struct(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True, omit_defaults=True):
    """Base of all object structs: immutable, camelCase, unknown fields skipped."""


class OwnerReference(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool = False


class Present(Struct, frozen=True):
    """A field of which only the presence is read."""


class FieldsOfSpec(Struct, frozen=True):
    """Which parts of a spec a field manager owns, from `managedFields[].fieldsV1`."""

    template: Present | None = msgspec.field(name="f:template", default=None)
    replicas: Present | None = msgspec.field(name="f:replicas", default=None)
    update_strategy: Present | None = msgspec.field(name="f:updateStrategy", default=None)


class FieldsV1(Struct, frozen=True):
    spec: FieldsOfSpec | None = msgspec.field(name="f:spec", default=None)
    metadata: Present | None = msgspec.field(name="f:metadata", default=None)


class ManagedFieldsEntry(Struct, frozen=True):
    """Which client wrote which fields, and when; the API does not record the user."""

    manager: str = ""
    operation: str = ""
    """`Update`, or `Apply` for server-side apply."""
    subresource: str = ""
    time: Instant | None = None
    """Absent for the subresource scale."""
    fields_v1: FieldsV1 | None = msgspec.field(name="fieldsV1", default=None)


class ObjectMeta(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: Instant | None = None
    deletion_timestamp: Instant | None = None
    """The *deadline* of a graceful deletion: request time plus grace period, not the time of the request."""
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
        """The owner that controls this object, if any."""
        for owner in self.owner_references:
            if owner.controller:
                return owner
        return None


class BasicMeta(Struct, frozen=True):
    """Metadata without annotations.

    Objects so do not differ when controllers keep writing annotations.
    """

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
    """A label selector; an empty one selects everything, as in the API."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether `labels` satisfy every requirement; an unknown operator matches nothing."""
        if not self.match_labels.items() <= labels.items():
            return False
        return not self.match_expressions or all(_requirement_holds(one, labels) for one in self.match_expressions)

    @property
    def text(self) -> str:
        """The selector as in a query string, without unknown operators.

        Follows metav1.FormatLabelSelector.
        """
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
"""The meaning of an absent selector (metav1.LabelSelectorAsSelector)."""


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
    """Decode one object from JSON.

    To Kubernetes a null means the same as an absent field (API conventions, "Optional vs. Required"), and old clients
    send them. Objects with nulls where the structs expect a value are decoded a second, slower time without nulls.

    Raises `Malformed` when the bytes are not JSON, or a field has the wrong type.
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


def convert(document: dict[str, Any], decoder: msgspec.json.Decoder[T]) -> T:
    """Decode one object that has been parsed already, from YAML for example; nulls as in `decode`.

    Raises `Malformed` when a field has the wrong type.
    """
    for value in (document, _without_nulls(document)):
        try:
            decoded: T = msgspec.convert(value, type=decoder.type, strict=True)
        except msgspec.ValidationError as error:
            problem = str(error)
        else:
            return decoded
    raise Malformed(problem)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
