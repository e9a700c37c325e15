from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings

from stsview.ui.kit.commands.available import KnownCommand
from stsview.ui.kit.commands.commands import Argument, Command, TypedCommand
from stsview.ui.kit.commands.palette_search import Choice, search
from tests.support.ui.hostile import texts

NAMESPACES = ["auth", "data", "data-eu", "my-data", "kube-system"]

NODE = cast("Any", SimpleNamespace(namespaces=NAMESPACES))


def _whole(_: Any, text: str) -> object:
    if not text.isdecimal():
        raise ValueError(f'"{text}" is not a number of replicas')
    return int(text)


def _known(command: Command, reason: str = "") -> KnownCommand:
    return KnownCommand(NODE, command, () if reason else command.keys, reason)


KNOWN = [
    _known(
        Command(
            "scale", ("s",), "scale", "Scale it", typed=TypedCommand(("scale",), Argument("REPLICAS", parse=_whole))
        )
    ),
    _known(Command("restart", ("r",), "restart", "Restart the set")),
    _known(Command("pause", (), "pause", "Pause the rollout"), "no rollout in progress on infra/vault"),
    _known(Command("down", ("j",), "down", "Move one row down", palette=False)),
    _known(
        Command(
            "namespace",
            ("N",),
            "namespace",
            "Choose namespaces",
            typed=TypedCommand(("ns", "namespace"), Argument("NAME", lambda node: node.namespaces)),
        )
    ),
    _known(
        Command(
            "theme",
            (),
            "theme",
            "Choose a theme",
            typed=TypedCommand(("theme",), Argument("NAME", lambda _: ("dark", "light", "lilac"), closed=True)),
        )
    ),
    _known(Command("quit", ("q",), "quit", "Leave", footer=9, typed=TypedCommand(("q", "quit")))),
    _known(Command("retry", ("ctrl+r",), "retry", "Retry", typed=TypedCommand(("retry",))), "data is live"),
    _known(Command("recheck", ("ctrl+r",), "recheck", "Check access again", typed=TypedCommand(("retry",)))),
]

ELSEWHERE = {"kill": "on the screen of a set"}


def texts_for(query: str) -> list[str]:
    return [choice.text for choice in search(query, KNOWN, ELSEWHERE).choices]


def run_by_enter(query: str) -> Choice | None:
    """What Enter runs without a move of the cursor."""
    matches = search(query, KNOWN, ELSEWHERE)
    return matches.choices[0] if matches.named else None


def note(query: str) -> str:
    return search(query, KNOWN, ELSEWHERE).note


def test_an_empty_query_lists_what_is_available_by_rank_and_runs_nothing() -> None:
    everything = ["q", "scale", "restart", "ns", "theme", "retry"]
    assert texts_for("") == texts_for(" ") == texts_for(":") == everything
    assert run_by_enter("") is None


@pytest.mark.parametrize(
    ("query", "name"),
    [("q", "quit"), (":q", "quit"), ("quit", "quit"), ("NS", "namespace"), ("names", "namespace"), ("sc", "scale")],
)
def test_a_name_or_the_beginning_of_only_one_runs(query: str, name: str) -> None:
    choice = run_by_enter(query)
    assert choice is not None
    assert choice.found.command.id == name


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("re", '"re" may be restart or retry'),
        ("scl", 'unknown command "scl"; did you mean scale?'),
        ("xyz", 'unknown command "xyz"'),
        ("down", 'unknown command "down"'),
        ("kill", ":kill is available on the screen of a set"),
    ],
)
def test_no_similar_name_runs(query: str, words: str) -> None:
    assert run_by_enter(query) is None
    assert note(query) == words


def test_similar_names_are_listed() -> None:
    assert texts_for("scl") == ["scale"]
    assert texts_for("re")[:2] == ["restart", "retry"]


def test_of_two_commands_with_one_name_the_available_one_runs() -> None:
    choice = run_by_enter("retry")
    assert choice is not None
    assert choice.found.command.id == "recheck"


def test_a_command_that_is_not_available_is_found_with_its_reason() -> None:
    for query in ("pause", "pa", "pause now"):
        choice = run_by_enter(query)
        assert choice is not None
        assert choice.found.reason == "no rollout in progress on infra/vault"


@pytest.mark.parametrize(
    ("query", "arguments", "problem"),
    [
        ("scale", (), ""),
        ("scale 9", (9,), ""),
        ("sc 9", (9,), ""),
        ("scale nine", (), ':scale: "nine" is not a number of replicas'),
        ("restart now", (), ":restart takes no argument"),
        ("theme light", ("light",), ""),
        ("theme d", ("dark",), ""),
        ("theme li", (), ':theme: no NAME "li": use light or lilac'),
        ("theme pink", (), ':theme: no NAME "pink": use dark, light or lilac'),
        ("ns data", ("data",), ""),
        ("ns da", ("da",), ""),
    ],
)
def test_an_argument_is_parsed(query: str, arguments: tuple[object, ...], problem: str) -> None:
    choice = run_by_enter(query)
    assert choice is not None
    assert (choice.arguments, choice.problem, note(query)) == (arguments, problem, problem)


def test_known_values_follow_the_argument_as_typed() -> None:
    assert texts_for("ns")[:3] == ["ns", "ns auth", "ns data"]
    assert texts_for("ns data") == ["ns data", "ns data-eu", "ns my-data"]
    assert texts_for("namespace kube") == ["ns kube", "ns kube-system"]


def test_tab_completes_a_command() -> None:
    assert [search(query, KNOWN).choices[0].completion for query in ("ns", "ns da", "rest")] == [
        "ns ",
        "ns da",
        "restart",
    ]


@given(texts())
@settings(max_examples=100)
def test_any_query_is_accepted(query: str) -> None:
    for choice in search(query, KNOWN).choices:
        assert choice.text


def test_any_value_is_accepted() -> None:
    node = cast("Any", SimpleNamespace(namespaces=["[/", "a[b=c]d", "\x1b[2J"]))
    hostile = [KnownCommand(node, KNOWN[4].command, ())]
    assert [choice.argument for choice in search("ns [", hostile).choices] == ["[", "[/", "a[b=c]d", "\x1b[2J"]
