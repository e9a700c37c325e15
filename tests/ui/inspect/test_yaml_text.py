"""Objects as YAML text."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.inspect.yaml_text import LAST_APPLIED, yaml_lines
from stsview.ui.kit.look.roles import Role, plain

POD: dict[str, Any] = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {
        "name": "kafka-3",
        "managedFields": [{"manager": "kubelet"}, {"manager": "kubectl"}],
        "annotations": {LAST_APPLIED: "x" * 1536, "note": "first: a\n\n  - b\nlast"},
    },
    "spec": {"tty": True, "args": ["-v", "a\nb: c\n"], "empty": [], "priority": 0, "exponent": "1e3"},
}


def text(document: dict[str, Any], *, unfolded: bool = False) -> str:
    return "\n".join(plain(line) for line in yaml_lines(document, unfolded=unfolded))


def test_folded_parts_leave_valid_yaml() -> None:
    yaml_text = text(POD)
    assert yaml_text.startswith("apiVersion: v1\nkind: Pod\nmetadata:\n  name: kafka-3\n")
    assert "  managedFields: # 2 entries folded\n" in yaml_text
    assert f"    {LAST_APPLIED}: # 1.5 KiB folded\n" in yaml_text
    read = yaml.safe_load(yaml_text)
    assert read["metadata"]["managedFields"] is None
    assert read["spec"] == POD["spec"]


def test_unfolded_yaml_is_the_object_itself() -> None:
    assert yaml.safe_load(text(POD, unfolded=True)) == POD
    assert "      first: a\n\n        - b\n" in text(POD, unfolded=True)


def test_colours() -> None:
    lines = {plain(line): line for line in yaml_lines(POD)}
    assert lines["kind: Pod"] == (
        ("", Role.DIM),
        ("kind", Role.ACCENT),
        (":", Role.DIM),
        (" ", Role.DIM),
        ("Pod", Role.TEXT),
    )
    assert lines["  tty: true"][-1] == ("true", Role.BRIGHT)
    # YAML inside a block scalar is text.
    assert lines["      first: a"] == (("      first: a", Role.TEXT),)
    assert lines["    b: c"] == (("    b: c", Role.TEXT),)
    assert lines["  - -v"] == (("  - ", Role.DIM), ("-v", Role.TEXT))


def test_a_placeholder_cannot_be_forged() -> None:
    forged = {"metadata": {"managedFields": [1], "name": "2 entries folded"}}
    assert "name: 2 entries folded" in text(forged)


_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=12), st.floats(allow_nan=False, width=16)
)
_DOCUMENTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        _SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3)
    ),
    max_size=4,
)


@given(_DOCUMENTS)
@settings(max_examples=60, deadline=None)
def test_any_object_can_be_parsed_back(document: dict[str, Any]) -> None:
    yaml_text = text(document, unfolded=True)
    assert yaml.safe_load(yaml_text) == document
    text(document)
