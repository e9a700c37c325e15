"""The steps of findings: what each does, by its command."""

from __future__ import annotations

import pytest

from stsview.model.finding import Danger, Finding, Level, Ref, Remedy
from stsview.objects.log_messages import ContainerRun, LogRequest, LogTail
from stsview.objects.meta import Key
from stsview.ui.findings.log_quote import quote, run_of
from stsview.ui.findings.steps import steps_of, view_of
from stsview.ui.inspect.inspect_target import InspectView
from stsview.ui.kit.look.roles import plain
from tests.support.ui.fleets import kafka

LOGS = "kubectl -n data logs kafka-3 -c kafka --previous"


@pytest.mark.parametrize(
    ("command", "view", "shown"),
    [
        (LOGS, InspectView.PREVIOUS, Key("data", "kafka-3")),
        ("kubectl -n data logs kafka-3 --all-containers", InspectView.LOGS, Key("data", "kafka-3")),
        ("kubectl -n data describe pvc data-kafka-3", InspectView.DESCRIBE, Key("data", "data-kafka-3")),
        ("kubectl describe node w-1", InspectView.DESCRIBE, Key("", "w-1")),
        ("kubectl -n data get service kafka-hs -o yaml", InspectView.YAML, Key("data", "kafka-hs")),
        (
            "kubectl -n data get pod kafka-3 -o 'jsonpath={.metadata.finalizers}'",
            InspectView.YAML,
            Key("data", "kafka-3"),
        ),
    ],
)
def test_reading_steps_open_the_view_that_shows_what_the_command_prints(
    command: str, view: InspectView, shown: Key
) -> None:
    found = view_of(kafka(), command)
    assert found is not None
    inspect_view, target = found
    assert inspect_view is view
    assert (target.object.key if target.object is not None else Key(target.set.namespace, target.pod)) == shown


@pytest.mark.parametrize(
    "command",
    [
        "",
        "kubectl -n other describe pod kafka-3",
        "kubectl -n data get pvc a b",
        "kubectl -n data describe resourcequota team",
        "kubectl describe nodes",
        "kubectl -n data get pod kafka-3 -o yaml | kubectl apply -f -",
        "kubectl -n data delete pod kafka-3",
        "kubectl -n data describe pod 'kafka",
    ],
)
def test_other_commands_have_no_view(command: str) -> None:
    assert view_of(kafka(), command) is None


def _finding(*remedies: Remedy) -> Finding:
    return Finding("crash-loop", Level.ERROR, Ref("Pod", "data", "kafka-3"), "", None, (), remedies=remedies)


def test_every_step_does_something() -> None:
    remedies = (
        Remedy("read", Danger.READ_ONLY, command=LOGS),
        Remedy("taint", Danger.LOSS, command="kubectl taint nodes w-1 a=b:NoExecute"),
        Remedy("check at the console", Danger.READ_ONLY),
    )
    steps = steps_of(kafka(), (_finding(remedies[0]), _finding(*remedies[1:])))
    assert [(step.number, step.does) for step in steps] == [(1, "logs"), (2, "copy"), (3, "explain")]


def test_the_log_of_the_run_that_crashed_is_quoted() -> None:
    view = kafka()
    row = next(row for row in view.ordinals if row.name == "kafka-3")
    run = run_of(view, (_finding(Remedy("read", Danger.READ_ONLY, command=LOGS)),))
    assert run == ContainerRun(LogRequest("data", "kafka-3", "kafka", previous=True), row.uid or "", row.restarts)
    assert (
        run_of(view, (_finding(Remedy("read", Danger.READ_ONLY, command=LOGS.replace("kafka-3", "kafka-9"))),)) is None
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            (
                "INFO starting",
                "2026-11-22T18:21:53Z ERROR exiting",
                "org.a.b.ConfigException: bad 'log.dris'",
                "  at A.b",
            ),
            "ConfigException: bad 'log.dris'",
        ),
        (("[2026-11-22 18:21:53,007] panic: no such file", "goroutine 1 [running]:"), "panic: no such file"),
        (("one", "two"), "two"),
        (("  indented",), "indented"),
    ],
)
def test_the_most_telling_line_stands_out(lines: tuple[str, ...], words: str) -> None:
    run = ContainerRun(LogRequest("data", "kafka-3"), "u", 1)
    quoted = list(quote(LogTail(run, lines, read=True)))
    assert plain(min(quoted, key=lambda line: line.rank).spans) == words
    assert len(quoted) == len(lines)
    assert [plain(line.spans) for line in quote(LogTail(run, lines), short=True)] == [words]


def test_a_log_that_cannot_be_read_says_why() -> None:
    run = ContainerRun(LogRequest("data", "kafka-3"), "u", 1)
    texts = [
        LogTail(run),
        LogTail(run, read=True),
        LogTail(run, problem="you may not get pods/log in data", read=True),
    ]
    assert [plain(line.spans) for tail in texts for line in quote(tail)] == [
        "reading…",
        "the previous run wrote nothing",
        "you may not get pods/log in data",
    ]
