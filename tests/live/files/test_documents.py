"""Reading of files: every format that kubectl writes, and errors of one line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from stsview.live.errors import CannotStart
from stsview.live.files.documents import read_files

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "default"}}
CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data-web-0"}}

YAML = """\
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  creationTimestamp: 2026-11-20T18:51:03Z
---
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: data-web-0
"""


def written(folder: Path, content: object, name: str = "objects.json") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def names(*paths: str) -> list[str]:
    return [document["metadata"]["name"] for document in read_files(paths).objects]


@pytest.mark.parametrize(
    "content",
    [
        {"apiVersion": "v1", "kind": "List", "items": [POD, CLAIM]},
        {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": [POD]}, CLAIM]},
        json.dumps(POD) + "\n" + json.dumps(CLAIM) + "\n",
        "\ufeff" + json.dumps(POD, indent=1) + json.dumps(CLAIM, indent=1),
        YAML,
    ],
    ids=["List", "nested Lists", "a line for each", "concatenated", "YAML documents"],
)
def test_objects_of_every_format_are_read(tmp_path: Path, content: object) -> None:
    assert names(written(tmp_path, content)) == ["web-0", "data-web-0"]


def test_times_in_yaml_stay_text(tmp_path: Path) -> None:
    pod, _ = read_files([written(tmp_path, YAML, "objects.yaml")]).objects
    assert pod["metadata"]["creationTimestamp"] == "2026-11-20T18:51:03Z"


def test_items_of_a_typed_list_get_its_kind_and_an_empty_one_is_noted(tmp_path: Path) -> None:
    listed = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "web-0"}}]}
    empty: dict[str, object] = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudgetList",
        "metadata": {},
        "items": None,
    }
    documents = read_files([written(tmp_path, {"apiVersion": "v1", "kind": "List", "items": [listed, empty]})])
    assert documents.objects == [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}}]
    assert documents.listed == {("", "Pod"), ("policy", "PodDisruptionBudget")}


def test_a_folder_is_searched_and_other_files_in_it_are_skipped(tmp_path: Path) -> None:
    written(tmp_path, POD, "default/pods.json")
    written(tmp_path, "replicaCount: 3\n", "values.yaml")
    written(tmp_path, "2026-11-20 started\n", "default/web-0/logs.txt")
    assert names(str(tmp_path)) == ["web-0"]


def test_several_files_and_the_standard_input_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(CLAIM).encode())))
    assert names(written(tmp_path, POD), "-") == ["web-0", "data-web-0"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"apiVersion": "v1",\n "kind": ', "is not valid JSON (line 2, column 10): Expecting value"),
        ("{" * 5000, "is not valid JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "is not valid JSON: nested too deep"),
        ("a: b: c\n", "is not valid YAML (line 1, column 5): mapping values are not allowed in this context"),
        ("a: &x [1]\nb: *x\n", "is not valid YAML: line 2 has an alias, which kubectl never writes"),
        ("- " * 500 + "1\n", "is not valid YAML: nested too deep"),
        ("hello\n", "is not a Kubernetes object: apiVersion and kind are missing"),
        ({"kind": "Pod"}, "is not a Kubernetes object: apiVersion and kind are missing"),
        ({"apiVersion": "v1", "kind": "PodList", "items": {}}, "is not a Kubernetes object: items is not a list"),
        (
            {"apiVersion": "v1", "kind": "List", "items": [3]},
            "is not a Kubernetes object: of an item, apiVersion and kind are missing",
        ),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path: Path, content: object, problem: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(CannotStart) as raised:
        read_files([path])
    assert str(raised.value).startswith(f"{path} {problem}")
    assert "\n" not in str(raised.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"nowhere\.json cannot be read: No such file or directory"):
        read_files([str(tmp_path / "nowhere.json")])
    with pytest.raises(CannotStart, match=r"has no \.json, \.yaml, \.yml files"):
        read_files([str(tmp_path)])
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CannotStart, match=r"binary\.json is not a text file"):
        read_files([str(tmp_path / "binary.json")])
    with pytest.raises(CannotStart, match=r"no Kubernetes objects in .*empty"):
        read_files([written(tmp_path, "---\n", "empty.yaml")])
