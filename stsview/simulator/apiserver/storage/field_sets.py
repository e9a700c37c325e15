"""Field sets in `fieldsV1` notation, and the fields that differ between objects.

A set is a nested dict: a key `f:name`, `k:{"name":"zk"}` or `v:"x"` leads to the fields below. A member without fields
below it is `{}`, one with some also holds `"."`. Source: sigs.k8s.io/structured-merge-diff (fieldpath, typed).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from stsview.simulator.apiserver.wire import encode

FieldSet: TypeAlias = dict[str, Any]

_LIST_KEYS: dict[str, tuple[str, ...]] = {
    "addresses": ("type",),
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "podIPs": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
"""`+listMapKey` of the API types; other lists are atomic, finalizers a set."""

_ATOMIC_MAPS = frozenset(
    {
        "selector",
        "labelSelector",
        "nodeSelector",
        "involvedObject",
        "targetRef",
        "fieldRef",
        "configMapKeyRef",
        "secretKeyRef",
    }
)

_IGNORED_METADATA = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)

_NEVER_MEMBERS = frozenset(
    {
        ("metadata",),
        ("spec",),
        ("spec", "containers"),
        ("spec", "resources"),
        ("spec", "template"),
        ("spec", "template", "metadata"),
        ("spec", "template", "spec"),
        ("spec", "template", "spec", "containers"),
        ("spec", "updateStrategy"),
        ("source",),
        ("status",),
        ("status", "daemonEndpoints"),
        ("status", "daemonEndpoints", "kubeletEndpoint"),
        ("status", "loadBalancer"),
        ("status", "nodeInfo"),
    }
)
"""Structs that exist in an empty object, so that no manager adds them."""

_EMPTY_TEXTS = frozenset({("reportingComponent",), ("reportingInstance",), ("spec", "serviceName")})
"""Strings that exist in an empty object, as empty strings."""


def difference(old: dict[str, Any], new: dict[str, Any], *, ignored: frozenset[str]) -> tuple[FieldSet, FieldSet]:
    """The fields that `new` adds or changes, and those that it removes.

    `ignored` names top-level fields.
    """
    left = {name: value for name, value in old.items() if name not in ignored}
    right = {name: value for name, value in new.items() if name not in ignored}
    for side in (left, right):
        if "metadata" in side:
            side["metadata"] = {n: v for n, v in side["metadata"].items() if n not in _IGNORED_METADATA}
    return _written(left, right, ()), _written(right, left, (), only_missing=True)


def fields_of(obj: dict[str, Any], *, ignored: frozenset[str]) -> FieldSet:
    """All fields of `obj`."""
    return difference({}, obj, ignored=ignored)[0]


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """Fields that are in either set."""
    merged = dict(one)
    for key, child in other.items():
        if key == ".":
            merged["."] = {}
        elif key not in merged:
            merged[key] = child
        else:
            member = is_member(merged[key]) or is_member(child)
            below = union(children(merged[key]), children(child))
            merged[key] = {**({".": {}} if member and below else {}), **below}
    return merged


def subtract(one: FieldSet, other: FieldSet) -> FieldSet:
    """Fields of `one` that are not in `other`."""
    left: FieldSet = {}
    for key, child in one.items():
        against = other.get(key)
        if key == ".":
            continue
        if against is None:
            left[key] = child
            continue
        member = is_member(child) and not is_member(against)
        below = subtract(children(child), children(against))
        if below:
            left[key] = {**({".": {}} if member else {}), **below}
        elif member:
            left[key] = {}
    return left


def intersect(one: FieldSet, other: FieldSet) -> FieldSet:
    """Fields that are in both sets."""
    return subtract(one, subtract(one, other))


def members(fields: FieldSet, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all members, in the order of their keys."""
    for key in sorted(fields):
        if key == ".":
            continue
        if is_member(fields[key]):
            yield (*path, key)
        yield from members(children(fields[key]), (*path, key))


def is_member(node: FieldSet) -> bool:
    """Whether a node of a set is a member itself."""
    return not node or "." in node


def children(node: FieldSet) -> FieldSet:
    """The fields below a node."""
    return {key: child for key, child in node.items() if key != "."}


def _written(old: Any, new: Any, path: tuple[str, ...], *, only_missing: bool = False) -> FieldSet:
    """The fields below `path` in `new` that `old` lacks or has with another value.

    With `only_missing`, only those that it lacks.
    """
    found: FieldSet = {}
    for key, name, before, after in _differing(old, new, path):
        below_path = (*path, name)
        granular = _is_granular(after, below_path) and (before is None or type(before) is type(after))
        missing = before is None
        if not granular:
            if after == {} and below_path in _NEVER_MEMBERS:
                continue
            if missing and after == "" and below_path in _EMPTY_TEXTS:
                continue
            if missing or not only_missing:
                found[key] = {}
            continue
        below = _written(before if before is not None else type(after)(), after, below_path, only_missing=only_missing)
        member = missing and below_path not in _NEVER_MEMBERS
        if below:
            found[key] = {**({".": {}} if member else {}), **below}
        elif member:
            found[key] = {}
    return found


def _differing(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, Any, Any]]:
    """Children that differ, as (key in the set, name in the path, before, after)."""
    if isinstance(new, dict):
        # Most values are identical, and this runs for each field of each write.
        for name, value in new.items():
            before = old.get(name)
            if value is not None and before is not value and before != value:
                yield f"f:{name}", name, before, value
        return
    yield from (pair for pair in _items(old, new, path) if pair[3] is not None and pair[2] != pair[3])


def _items(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, Any, Any]]:
    keys = keys_of_list(path) or ()
    if not keys:
        for item in new:
            yield f"v:{encode(item).decode()}", "[]", item if item in old else None, item
        return
    before = {list_key(item, keys): item for item in old}
    for item in new:
        key = list_key(item, keys)
        yield key, "[]", before.get(key), item


def list_key(item: dict[str, Any], keys: tuple[str, ...]) -> str:
    """The key of a list item in a field set."""
    return "k:" + encode({name: item[name] for name in keys if name in item}).decode()


def _is_granular(value: Any, path: tuple[str, ...]) -> bool:
    name = path[-1]
    if isinstance(value, dict):
        if path[-2:] == ("ownerReferences", "[]"):
            return False
        if name in _ATOMIC_MAPS and path[:1] != ("metadata",):
            return False
        # the data of a ConfigMap are strings; the data of a ControllerRevision are one value
        return bool(value) and (path != ("data",) or all(isinstance(item, str) for item in value.values()))
    if isinstance(value, list):
        keys = keys_of_list(path)
        return bool(value) and keys is not None and (not keys or all(isinstance(item, dict) for item in value))
    return False


def keys_of_list(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The key fields of the list at `path`, empty for a set, None for an atomic list.

    `path` has field names, with `[]` for the items of a list.
    """
    name = path[-1]
    if path == ("metadata", "finalizers"):
        return ()
    if name == "ports":
        if path == ("spec", "ports"):
            return ("port", "protocol")
        return ("containerPort", "protocol") if "containers" in path or "initContainers" in path else None
    if name == "addresses" and path[0] != "status":
        return None
    return _LIST_KEYS.get(name)
