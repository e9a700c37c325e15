"""`stsview restart`, `undo`, `unblock`, `canary`, `pause` and `resume`: intents, output and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Intent,
    Order,
    OrderedRestart,
    PauseRollout,
    RemovalMethod,
    Restart,
    ResumeRollout,
    Unblock,
    Undo,
)
from stsview.actions.operations.ordered_restart.journal import Journal, Options, locked, write
from stsview.cli.arguments.parser import parser
from stsview.cli.arguments.value_types import ORDERS
from stsview.cli.commands.actions import ACTION_COMMANDS
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.clock import ManualClock
from stsview.live.live import Live
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from tests.live.conftest import Rig
from tests.support.cli.shell import Shell, Typist
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, kafka

KAFKA = kafka()

SEEN = (KAFKA.key, KAFKA.uid, KAFKA.rollout.update)


async def intent_of(folder: Path, *words: str) -> Intent:
    """The intent of a command line about the set kafka."""
    arguments = parser().parse_args(words)
    source = FakeSource()
    # No test here reads the cluster.
    context = IntentContext(
        cast("Live", source), replace(source.snapshot, fleet=fleet_of(KAFKA)), ManualClock(), folder
    )
    return await ACTION_COMMANDS[arguments.command].build_intent(arguments, context)


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("restart kafka", Restart(*SEEN)),
        ("restart kafka --ordered", OrderedRestart(*SEEN)),
        ("restart kafka --ordered --only 2,0", OrderedRestart(*SEEN, Order.HIGHEST_FIRST, (2, 0))),
        ("restart kafka --ordered --only 2,0 --order listed", OrderedRestart(*SEEN, Order.LISTED, (2, 0))),
        ("restart kafka --ordered --order 2,0-1", OrderedRestart(*SEEN, Order.LISTED, (2, 0, 1))),
        (
            "restart sts/kafka --ordered --order lowest-first --last role=leader --soak 2m --check true --delete "
            "--other-revision",
            OrderedRestart(*SEEN, Order.LOWEST_FIRST, (), "role=leader", RemovalMethod.DELETION, 120.0, "true", True),
        ),
        ("undo data/kafka", Undo(*SEEN)),
        ("unblock kafka", Unblock(*SEEN)),
        ("canary kafka start --restart", CanaryStart(*SEEN, 1, restart=True)),
        (
            "canary kafka start --pods 2 --image kafka=kafka:4=x --image init=busybox",
            CanaryStart(*SEEN, 2, (("kafka", "kafka:4=x"), ("init", "busybox"))),
        ),
        ("canary kafka next", CanaryStep(*SEEN, KAFKA.rollout.partition)),
        ("canary kafka finish", CanaryStep(*SEEN, KAFKA.rollout.partition, to_end=True)),
        ("canary kafka abort", CanaryAbort(*SEEN, KAFKA.rollout.partition)),
        ("pause kafka", PauseRollout(*SEEN, KAFKA.rollout.partition)),
        ("resume kafka", ResumeRollout(*SEEN, KAFKA.rollout.partition)),
    ],
)
async def test_arguments_become_the_intent(tmp_path: Path, words: str, intent: Intent) -> None:
    assert await intent_of(tmp_path, *words.split()) == intent


def test_the_orders_are_those_of_the_intent() -> None:
    assert {order.value for order in Order} == set(ORDERS)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["restart", "x", "--only", "0"], "--only requires --ordered"),
        (["restart", "x", "--soak", "0"], "--soak requires --ordered"),
        (["restart", "x", "--delete"], "--delete requires --ordered"),
        (["restart", "x", "--other-revision"], "--other-revision requires --ordered"),
        (["restart", "x", "--ordered", "--only", ""], "--only must name ordinals, as in 0,2 or 3-5"),
        (["restart", "x", "--ordered", "--only", "0,0"], "ordinal 0 is listed twice"),
        (["restart", "x", "--ordered", "--order", "up"], "--order must be highest-first, lowest-first, listed, or"),
        (["restart", "x", "--ordered", "--order", "1,x"], "not an ordinal or range: x"),
        (["restart", "x", "--ordered", "--order", "1", "--only", "1"], "omit --only"),
        (["restart", "x", "--ordered", "--order", "listed"], "--order listed requires --only"),
        (["restart", "x", "--ordered", "--last", "role="], "--last must be a label, as in role or role=leader"),
        (["restart", "x", "--ordered", "--check", " "], "the command is empty"),
        (["restart", "x", "--ordered", "--soak", "soon"], "not a duration"),
        (["restart", "x", "--continue", "--soak", "0"], "--soak cannot be used with --continue"),
        (["canary", "x"], "missing step"),
        (["canary", "x", "start"], "canary start requires a change"),
        (["canary", "x", "start", "--pods", "0", "--restart"], "a number from 1"),
        (["canary", "x", "start", "--restart", "--image", "a=b"], "--image and --restart cannot be combined"),
        (["canary", "x", "start", "--image", "a=b", "--image", "a=c"], "two images for container a"),
        (["canary", "x", "start", "--image", "nginx:1"], "--image must be CONTAINER=IMAGE (got"),
        (["canary", "x", "next", "--pods", "2"], "--pods is only valid with canary start"),
        (["canary", "x", "abort", "--to-revision", "2"], "--to-revision is only valid with canary start"),
    ],
)
def test_invalid_arguments_are_an_error_of_one_line(
    words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parser().parse_args(words)
    output = capsys.readouterr().err
    assert exit_.value.code == 2
    assert problem in output
    assert len(output.splitlines()) == 1


def journal(**changes: Any) -> Journal:
    options = Options(Order.LOWEST_FIRST, "role=leader", RemovalMethod.EVICTION, 30.0, "true", False)
    fields: dict[str, Any] = {
        "id": "one",
        "namespace": "data",
        "set": "kafka",
        "uid": KAFKA.uid,
        "context": "c",
        "server": "s",
        "started": "2026-03-01T12:00:00Z",
        "revision": "kafka-old",
        "options": options,
        "left": (2, 4),
    }
    return Journal(**{**fields, **changes})


async def test_continue_uses_the_options_in_the_journal(tmp_path: Path) -> None:
    words = ("restart", "kafka", "--continue")
    with pytest.raises(CommandError, match="no unfinished ordered restart of data/kafka"):
        await intent_of(tmp_path, *words)
    with locked(tmp_path, KAFKA.uid):
        write(tmp_path, journal())
    wanted = OrderedRestart(
        *(KAFKA.key, KAFKA.uid, "kafka-old", Order.LISTED, (2, 4), "role=leader"),
        *(RemovalMethod.EVICTION, 30.0, "true", False, "one"),
    )
    assert await intent_of(tmp_path, *words) == wanted
    other = await intent_of(tmp_path, *words, "--other-revision")
    assert isinstance(other, OrderedRestart)
    assert (other.other_revision, other.continues) == (True, "one")
    write(tmp_path, journal(left=()))
    with pytest.raises(CommandError, match="the restart of data/kafka has no ordinals left"):
        await intent_of(tmp_path, *words)
    (path,) = (tmp_path / "restarts").glob("*.json")
    path.write_text("{")
    with pytest.raises(CommandError, match="the journal cannot be read"):
        await intent_of(tmp_path, *words)


async def test_an_ordered_restart_is_stopped_and_continued(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))
    before = [shell.uid(f"zookeeper-{ordinal}") for ordinal in range(3)]
    words = ("restart", "zookeeper", "--ordered", "--order", "1,0", "--confirm", "zookeeper", "-o", "json")

    def interrupt() -> bool:
        held = shell.cluster.storage.get(PODS, "default", "zookeeper-0")["metadata"]
        return held["uid"] == before[0] and "deletionTimestamp" in held

    stop = partial(os.kill, os.getpid(), signal.SIGINT)
    assert await shell.run(*words, once=interrupt, do=stop) == 130
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["outcome"], document["part"], document["paused"]) == ("stopped", [1, 2], False)
    assert [pod_step["ordinal"] for pod_step in document["plan"]["turns"]] == [1, 0]
    assert "zookeeper-1 restarted; zookeeper-0 was evicted, its replacement is not available yet" in document["words"]

    await rig.pass_time(60)
    # A new restart mentions the unfinished one, and a dry run does not change that.
    assert await shell.run("restart", "zookeeper", "--ordered", "--dry-run") == 0
    assert ": zookeeper-1 done, zookeeper-0 in progress" in capsys.readouterr().out
    assert await shell.run("restart", "zookeeper", "--continue") == 2
    assert "to confirm: --confirm zookeeper\n" in capsys.readouterr().err

    assert await shell.run("restart", "zookeeper", "--continue", prompt=Typist("yes")) == 0
    captured = capsys.readouterr()
    assert "Resume restart of default/zookeeper, one pod at a time\n" in captured.err
    assert "2 of 2 ordinals done\n" in captured.out
    assert captured.out.splitlines()[-1].startswith("done after ")
    after = [shell.uid(f"zookeeper-{ordinal}") for ordinal in range(3)]
    assert [new == old for new, old in zip(after, before, strict=True)] == [False, False, True]
    assert await shell.run("restart", "zookeeper", "--continue") == 2
    assert "no unfinished ordered restart of default/zookeeper\n" in capsys.readouterr().err


async def test_a_failing_command_times_out_with_its_reason(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))
    before = shell.uid("zookeeper-1")
    words = ("restart", "zookeeper", "--ordered", "--check", "echo $STSVIEW_POD is odd; false", "--timeout", "30s")
    assert await shell.run(*words, "--confirm", "zookeeper") == 3
    out = capsys.readouterr().out
    assert "the command succeeds for zookeeper-2: exit code 1: zookeeper-2 is odd" in out
    assert shell.uid("zookeeper-1") == before


async def test_pods_change_revision_only_with_the_option_for_it(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))

    def set_on_delete(one: dict[str, Any]) -> None:
        one["spec"]["updateStrategy"] = {"type": "OnDelete"}

    shell.cluster.edit(STATEFUL_SETS, "default", "zookeeper", set_on_delete)
    shell.cluster.set_image("default", "zookeeper", "zookeeper:3.9.3")
    await rig.pass_time(5)
    words = ("restart", "zookeeper", "--ordered", "--only", "1", "--confirm", "zookeeper")
    assert await shell.run(*words) == 2
    assert "; --other-revision allows this (" in capsys.readouterr().err
    assert await shell.run(*words, "--other-revision") == 0
    assert "1 of 1 ordinal done" in capsys.readouterr().out
    images = [
        shell.cluster.storage.get(PODS, "default", f"zookeeper-{n}")["spec"]["containers"][0]["image"] for n in (0, 1)
    ]
    assert images[1] == "zookeeper:3.9.3" != images[0]


async def test_a_restart_by_annotation(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))
    assert await shell.run("restart", "zookeeper", "--confirm", "zookeeper") == 0
    out = capsys.readouterr().out
    assert re.search(r"\n\d\d:\d\d:\d\d UTC  3 of 3 ordinals done\n", out)
    template = shell.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]


async def test_undo_unblocks_the_rollout_and_unblock_does_so_alone(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(rig, await rig.cluster("broken-rollout"))
    stuck = shell.uid("mongodb-2", "data")
    assert await shell.run("undo", "mongodb", "--to-revision", "7", "--confirm", "mongodb") == 2
    assert capsys.readouterr().err == "stsview: mongodb has no revision 7; it has 3, 2\n"
    assert await shell.run("undo", "mongodb", "--to-revision", "2", "--dry-run", "-o", "json") == 2
    captured = capsys.readouterr()
    assert "mongodb-2 already runs revision 2" in captured.err
    plan = json.loads(captured.out)["plan"]
    assert plan["action"] == "undo"
    assert plan["intent"]["to"].startswith("mongodb-")
    assert await shell.run("unblock", "mongodb", "--confirm", "mongodb") == 0
    assert "✔ the new mongodb-2 is available" in capsys.readouterr().out
    assert shell.uid("mongodb-2", "data") != stuck
    assert await shell.run("unblock", "mongodb", "--confirm", "mongodb") == 2
    assert capsys.readouterr().err.startswith("stsview: refused: ")

    # Back to the bad image, then undo it.
    assert await shell.run("undo", "mongodb", "--to-revision", "2", "--confirm", "mongodb", "--timeout", "3m") == 1
    assert "image mongo:7.0.l5 cannot be pulled" in capsys.readouterr().out
    assert await shell.run("undo", "mongodb", "--confirm", "mongodb") == 0
    printed = capsys.readouterr().out
    assert "delete mongodb-2" in printed
    assert printed.splitlines()[-1].startswith("done after ")


async def test_a_canary_is_started_extended_and_aborted(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("canary"))

    def held() -> tuple[int, str]:
        spec = shell.cluster.storage.get(STATEFUL_SETS, "data", "clickhouse")["spec"]
        return spec["updateStrategy"]["rollingUpdate"]["partition"], spec["template"]["spec"]["containers"][0]["image"]

    confirmed = ("--confirm", "clickhouse")
    assert held() == (4, "clickhouse/clickhouse-server:24.9")
    assert await shell.run("canary", "clickhouse", "start", "--restart", *confirmed) == 2
    assert await shell.run("canary", "clickhouse", "next", *confirmed) == 0
    assert held()[0] == 3
    assert await shell.run("canary", "clickhouse", "finish", *confirmed) == 0
    assert held()[0] == 0
    capsys.readouterr()
    begin = ("canary", "clickhouse", "start", "--image", "clickhouse=clickhouse/clickhouse-server:25.1")
    assert await shell.run(*begin, "-o", "json", *confirmed) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["part"]) == ("reached", [1, 1])
    assert held() == (5, "clickhouse/clickhouse-server:25.1")
    assert await shell.run("canary", "clickhouse", "abort", *confirmed) == 0
    assert held() == (0, "clickhouse/clickhouse-server:24.9")
    assert await shell.run("canary", "clickhouse", "start", "--to-revision", "1", "--pods", "2", *confirmed) == 0
    assert held() == (4, "clickhouse/clickhouse-server:24.8")


async def test_a_rollout_is_paused_and_resumed(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))

    def partition() -> int:
        strategy = shell.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"].get("updateStrategy") or {}
        return int((strategy.get("rollingUpdate") or {}).get("partition", 0))

    confirmed = ("--confirm", "zookeeper")
    shell.cluster.set_image("default", "zookeeper", "zookeeper:3.9.3")
    await rig.until(lambda: "deletionTimestamp" in _pod(shell, "zookeeper-2"), "zookeeper-2 to be deleted")
    assert await shell.run("pause", "zookeeper", *confirmed) == 0
    assert partition() > 0
    capsys.readouterr()
    assert await shell.run("pause", "zookeeper", *confirmed) == 2
    assert await shell.run("resume", "zookeeper", "--dry-run") == 0
    assert "Resume" in capsys.readouterr().out.splitlines()[0]
    assert await shell.run("resume", "zookeeper", *confirmed) == 0
    assert partition() == 0
    assert "3 of 3 ordinals done" in capsys.readouterr().out
    assert await shell.run("resume", "zookeeper", *confirmed) == 2


def _pod(shell: Shell, name: str) -> dict[str, Any]:
    metadata: dict[str, Any] = shell.cluster.storage.get(PODS, "default", name)["metadata"]
    return metadata
