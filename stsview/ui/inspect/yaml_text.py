"""An object as coloured YAML, with its long and uninformative parts folded."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from stsview.live.on_demand import Document
from stsview.objects.quantity import format_bytes
from stsview.text.numbers import count
from stsview.text.plain_yaml import plain_yaml
from stsview.ui.kit.look.roles import Role, Span, Spans

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_FIRST = ("apiVersion", "kind", "metadata")

_KEY = re.compile(
    r"""(?P<indent>[ ]*(?:-[ ])*)
    (?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#\[\]{}][^#]*?)
    (?P<colon>:)(?:[ ](?P<value>.*))?$""",
    re.VERBOSE,
)
_ITEM = re.compile(r"(?P<indent>[ ]*(?:-[ ])+)(?P<value>.*)$")
_BLOCK = re.compile(r"[|>][+-]?\d?$")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?$|true$|false$|null$|\[\]$|\{\}$")


def yaml_lines(document: Document, *, unfolded: bool = False) -> list[Spans]:
    """The object as lines.

    Unless `unfolded`, `managedFields` and the last applied configuration are folded to one line each: they repeat the
    rest. The result is still valid YAML. May take a second for an object of some megabytes.
    """
    folded: dict[str, str] = {}
    ordered = _in_order(document if unfolded else _fold(document, folded))
    return list(_coloured(plain_yaml(ordered), folded))


def _in_order(document: Document) -> Document:
    first = {name: document[name] for name in _FIRST if name in document}
    return {**first, **document}


def _fold(document: Document, folded: dict[str, str]) -> Document:
    """The object with placeholders for what is folded; adds their texts to `folded`."""

    def placeholder(text: str) -> str:
        name = secrets.token_hex(16)
        folded[name] = text
        return name

    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return document
    metadata = dict(metadata)
    managed = metadata.get("managedFields")
    if isinstance(managed, list):
        metadata["managedFields"] = placeholder(count(len(managed), "entry", "entries"))
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict) and isinstance(applied := annotations.get(LAST_APPLIED), str):
        amount, unit = format_bytes(len(applied.encode("utf-8", "replace")))
        metadata["annotations"] = {**annotations, LAST_APPLIED: placeholder(f"{amount} {unit}B")}
    return {**document, "metadata": metadata}


def _coloured(text: str, folded: dict[str, str]) -> Iterator[Spans]:
    block: int | None = None
    for line in text.removesuffix("\n").split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if block is not None and (not line.strip() or indent > block):
            yield ((line, Role.TEXT),)
            continue
        block = None
        spans, opens = _line(line, folded)
        if opens:
            # In a list of block scalars the text is indented relative to the dash, not to what follows it.
            block = indent
        yield spans


def _line(line: str, folded: dict[str, str]) -> tuple[Spans, bool]:
    """One line outside block scalars, and whether a block scalar starts below it."""
    match = _KEY.match(line)
    if match is None:
        item = _ITEM.match(line)
        if item is None:
            return ((line, Role.TEXT),), False
        value = item["value"]
        return ((item["indent"], Role.DIM), _value(value)), bool(_BLOCK.match(value))
    spans: list[Span] = [(match["indent"], Role.DIM), (match["key"], Role.ACCENT), (":", Role.DIM)]
    value = match["value"]
    if value is None:
        return tuple(spans), False
    folded_text = folded.get(value.strip("'\""))
    if folded_text is not None:
        return (*spans, (f" # {folded_text} folded", Role.DIM)), False
    return (*spans, (" ", Role.DIM), _value(value)), bool(_BLOCK.match(value))


def _value(value: str) -> Span:
    if _BLOCK.match(value):
        return value, Role.DIM
    return value, Role.BRIGHT if _PLAIN.match(value) else Role.TEXT
