"""The kinds that CustomResourceDefinitions define.

Source: k8s.io/apiextensions-apiserver/pkg/{apiserver,controller/{establish,status}}. Only the storage version is
served, with the subresource `status`; objects are stored as given, without validation, defaults or conversion.
"""

from __future__ import annotations

from typing import Any

from stsview.simulator.apiserver.resources import Resource
from stsview.simulator.apiserver.wire import Object


def resource_of(definition: Object) -> Resource | None:
    """The kind that a CustomResourceDefinition defines, or None for an incomplete one."""
    spec = definition.get("spec") or {}
    names, versions = spec.get("names") or {}, spec.get("versions") or ()
    version = next((one for one in versions if one.get("storage") and one.get("served")), None)
    if version is None or not all((names.get("plural"), names.get("kind"), spec.get("group"), version.get("name"))):
        return None
    return Resource(
        spec["group"],
        version["name"],
        names["plural"],
        names["kind"],
        spec.get("scope") != "Cluster",
        tuple(names.get("shortNames") or ()),
        ("status",) if "status" in (version.get("subresources") or {}) else (),
        counts_generations=True,
        categories=tuple(names.get("categories") or ()),
        open_schema=True,
        custom=True,
    )


def established(definition: Object, now: str) -> Object:
    """The status of a definition whose kind is served since `now`."""
    spec = definition.get("spec") or {}
    names = dict(spec.get("names") or {})
    kind = names.get("kind", "")
    accepted = {"singular": kind.lower(), "listKind": f"{kind}List", **names}
    conditions = [
        _condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
        _condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now),
    ]
    stored = [one["name"] for one in spec.get("versions") or () if one.get("storage")]
    return {"conditions": conditions, "acceptedNames": accepted, "storedVersions": stored}


def _condition(type_: str, reason: str, message: str, now: str) -> dict[str, Any]:
    return {"type": type_, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}
