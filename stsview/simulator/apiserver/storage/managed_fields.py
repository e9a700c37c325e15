"""Field ownership: `metadata.managedFields`.

Source: k8s.io/apimachinery/pkg/util/managedfields (an Update owns what it added or changed and takes it from other
managers; the time stays when a manager only loses fields), scalehandler.go (no time for the subresource scale).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.storage.field_sets import FieldSet, difference, subtract, union
from stsview.simulator.apiserver.wire import Object, timestamp

UNNAMED = "unknown"


def record(
    resource: Resource,
    old: Object | None,
    new: Object,
    *,
    manager: str,
    subresource: str,
    now: datetime,
    applied: FieldSet | None = None,
) -> None:
    """Set `metadata.managedFields` of `new` for a write by `manager`.

    In place, to a new list. `applied` are the fields of a server-side apply, which the manager owns whether they
    changed or not.
    """
    written, removed = difference(old or {}, new, ignored=ignored_fields(resource, subresource))
    entries: list[dict[str, Any]] = []
    own: FieldSet = {}
    operation = "Update" if applied is None else "Apply"
    key = (manager or UNNAMED, operation, resource.api_version, subresource)
    before = (old or {}).get("metadata", {}).get("managedFields", ())
    touched = union(written, removed)
    for entry in before:
        if entry_key(entry) == key:
            own = entry["fieldsV1"]
            own_entry = entry
            continue
        left = subtract(entry["fieldsV1"], touched) if touched else entry["fieldsV1"]
        if left == entry["fieldsV1"]:
            entries.append(entry)
        elif left:
            entries.append({**entry, "fieldsV1": left})
    fields = union(subtract(own, removed), written) if applied is None else applied
    if fields:
        entries.append(own_entry if own and fields == own and not touched else _entry(key, fields, now))
    put(new, entries)


def put(obj: Object, entries: list[dict[str, Any]]) -> None:
    """Store entries in the server's order: applied before updated, older before newer, those without a time first."""
    if entries:
        obj["metadata"]["managedFields"] = sorted(
            entries, key=lambda entry: (entry["operation"] != "Apply", entry.get("time", ""))
        )
    else:
        obj["metadata"].pop("managedFields", None)


def entry_key(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    """What identifies an entry: manager, operation, version and subresource."""
    return entry["manager"], entry["operation"], entry["apiVersion"], entry.get("subresource", "")


def _entry(key: tuple[str, str, str, str], fields: FieldSet, now: datetime) -> dict[str, Any]:
    manager, operation, api_version, subresource = key
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        **({"time": timestamp(now)} if subresource != "scale" else {}),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **({"subresource": subresource} if subresource else {}),
    }


def ignored_fields(resource: Resource, subresource: str) -> frozenset[str]:
    """Top-level fields that an endpoint does not write (`GetResetFields`)."""
    if subresource == "status":
        return frozenset({"kind", "apiVersion", "spec"})
    return frozenset({"kind", "apiVersion", *(("status",) if "status" in resource.subresources else ())})
