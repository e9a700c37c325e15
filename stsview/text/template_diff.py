"""A line diff of the pod templates of two revisions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from stsview.model.rollout.detail import RevisionView
from stsview.text.plain_yaml import plain_yaml

_CONTEXT = 3
"""Lines of context around a difference."""

_NOISE = frozenset({"$patch", "creationTimestamp"})
"""Ignored fields of a ControllerRevision: the patch directive, and a field that is null in every template."""

_BLOCK = re.compile(r"[|>][+-]?\d?$")
_NAMED = re.compile(r"name: (.+)$")


class LineKind(StrEnum):
    """The kind of a line in a diff; the value is its sign."""

    HUNK = "@"
    """The path of the lines below it."""
    CONTEXT = " "
    REMOVED = "-"
    ADDED = "+"


class DiffLine(msgspec.Struct, frozen=True):
    kind: LineKind
    text: str
    """Without the sign; for HUNK the path of the first line that differs."""
    numbers: str = ""
    """For HUNK: the line ranges, in the notation of diff."""

    @property
    def plain(self) -> str:
        """The line as in a unified diff."""
        if self.kind is LineKind.HUNK:
            return f"@@ {self.numbers} @@ {self.text}".rstrip()
        return self.kind.value + self.text


def template_lines(revision: RevisionView) -> list[str]:
    """The pod template as YAML lines.

    Keys are sorted, `name` first, so that equal templates have equal lines.
    """
    ordered = _ordered({name: value for name, value in revision.template.items() if name not in _NOISE})
    return plain_yaml(ordered).removesuffix("\n").split("\n") if ordered else []


def diff(before: RevisionView, after: RevisionView) -> list[DiffLine]:
    """The diff of two templates; empty if they are equal.

    May take a second for several megabytes.
    """
    old, new = template_lines(before), template_lines(after)
    old_paths, new_paths = list(_paths(old)), list(_paths(new))
    lines: list[DiffLine] = []
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        changed = next(opcode for opcode in group if opcode[0] != "equal")
        path = old_paths[changed[1]] if changed[1] < changed[2] else new_paths[changed[3]]
        numbers = f"-{_range(first[1], last[2])} +{_range(first[3], last[4])}"
        lines.append(DiffLine(LineKind.HUNK, path, numbers))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += [DiffLine(LineKind.CONTEXT, line) for line in old[old_from:old_to]]
                continue
            lines += [DiffLine(LineKind.REMOVED, line) for line in old[old_from:old_to]]
            lines += [DiffLine(LineKind.ADDED, line) for line in new[new_from:new_to]]
    return lines


def _range(start: int, end: int) -> str:
    """A line range in the notation of diff: from 1, or the line before an empty range."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        names = sorted((name for name in value if name not in _NOISE or value[name] is not None), key=_rank)
        return {name: _ordered(value[name]) for name in names}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _rank(name: str) -> tuple[bool, str]:
    return name != "name", name


class _Step(msgspec.Struct):
    indent: int
    word: str
    item: bool = False
    count: int = 0
    """For a key: the number of list items so far."""


def _paths(lines: Sequence[str]) -> Iterator[str]:
    """The path of each line, such as `spec.containers[zookeeper].image`."""
    steps: list[_Step] = []
    block: int | None = None
    for line in lines:
        rest = line.lstrip(" ")
        indent = len(line) - len(rest)
        if block is not None and (not rest or indent > block):
            yield _path(steps)
            continue
        block = None
        start = indent
        while rest == "-" or rest.startswith("- "):
            while steps and (steps[-1].indent > indent or (steps[-1].item and steps[-1].indent == indent)):
                steps.pop()
            named = _NAMED.match(rest[2:])
            parent = steps[-1] if steps else _Step(-1, "")
            steps.append(_Step(indent, f"[{named[1] if named else parent.count}]", item=True))
            parent.count += 1
            rest, indent = rest[2:], indent + 2
        key, colon, value = rest.partition(":")
        if colon and (not value or value.startswith(" ")):
            while steps and steps[-1].indent >= indent:
                steps.pop()
            steps.append(_Step(indent, key))
        if _BLOCK.search(rest):
            block = start
        yield _path(steps)


def _path(steps: Sequence[_Step]) -> str:
    path = ""
    for step in steps:
        path += step.word if step.item or not path else f".{step.word}"
    return path
