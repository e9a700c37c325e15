"""Changes of fields that a StatefulSet keeps for life, as they are asked for and as they are made in a manifest.

All of them are forbidden in place (pkg/apis/apps/validation, ValidateStatefulSetUpdate).
"""

from __future__ import annotations

import copy
import re
from enum import Enum
from typing import Any

import msgspec

from stsview.objects.meta import Key
from stsview.objects.quantity import parse_bytes

Manifest = dict[str, Any]
"""A StatefulSet as JSON."""

_LABEL_NAME = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_CLASS = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")

_TEMPLATE = re.compile(
    r"(?:spec\.)?(?:volumeClaimTemplates\[(?P<long>[^\]]*)\]|(?P<short>[a-z0-9][-a-z0-9]*))\.(?P<rest>.+)"
)


class BadChange(ValueError):
    """A change that is not understood, or cannot be made; one line that says what to write."""


class Field(Enum):
    """What can be changed; the value is the usual spelling."""

    SERVICE_NAME = "serviceName"
    POD_MANAGEMENT_POLICY = "podManagementPolicy"
    STORAGE_CLASS = "storageClassName"
    SIZE = "size"
    LABEL = "labels"


_SPELLINGS = {
    "storageClassName": Field.STORAGE_CLASS,
    "spec.storageClassName": Field.STORAGE_CLASS,
    "size": Field.SIZE,
    "storage": Field.SIZE,
    "spec.resources.requests.storage": Field.SIZE,
}
"""Fields of a claim template; labels are spelled with their names."""

POLICIES = ("OrderedReady", "Parallel")

CHANGEABLE = "serviceName, podManagementPolicy, TEMPLATE.storageClassName, TEMPLATE.size and TEMPLATE.labels.NAME"


class FieldChange(msgspec.Struct, frozen=True):
    """One field and its new value."""

    field: Field
    value: str
    template: str = ""
    """Name of the claim template; empty for a field of the set itself."""
    label: str = ""
    """Name of the label; empty for other fields."""

    @property
    def path(self) -> str:
        """The field as in a manifest: `volumeClaimTemplates[data].spec.storageClassName`."""
        template = f"volumeClaimTemplates[{self.template}]"
        match self.field:
            case Field.STORAGE_CLASS:
                return f"{template}.spec.storageClassName"
            case Field.SIZE:
                return f"{template}.spec.resources.requests.storage"
            case Field.LABEL:
                return f"{template}.metadata.labels.{self.label}"
        return str(self.field.value)

    @property
    def name(self) -> str:
        """What is changed, in words: `the storage class of data`."""
        match self.field:
            case Field.STORAGE_CLASS:
                return f"the storage class of {self.template}"
            case Field.SIZE:
                return f"the size of {self.template}"
            case Field.LABEL:
                return f"the label {self.label} of {self.template}"
        return str(self.field.value)

    @property
    def option(self) -> str:
        """The argument of `--set` that asks for it."""
        return f"{self.path}={self.value}"


class Recreation(msgspec.Struct, frozen=True):
    """What is to be changed of which set."""

    set: Key
    set_uid: str
    changes: tuple[FieldChange, ...]
    command: str = "recreate"
    """The command of stsview that asks for it, for the journal."""


def grow_template(template: str, size: str) -> FieldChange:
    """The change of the size that a claim template asks for."""
    return FieldChange(Field.SIZE, size, template)


def parse_change(text: str) -> FieldChange:
    """The change that `FIELD=VALUE` asks for.

    Raises `BadChange`.
    """
    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name:
        raise BadChange(f"{text!r} is not FIELD=VALUE: write, for example, serviceName=web or data.size=20Gi")
    plain = name.removeprefix("spec.")
    if plain in (Field.SERVICE_NAME.value, Field.POD_MANAGEMENT_POLICY.value):
        return _checked(FieldChange(Field(plain), value))
    found = _TEMPLATE.fullmatch(name)
    if found is None:
        raise BadChange(f"{name} cannot be changed this way: {CHANGEABLE} can")
    template, rest = found["long"] or found["short"] or "", found["rest"]
    if not template:
        raise BadChange(f"{name} names no claim template: write, for example, volumeClaimTemplates[data].{rest}")
    label = rest.removeprefix("metadata.")
    if label.startswith("labels.") and label != "labels.":
        return _checked(FieldChange(Field.LABEL, value, template, label.removeprefix("labels.")))
    field = _SPELLINGS.get(rest)
    if field is None:
        raise BadChange(f"{name} cannot be changed this way: {CHANGEABLE} can")
    return _checked(FieldChange(field, value, template))


def _checked(change: FieldChange) -> FieldChange:
    """The change, if its value can be one of its field. Raises `BadChange`."""
    value = change.value
    match change.field:
        case Field.SERVICE_NAME if value and not _DNS_LABEL.fullmatch(value):
            raise BadChange(f"{value!r} is not the name of a Service: use lower-case letters, digits and '-'")
        case Field.POD_MANAGEMENT_POLICY if value not in POLICIES:
            raise BadChange(f"podManagementPolicy is {' or '.join(POLICIES)}, not {value!r}")
        case Field.STORAGE_CLASS if not _CLASS.fullmatch(value):
            raise BadChange(f"{value!r} is not the name of a StorageClass")
        case Field.SIZE if not (size := parse_bytes(value)) or size <= 0:
            raise BadChange(f"{value!r} is not a size: write, for example, 20Gi")
        case Field.LABEL if not _LABEL_NAME.fullmatch(change.label) or not _LABEL_VALUE.fullmatch(value):
            raise BadChange(f"{change.label}={value} is not a label")
    return change


def present_value(manifest: Manifest, change: FieldChange) -> str | None:
    """The present value of the field; None where it is absent. Raises `BadChange` for an unknown claim template."""
    # Looking the field up adds the objects on the way to it.
    holder, name = _holder(copy.deepcopy(manifest), change)
    found = holder.get(name)
    return None if found is None else str(found)


def changed(manifest: Manifest, changes: tuple[FieldChange, ...]) -> Manifest:
    """The manifest with the changes made. Raises `BadChange` for an unknown claim template."""
    made = copy.deepcopy(manifest)
    for change in changes:
        holder, name = _holder(made, change)
        holder[name] = change.value
    return made


def _holder(manifest: Manifest, change: FieldChange) -> tuple[dict[str, Any], str]:
    """The object that has the field, and the field's name in it; objects on the way that are absent are added."""
    spec = manifest.setdefault("spec", {})
    if not change.template:
        return spec, change.field.value
    templates = spec.get("volumeClaimTemplates") or []
    template = next((one for one in templates if (one.get("metadata") or {}).get("name") == change.template), None)
    if template is None:
        names = [(one.get("metadata") or {}).get("name", "") for one in templates]
        known = f"it has {', '.join(names)}" if names else "it has none"
        raise BadChange(f"the set has no claim template {change.template}: {known}")
    match change.field:
        case Field.STORAGE_CLASS:
            return template.setdefault("spec", {}), "storageClassName"
        case Field.SIZE:
            return template.setdefault("spec", {}).setdefault("resources", {}).setdefault("requests", {}), "storage"
    return template["metadata"].setdefault("labels", {}), change.label
