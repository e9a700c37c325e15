from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings

from stsview.ui.kit.commands.available import AvailableCommand
from stsview.ui.kit.commands.commands import Command, TypedCommand
from stsview.ui.kit.commands.palette_search import Choice, search
from tests.support.ui.hostile import texts

NAMESPACES = ["auth", "data", "data-eu", "my-data", "kube-system"]

NODE = cast("Any", SimpleNamespace(namespaces=NAMESPACES))

OFFERED = [
    AvailableCommand(NODE, Command("scale", ("s",), "scale", "Scale the set"), ("s",)),
    AvailableCommand(NODE, Command("restart", ("r",), "restart", "Restart the set"), ("r",)),
    AvailableCommand(NODE, Command("down", ("j",), "down", "Move one row down", palette=False), ("j",)),
    AvailableCommand(
        NODE,
        Command(
            "namespace",
            ("N",),
            "namespace",
            "Choose namespaces",
            typed=TypedCommand(("ns", "namespace"), "name", lambda node: node.namespaces),
        ),
        ("N",),
    ),
    AvailableCommand(
        NODE, Command("context", ("C",), "context", "Choose a context", typed=TypedCommand(("ctx",), "name")), ("C",)
    ),
    AvailableCommand(
        NODE, Command("quit", ("q",), "quit", "Leave", footer=9, typed=TypedCommand(("q", "quit"))), ("q",)
    ),
]


def offered(query: str) -> list[tuple[str, str | None]]:
    return [(choice.text, choice.argument) for choice in search(query, OFFERED)]


def first(query: str) -> Choice:
    return search(query, OFFERED)[0]


def test_an_empty_query_lists_all_by_rank() -> None:
    everything = [("q", ""), ("scale", None), ("restart", None), ("ns", ""), ("ctx", "")]
    assert offered("") == offered(" ") == offered(":") == everything


def test_a_typed_name_comes_first() -> None:
    assert offered("q") == [("q", "")]
    assert offered(":q") == [("q", "")]
    assert offered("quit")[0] == ("q", "")


def test_a_typed_name_alone_lists_its_values() -> None:
    assert offered("ns")[:3] == [("ns", ""), ("ns auth", "auth"), ("ns data", "data")]


def test_matching_arguments_are_ordered_by_match() -> None:
    assert offered("ns data") == [("ns data", "data"), ("ns data-eu", "data-eu"), ("ns my-data", "my-data")]
    assert offered("ns DATA-")[0] == ("ns data-eu", "data-eu")


def test_an_unknown_argument_is_used_as_typed() -> None:
    assert offered("ns staging") == [("ns staging", "staging")]
    assert offered("namespace kube") == [("ns kube-system", "kube-system"), ("ns kube", "kube")]
    assert offered("ctx prod-eu1") == [("ctx prod-eu1", "prod-eu1")]


def test_labels_match_fuzzily() -> None:
    assert offered("rest") == [("restart", None)]
    assert offered("scl") == [("scale", None)]
    assert ("ns", "") in offered("names")


def test_cursor_movement_is_not_listed() -> None:
    assert not any(text == "down" for text, _ in offered("down"))


def test_tab_completes_a_typed_command() -> None:
    assert first("ns").completion == "ns "
    assert first("ns da").completion == "ns data"
    assert first("rest").completion == ""


@given(texts())
@settings(max_examples=100)
def test_any_query_is_accepted(query: str) -> None:
    for choice in search(query, OFFERED):
        assert choice.text


def test_any_value_is_accepted() -> None:
    node = cast("Any", SimpleNamespace(namespaces=["[/", "a[b=c]d", "\x1b[2J"]))
    hostile = [AvailableCommand(node, OFFERED[3].command, ())]
    assert [choice.argument for choice in search("ns [", hostile)] == ["[/", "a[b=c]d", "\x1b[2J", "["]
