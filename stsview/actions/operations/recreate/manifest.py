"""The manifest of a set: what of it is saved and created again, and how two of them differ."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from stsview.actions.operations.recreate.changes import Manifest

_OF_THE_SERVER = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)

_OF_THE_DELETION = frozenset({"orphan", "foregroundDeletion"})
"""Finalizers that a deletion adds (apimachinery, metav1.FinalizerOrphanDependents)."""

API_VERSION, KIND = "apps/v1", "StatefulSet"


def cleaned(stateful: Mapping[str, Any]) -> Manifest:
    """A set without what the server and the controller write: it can be created as it is."""
    manifest = copy.deepcopy(dict(stateful))
    manifest.pop("status", None)
    manifest.update(apiVersion=API_VERSION, kind=KIND)
    metadata = manifest.setdefault("metadata", {})
    for name in _OF_THE_SERVER:
        metadata.pop(name, None)
    finalizers = [one for one in metadata.pop("finalizers", None) or () if one not in _OF_THE_DELETION]
    if finalizers:
        metadata["finalizers"] = finalizers
    return manifest


def canonical(value: object) -> str:
    """JSON with sorted names and without nulls: equal for equal values.

    A ControllerRevision is compared by the bytes of its data (pkg/controller/history, EqualRevision), which Go writes
    in one order. Servers before 1.34 wrote `creationTimestamp: null` into templates, and newer controllers take a
    revision with it for equal to a template without it (StatefulSetSemanticRevisionComparison).
    """
    return json.dumps(_without_nulls(value), sort_keys=True, separators=(",", ":"))


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def covers(there: object, wanted: object) -> bool:
    """Whether a value has all fields of the wanted one; the server adds defaults."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            value is None or covers(there.get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(covers(one, other) for one, other in zip(there, wanted, strict=True))
        )
    return there == wanted
