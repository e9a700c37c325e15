"""`stsview logs`: the logs of a set over real HTTP, through restarts, replacements, and lost connections."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from stsview.cli.commands.logs import LogOptions, print_logs
from stsview.cli.output.log_lines import JsonLines, LogOutput, TextLines
from stsview.cli.support.errors import CommandError
from stsview.live.logs.log_merge import MergedLine
from stsview.model.settings import ModelSettings
from stsview.objects.log_messages import LogLine
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.log_buffer import LogBuffer
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.cluster import SimulatedCluster
from stsview.simulator.nodes.node_specs import NodeFault
from tests.live.conftest import Rig
from tests.support.cli.checking import Terminal, advance_until_done, target_of

ZOOKEEPER = ("zookeeper-0", "zookeeper-1", "zookeeper-2")


def buffer_of(cluster: SimulatedCluster, pod: str, *, previous: bool = False) -> LogBuffer:
    found = cluster.kubelet.log_of(cluster.storage.get(PODS, "default", pod), "zk", previous)
    assert found is not None
    return found


def lines_of(cluster: SimulatedCluster, pod: str) -> list[str]:
    return [text for _, text in buffer_of(cluster, pod).lines]


class Printed:
    """What one run of the command prints."""

    def __init__(self, rig: Rig, options: LogOptions, *, as_json: bool = False, timestamps: bool = False) -> None:
        self.rig = rig
        self.file = io.StringIO()

        def output(pods: Sequence[str]) -> LogOutput:
            return JsonLines(self.file) if as_json else TextLines(self.file, pods, timestamps=timestamps)

        self.task = asyncio.ensure_future(print_logs(target_of(rig), ModelSettings(), options, output, rig.clock))

    @property
    def lines(self) -> list[str]:
        return self.file.getvalue().splitlines()

    def of(self, pod: str) -> list[str]:
        return [line.removeprefix(f"{pod} ") for line in self.lines if line.startswith(f"{pod} ")]

    async def until(self, holds: Callable[[], bool], expected: str) -> None:
        await self.rig.until(lambda: self.task.done() or holds(), expected)
        if self.task.done():
            self.task.result()
            raise AssertionError(f"it ended before: {expected}")

    async def exit_code(self) -> int:
        return await advance_until_done(self.rig, self.task)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_the_logs_of_a_set_are_merged_by_time(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = await rig.cluster("zookeeper")
    everything = {pod: lines_of(cluster, pod) for pod in ZOOKEEPER}
    plain = Printed(rig, LogOptions("zookeeper"), timestamps=True)
    assert await plain.exit_code() == 0
    for pod, lines in everything.items():
        assert [line.partition(" ")[2] for line in plain.of(pod)][: len(lines)] == lines
    stamps = [line.split(" ")[1] for line in plain.lines]
    assert stamps == sorted(stamps)

    some = Printed(rig, LogOptions("default/zookeeper", (0, 2), tail_lines=2), as_json=True)
    assert await some.exit_code() == 0
    documents = [json.loads(line) for line in some.lines]
    assert sorted((one["pod"], one["ordinal"], one["container"]) for one in documents) == [
        *[("zookeeper-0", 0, "zk")] * 2,
        *[("zookeeper-2", 2, "zk")] * 2,
    ]
    assert all(one.keys() == {"time", "pod", "ordinal", "container", "message"} for one in documents)
    assert all(one["time"].endswith("Z") and one["message"] for one in documents)

    for name in ("zookeeper/1", "pod/zookeeper-1", "default/zookeeper-1"):
        single = Printed(rig, LogOptions(name))
        assert await single.exit_code() == 0
        assert single.lines[: len(everything["zookeeper-1"])] == everything["zookeeper-1"]
    recent = Printed(rig, LogOptions("zookeeper/1", since_seconds=30))
    assert await recent.exit_code() == 0
    assert 0 < len(recent.lines) < 60
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (LogOptions("zookeper"), "No StatefulSet zookeper in any namespace; did you mean default/zookeeper?"),
        (LogOptions("zookeeper/3"), "default/zookeeper has no ordinal 3: it has the pods zookeeper-0, -1"),
        (LogOptions("zookeeper", (0, 7, 8)), "default/zookeeper has no ordinals 7, 8: it has the pods"),
        (LogOptions("zookeeper-7"), "zookeeper-7 does not exist: default/zookeeper has the pods"),
        (LogOptions("zookeeper/1", (0,)), "--ordinals is only for a StatefulSet: zookeeper/1 is one pod"),
        (LogOptions("zookeeper", container="zks"), "no container zks in zookeeper-0; did you mean zk"),
        (LogOptions("zookeeper", container="logger"), "no container logger in zookeeper-0: it has zk"),
    ],
)
async def test_what_does_not_exist_is_said_in_one_line(rig: Rig, options: LogOptions, message: str) -> None:
    await rig.cluster("zookeeper")
    with pytest.raises(CommandError) as failed:
        await Printed(rig, options).exit_code()
    assert str(failed.value).startswith(message)


async def test_logs_that_cannot_be_read_are_said_and_the_others_printed(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("zookeeper")
    node = cluster.storage.get(PODS, "default", "zookeeper-1")["spec"]["nodeName"]
    cluster.fail_node(node, NodeFault.KUBELET)
    printed = Printed(rig, LogOptions("zookeeper", tail_lines=1))
    assert await printed.exit_code() == 1
    assert {line.split(" ")[0] for line in printed.lines} == {"zookeeper-0", "zookeeper-2"}
    words = f"stsview: zookeeper-1: the kubelet of {node} does not answer: no route to host\n"
    assert capsys.readouterr().err == words

    cluster.server.users["admin"].denied.append(Rule(("get",), ("",), ("pods/log",)))
    assert await Printed(rig, LogOptions("zookeeper", previous=True)).exit_code() == 1
    words = "stsview: zookeeper-0, -1, -2: you may not get pods/log in default\n"
    assert capsys.readouterr().err.replace(" and ", ", ") == words


async def test_logs_are_followed_through_a_restart_a_replacement_and_scaling(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("zookeeper")
    followed = Printed(rig, LogOptions("zookeeper", follow=True, tail_lines=1))
    await followed.until(lambda: len(followed.lines) > 6, "lines of all pods")
    said: list[str] = []

    def noted(text: str) -> bool:
        said.extend(capsys.readouterr().err.splitlines())
        return any(text in line for line in said)

    def annotate(liveness: str) -> None:
        marks = {"simulator.stsview.io/liveness": liveness}
        cluster.edit(PODS, "default", "zookeeper-0", lambda one: one["metadata"].update(annotations=marks))

    annotate("fail")
    await followed.until(lambda: noted("stsview: zookeeper-0: zk exited with "), "the exit of the container")
    annotate("false")
    await followed.until(lambda: noted("zookeeper-0: container zk restarted for the 1st time"), "the restart")

    cluster.storage.delete(PODS, "default", "zookeeper-1")
    await followed.until(lambda: noted("stsview: zookeeper-1: replaced by a new pod on "), "the replacement")
    pod = cluster.storage.get(PODS, "default", "zookeeper-1")
    await followed.until(lambda: cluster.kubelet.log_of(pod, "zk", False) is not None, "the start of the new pod")
    first, *_ = lines_of(cluster, "zookeeper-1")
    await followed.until(lambda: first in followed.of("zookeeper-1"), "the log of the new pod from its start")

    cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(replicas=4))
    await followed.until(lambda: bool(followed.of("zookeeper-3")), "the log of the new ordinal")
    assert noted("stsview: zookeeper-3: new in the set")
    cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(replicas=3))
    await followed.until(lambda: noted("stsview: zookeeper-3: no longer in the set"), "the end of the ordinal")
    await followed.stop()


async def test_no_more_logs_are_read_than_the_limit(
    rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = await rig.cluster("zookeeper")
    monkeypatch.setattr("stsview.cli.commands.logs.MOST_LOGS", 2)
    with pytest.raises(CommandError, match="default/zookeeper has 3 pods: name at most 2 of them by --ordinals"):
        await Printed(rig, LogOptions("zookeeper")).exit_code()
    monkeypatch.setattr("stsview.cli.commands.logs.MOST_LOGS", 3)
    followed = Printed(rig, LogOptions("zookeeper", follow=True, tail_lines=1))
    await followed.until(lambda: len(followed.lines) > 6, "lines of all pods")
    cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["spec"].update(replicas=4))
    said: list[str] = []

    def noted() -> bool:
        said.extend(capsys.readouterr().err.splitlines())
        return bool(said)

    await followed.until(noted, "a note")
    before = len(followed.lines)
    await followed.until(lambda: len(followed.lines) > before + 5, "more lines")
    noted()
    assert said == ["stsview: default/zookeeper has 4 pods now: the logs of the first 3 are read"]
    await followed.stop()


async def test_after_a_lost_connection_no_line_is_missing_or_printed_twice(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("zookeeper")
    followed = Printed(rig, LogOptions("zookeeper", follow=True))
    await followed.until(lambda: len(followed.lines) > 100, "lines")
    for _ in range(3):
        cluster.server.cut_connections()
        before = len(followed.lines)
        await followed.until(lambda before=before: len(followed.lines) > before + 10, "more lines")  # type: ignore[misc]
    ends = {pod: lines_of(cluster, pod)[-1] for pod in ZOOKEEPER}
    await followed.until(lambda: all(ends[pod] in followed.of(pod) for pod in ZOOKEEPER), "all lines")
    for pod in ZOOKEEPER:
        printed = followed.of(pod)
        assert printed == lines_of(cluster, pod)[: len(printed)]
    errors = capsys.readouterr().err
    assert "the connection to http://127.0.0.1" in errors
    assert "following again" in errors
    assert "missing" not in errors
    await followed.stop()


async def test_lines_that_rotation_removed_meanwhile_are_missed_aloud(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = await rig.cluster("zookeeper")
    followed = Printed(rig, LogOptions("zookeeper/0", follow=True))
    await followed.until(lambda: len(followed.lines) > 100, "lines")
    cluster.server.cut_connections()
    buffer = buffer_of(cluster, "zookeeper-0")
    buffer.append(cluster.now() + timedelta(seconds=2), "last")
    del buffer.lines[:-1]
    await followed.until(lambda: "last" in followed.lines, "the last line")
    assert "lines may be missing here" in capsys.readouterr().err
    await followed.stop()


async def test_ctrl_c_ends_it_with_130_and_a_closed_pipe_silently(rig: Rig) -> None:
    cluster = await rig.cluster("zookeeper")
    environment = {"KUBECONFIG": str(rig.folder / "kubeconfig"), "PYTHONPATH": ":".join(sys.path)}

    async def started(*arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stsview", "logs", "zookeeper", *arguments),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async with asyncio.timeout(60):
        followed, piped = await asyncio.gather(started("-f", "--tail", "1"), started("-f"))
        assert followed.stdout is not None
        assert piped.stdout is not None
        await followed.stdout.readline()
        followed.send_signal(signal.SIGINT)
        await piped.stdout.readline()
        piped._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        buffer_of(cluster, "zookeeper-0").append(cluster.now(), "one more line")
        results = [await process.communicate() for process in (followed, piped)]
    assert [followed.returncode, piped.returncode] == [130, 1]
    assert [errors for _, errors in results] == [b"", b""]


def test_a_terminal_gets_colours_and_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = [
        MergedLine("db-9", LogLine("\x1b[31mred\x1b[0m\x07\tx", "2026-11-22T18:22:07.5Z")),
        MergedLine("db-10", LogLine("long", cut=2048)),
    ]

    def printed(file: io.StringIO, **options: Any) -> str:
        TextLines(file, ("db-9", "db-10"), **options).lines(lines, {})
        return file.getvalue()

    assert printed(Terminal()) == "\x1b[35mdb-9 \x1b[0m red␇    x\n\x1b[34mdb-10\x1b[0m long … 2 KiB more, not shown\n"
    assert printed(io.StringIO(), timestamps=True).startswith("db-9 2026-11-22T18:22:07.5Z \x1b[31mred\x1b[0m\x07\tx\n")
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed(Terminal()).startswith("db-9  red")


def test_json_lines_are_in_utc_and_tell_what_was_cut() -> None:
    file = io.StringIO()
    line = MergedLine("db-1", LogLine("\x1b é", "2026-11-22T20:22:07.5+02:00", cut=3))
    JsonLines(file).lines([line, replace_line(line, "")], {"db-1": "main"})
    first, second = file.getvalue().splitlines()
    assert first.isascii()
    assert json.loads(first) == {
        "time": "2026-11-22T18:22:07.500000Z",
        "pod": "db-1",
        "ordinal": 1,
        "container": "main",
        "message": "\x1b é",
        "cutBytes": 3,
    }
    assert json.loads(second)["time"] is None


def replace_line(merged: MergedLine, stamp: str) -> MergedLine:
    return MergedLine(merged.source, LogLine(merged.line.text, stamp))
