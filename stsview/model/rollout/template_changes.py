"""The differences of two pod templates in a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stsview.model.names import listed, one_line

_NOISE = frozenset({"$patch"})
"""Marks a recorded template as a patch (pkg/controller/statefulset/stateful_set_utils.go, getPatch)."""

_COUNTED = re.compile(r"(\d+ (?:other )?fields?) of the template differs?: ")

_IMAGE = re.compile(r"([^ ]+): ([^ ]+):([^/: ]+) -> \2:([^/: ]+)")
"""A container whose image changes from one tag of a repository to another."""

_PARTS = ("containers", "initContainers")


def same_template(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two templates are equal; null is absent ("Optional vs. Required")."""
    return bool(_bare(one) == _bare(other))


def changes_in_brief(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """As `template_changes`, with only the tags of images from the same repository, and other fields only counted."""
    return tuple(_in_brief(phrase) for phrase in template_changes(before, after))


def _in_brief(phrase: str) -> str:
    fields = _COUNTED.match(phrase)
    image = _IMAGE.fullmatch(phrase)
    if fields is not None:
        return fields[1]
    return f"{image[1]}: image {image[3]} -> {image[4]}" if image is not None else phrase


def template_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """One phrase per difference: `zookeeper: zookeeper:3.9 -> zookeeper:3.8`.

    Other fields are counted and some named.

    Empty where the templates are the same.
    """
    old, new = _containers(before), _containers(after)
    phrases = [f"container {name} removed" for name in old if name not in new]
    phrases += [f"container {name} added" for name in new if name not in old]
    phrases += [
        f"{name}: {one_line(str(old[name].get('image')))} -> {one_line(str(new[name].get('image')))}"
        for name in old
        if name in new and old[name].get("image") != new[name].get("image")
    ]
    both = old.keys() & new.keys()
    fields_before, fields_after = dict(_fields(_rest(before, both))), dict(_fields(_rest(after, both)))
    names = [*fields_before, *(name for name in fields_after if name not in fields_before)]
    others = [name for name in names if fields_before.get(name) != fields_after.get(name)]
    if others:
        many = f"{len(others)} {'other ' if phrases else ''}field{'' if len(others) == 1 else 's'} of the template"
        phrases.append(f"{many} differ{'s' if len(others) == 1 else ''}: {one_line(listed(others))}")
    if not phrases and list(old) != list(new):
        phrases.append("container order changed")
    return tuple(phrases)


def _containers(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    spec = template.get("spec") or {}
    return {str(one.get("name")): one for part in _PARTS for one in spec.get(part) or ()}


def _rest(template: Mapping[str, Any], both: set[str]) -> dict[str, Any]:
    """The template without images, and without containers that the other lacks."""
    bare: dict[str, Any] = _bare(template)
    spec = bare.get("spec") or {}
    kept = {
        part: [
            {name: value for name, value in one.items() if name != "image"}
            for one in spec.get(part) or ()
            if str(one.get("name")) in both
        ]
        for part in _PARTS
    }
    return {**bare, "spec": {**spec, **kept}}


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _bare(one) for name, one in value.items() if one is not None and name not in _NOISE}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its path, as `spec.containers[zookeeper].image`."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _fields(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            name = one.get("name", number) if isinstance(one, dict) else number
            yield from _fields(one, f"{path}[{name}]")
    else:
        yield path, value
