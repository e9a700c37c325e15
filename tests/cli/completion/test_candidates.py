"""What completes a command line, as far as the parser alone knows it."""

from __future__ import annotations

import pytest

from stsview.cli.arguments.parser import THEMES, parser
from stsview.cli.arguments.placeholders import Names
from stsview.cli.completion import candidates, cluster_names
from stsview.cli.completion.candidates import Directive, answer
from stsview.cli.completion.cluster_names import Found
from stsview.cli.completion.selection import Selection


def words(*line: str) -> list[str]:
    return [one.word for one in answer(parser(), line).candidates]


def test_every_command_is_completed_with_its_help_but_no_former_name() -> None:
    found = {one.word: one.description for one in answer(parser(), [""]).candidates}
    assert found["drain"].startswith("what a drain of nodes would do")
    assert "nudge" not in found
    assert "__complete" not in found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["dra"], ["drain"]),
        (["check", "--fail-on", "e"], ["error"]),
        (["check", "--fail-on=e"], ["--fail-on=error"]),
        (["check", "--fail-on", "error", "--min-s"], ["--min-severity"]),
        (["--theme", ""], list(THEMES)),
        (["canary", "kafka", ""], ["start", "next", "finish", "abort"]),
        (["canary", "-n", "mq", "--dry-run", "kafka", "st"], ["start"]),
        (["canary", "-nmq", "kafka", "st"], ["start"]),
        (["logs", "kafka", "-fc", "app", "--foll"], []),
        (["logs", "kafka", "--tai"], ["--tail"]),
        (["nudge", "kafka", "--dry"], ["--dry-run"]),
        (["check", "--from", "a.json", "b.json", "-o", "j"], ["json", "junit"]),
        (["no-such-command", "--con"], ["--context", "--contexts", "--config"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["scale", "kafka", "--replicas", ""], []),
        (["scale", "kafka", "--confirm", ""], []),
        (["status", "kafka", "--", "--he"], []),
    ],
)
def test_commands_options_and_choices(line: list[str], expected: list[str]) -> None:
    assert words(*line) == expected


def test_options_that_would_be_refused_are_not_offered() -> None:
    assert not {"-A", "--all-namespaces", "--namespace"} & set(words("check", "-n", "mq", "--"))
    assert "--as-group" in words("--as-group", "devs", "--as"), "it can be repeated"
    assert "--until-stdin-closes" not in words("demo", "--")


@pytest.mark.parametrize(
    ("line", "files"),
    [
        (["--kubeconfig", ""], True),
        (["check", "--from", "a.json", ""], True),
        (["check", "--from", "a.json", "-"], False),
        (["demo", "--objects=x"], True),
        (["exec", "kafka-0", "--", "cat", "/et"], True),
        (["status", "kafka", ""], False),
    ],
)
def test_names_of_files_are_left_to_the_shell(line: list[str], files: bool) -> None:
    assert bool(answer(parser(), line).directive & Directive.NO_FILES) != files


def test_everything_that_can_be_named_is_completed() -> None:
    assert set(candidates._COMPLETERS) == set(Names)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sets of the same name, in a context whose namespace is mq."""
    sets = [("mq", "kafka"), ("mq", "nats"), ("data", "kafka")]
    pods = [("mq", f"kafka-{ordinal}") for ordinal in (0, 2, 10)] + [("mq", "kafka-x-0"), ("data", "kafka-7")]

    def found(objects: list[tuple[str, str]], selection: Selection) -> Found:
        scope = ("mq",) if selection.namespaces is None else selection.namespaces
        return Found([one for one in objects if not scope or one[0] in scope], len(scope) == 1)

    monkeypatch.setattr(cluster_names, "sets", lambda selection: found(sets, selection))
    monkeypatch.setattr(cluster_names, "pods", lambda selection: found(pods, selection))
    monkeypatch.setattr(cluster_names, "namespaces", lambda selection: ["data", "default", "mq"])
    monkeypatch.setattr(cluster_names, "contexts", lambda selection: [("two\nlines", ""), ("prod", "current context")])
    monkeypatch.setattr(
        cluster_names, "revisions", lambda selection, name: [("3", f"{name} of {selection.namespaces}")]
    )


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (["status", ""], ["kafka", "nats"]),
        (["check", "kafka", ""], ["nats"]),
        (["status", "-A", ""], ["mq/kafka", "nats", "data/kafka"]),
        (["status", "d"], ["data/", "default/"]),
        (["status", "data/"], ["data/kafka"]),
        (["-n", "data", "status", ""], ["kafka"]),
        (["logs", "kafka"], ["kafka", "kafka-0", "kafka-2", "kafka-10", "kafka-x-0"]),
        (["logs", "kafka/"], ["kafka/0", "kafka/2", "kafka/10"]),
        (["exec", "data/kafka/"], ["data/kafka/7"]),
        (["delete-pod", "-A", "kafka-7"], ["kafka-7"]),
        (["restart", "kafka", "--ordered", "--only", "0,"], ["0,2", "0,10"]),
        (["restart", "data/kafka", "--only="], ["--only=7"]),
        (["dns", "kafka", "--from", ""], ["kafka-0", "kafka-2", "kafka-10"]),
        (["check", "-n", "mq,d"], ["mq,data", "mq,default"]),
        (["--context", ""], ["prod"]),
        (["undo", "-n", "mq", "kafka", "--to-revision", ""], ["3"]),
        (["history", "kafka", "--diff", "1", ""], ["3"]),
        (["undo", "--to-revision", ""], []),
    ],
)
def test_names_of_a_cluster(line: list[str], expected: list[str]) -> None:
    assert words(*line) == expected


@pytest.mark.usefixtures("cluster")
def test_no_space_follows_a_namespace_and_revisions_keep_their_order() -> None:
    newest_first = answer(parser(), ["undo", "kafka", "--to-revision", ""]).directive
    assert newest_first == Directive.NO_FILES | Directive.KEEP_ORDER
    assert answer(parser(), ["status", "d"]).directive == Directive.NO_SPACE | Directive.NO_FILES
    assert answer(parser(), ["status", "k"]).directive == Directive.NO_FILES
