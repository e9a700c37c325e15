"""Strategic merge patch, with the merge keys of the kinds served.

Source: k8s.io/apimachinery/pkg/util/strategicpatch/patch.go; the keys are the `patchMergeKey` tags of the API types.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.wire import Object

_Fields: TypeAlias = dict[str, Any]

_MERGE_KEYS: dict[str, str] = {
    "addresses": "type",
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "podIPs": "ip",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
_MERGED_SETS = frozenset({"finalizers"})
_DIRECTIVE = "$patch"
_DELETE_VALUES = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_RETAIN_KEYS = "$retainKeys"


def strategic_merge(target: Object, patch: Object) -> Object:
    """Apply a strategic merge patch; `target` may change in place.

    Raises `ApiError` 400 for an unknown directive.
    """
    return _merge_map(target, patch, ())


def _merge_map(target: _Fields, patch: _Fields, path: tuple[str, ...]) -> _Fields:
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {name: value for name, value in patch.items() if name != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise ApiError.bad_request(f"Unknown patch type: {directive}")
    retained = patch.get(_RETAIN_KEYS)
    if retained is not None:
        target = {name: value for name, value in target.items() if name in retained}
    for name, value in patch.items():
        if name in (_DIRECTIVE, _RETAIN_KEYS) or name.startswith((_ORDER, _DELETE_VALUES)):
            continue
        if value is None:
            target.pop(name, None)
            continue
        target[name] = _merge_value(target.get(name), value, (*path, name), patch.get(_ORDER + name))
    for name, gone in patch.items():
        if name.startswith(_DELETE_VALUES):
            field = name.removeprefix(_DELETE_VALUES)
            target[field] = [value for value in target.get(field) or [] if value not in gone]
    for name, order in patch.items():
        field = name.removeprefix(_ORDER)
        if name.startswith(_ORDER) and field not in patch and isinstance(target.get(field), list):
            target[field] = _ordered(target[field], order, _merge_key((*path, field)))
    return target


def _merge_value(current: Any, value: Any, path: tuple[str, ...], order: list[Any] | None) -> Any:
    if isinstance(value, dict):
        return _merge_map(current if isinstance(current, dict) else {}, value, path)
    if not isinstance(value, list):
        return value
    key = _merge_key(path)
    if key is not None:
        merged = _merge_list(current if isinstance(current, list) else [], value, key, path)
    elif path[-1] in _MERGED_SETS:
        merged = [*(current or []), *(one for one in value if one not in (current or []))]
    else:
        return value
    return merged if order is None else _ordered(merged, order, key)


def _merge_list(current: list[_Fields], patch: list[_Fields], key: str, path: tuple[str, ...]) -> list[_Fields]:
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return [item for item in patch if item.get(_DIRECTIVE) != "replace"]
    merged = list(current)
    for item in patch:
        if key not in item:
            raise ApiError.bad_request(f"map: {item} does not contain declared merge key: {key}")
        index = next((i for i, one in enumerate(merged) if one.get(key) == item[key]), None)
        if item.get(_DIRECTIVE) == "delete":
            if index is not None:
                del merged[index]
        elif index is None:
            merged.append(_merge_map({}, item, path))
        else:
            merged[index] = _merge_map(merged[index], item, path)
    return merged


def _ordered(items: list[Any], order: list[Any], key: str | None) -> list[Any]:
    """Items in the order of the patch; others stay where they are."""

    def identity(item: Any) -> Any:
        return item.get(key) if key is not None and isinstance(item, dict) else item

    rank = {identity(item): position for position, item in enumerate(order)}
    ranked = sorted((item for item in items if identity(item) in rank), key=lambda item: rank[identity(item)])
    waiting = iter(ranked)
    return [next(waiting) if identity(item) in rank else item for item in items]


def _merge_key(path: tuple[str, ...]) -> str | None:
    name = path[-1]
    if name == "ports":
        return "port" if path == ("spec", "ports") else "containerPort"
    return _MERGE_KEYS.get(name)
