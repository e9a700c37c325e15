"""Reading of files that `kubectl get … -o json` or `-o yaml` wrote, or `stsview dump`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from stsview.cluster.errors import printable_line
from stsview.cluster.yaml_documents import load_documents
from stsview.live.errors import CannotStart
from stsview.live.on_demand import Document

AS_OF = "stsview.io/as-of"
"""Annotation of a List: when its objects were read, by the clock of the server."""

STANDARD_INPUT = "-"

_ENDINGS = (".json", ".yaml", ".yml")
"""What is read of a folder; `kubectl cluster-info dump` also writes logs."""

_MISSING = "apiVersion and kind are missing"


class Documents(msgspec.Struct):
    """The objects of some files, complete and unchecked."""

    objects: list[Document] = msgspec.field(default_factory=list)
    """Each with its `apiVersion` and `kind`."""
    listed: set[tuple[str, str]] = msgspec.field(default_factory=set)
    """API group and kind of each typed List (`PodList`): of these kinds the files hold all, even if there are none."""
    read_at: list[str] = msgspec.field(default_factory=list)
    """The annotations `AS_OF` of Lists."""


def read_files(paths: Sequence[str]) -> Documents:
    """The objects of these files, and of all JSON and YAML files in these folders.

    `-` is the standard input.

    Raises `CannotStart`, with one line that names the file and what is wrong.
    """
    documents = Documents()
    for path in paths:
        if path == STANDARD_INPUT:
            _add("standard input", sys.stdin.buffer.read(), documents)
            continue
        for file in _files(Path(path)):
            # A folder may hold other things too; a file that was named is meant to hold objects.
            _add(str(file), _content(file), documents, others=str(file) != str(Path(path)))
    if not documents.objects and not documents.listed:
        raise CannotStart(f"no Kubernetes objects in {printable_line(', '.join(paths))}")
    return documents


def group_of(api_version: str) -> str:
    """`apps` of `apps/v1`; empty for the core group."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in _ENDINGS and file.is_file())
    if not found:
        raise CannotStart(f"folder {printable_line(str(path))} has no {', '.join(_ENDINGS)} files")
    return found


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotStart(f"{printable_line(str(file))} cannot be read: {error.strerror or 'error'}") from error


def _add(name: str, content: bytes, documents: Documents, *, others: bool = False) -> None:
    """Add the objects of one file; with `others`, documents that are no objects are skipped."""
    for document in _parse(name, content):
        # Between two `---` of YAML there may be nothing.
        if document is None:
            continue
        problem = _add_document(document, documents)
        if problem and not others:
            raise CannotStart(f"{printable_line(name)} is not a Kubernetes object: {problem}")


def _add_document(document: Any, documents: Documents) -> str:
    """Add an object, or those of a List; returns what is wrong with it, if anything."""
    if not isinstance(document, dict):
        return _MISSING
    version, kind = document.get("apiVersion"), document.get("kind")
    if not (isinstance(version, str) and isinstance(kind, str) and version and kind):
        return _MISSING
    if "items" not in document or not kind.endswith("List"):
        documents.objects.append(document)
        return ""
    items = [] if document["items"] is None else document["items"]
    if not isinstance(items, list):
        return "items is not a list"
    if isinstance(read_at := _annotation(document), str):
        documents.read_at.append(read_at)
    # Items of a typed List have no kind of their own.
    kind_of_items = kind.removesuffix("List")
    if kind_of_items:
        documents.listed.add((group_of(version), kind_of_items))
    for item in items:
        if kind_of_items and isinstance(item, dict):
            item = {"apiVersion": version, "kind": kind_of_items, **item}
        if problem := _add_document(item, documents):
            return f"of an item, {problem}"
    return ""


def _annotation(document: Document) -> Any:
    metadata = document.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations.get(AS_OF) if isinstance(annotations, dict) else None


def _parse(name: str, content: bytes) -> list[Any]:
    file = printable_line(name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file} is not a text file") from error
    if text.lstrip()[:1] in ("{", "["):
        return _parse_json(file, text)
    try:
        return load_documents(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        problem = f": {error.problem}" if error.problem else ""
        raise CannotStart(f"{file} is not valid YAML{where}{printable_line(problem)}") from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise CannotStart(f"{file} is not valid YAML: {printable_line(str(error))}") from error


def _parse_json(file: str, text: str) -> list[Any]:
    try:
        return [msgspec.json.decode(text)]
    except (msgspec.DecodeError, RecursionError):
        pass
    # Several documents, one after the other.
    try:
        return list(_concatenated(text))
    except RecursionError as error:
        raise CannotStart(f"{file} is not valid JSON: nested too deep") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise CannotStart(f"{file} is not valid JSON ({where}): {printable_line(error.msg)}") from error


def _concatenated(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        while at < len(text) and text[at].isspace():
            at += 1
