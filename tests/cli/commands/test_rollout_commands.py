"""`stsview restart`, `undo`, `unblock`, `canary`, `pause` and `resume`: intents, output and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

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
from stsview.cli.support.command_context import CommandContext
from stsview.cli.support.connect import CouldNotLook
from stsview.clock import ManualClock
from stsview.live.live import Live
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from tests.live.conftest import Rig
from tests.support.cli.shell import Shell, Typist
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, kafka

KAFKA = kafka()

SEEN = (KAFKA.key, KAFKA.uid, KAFKA.rollout.update)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests runs ahead of their sockets."""
    monkeypatch.setattr("stsview.cli.support.connect.PATIENCE_SECONDS", 1e9)
    monkeypatch.setattr("stsview.cli.support.read_revisions.PATIENCE_SECONDS", 1e9)


async def intended(folder: Path, *words: str) -> Intent:
    """What the words ask for of a set kafka that is seen."""
    arguments = parser().parse_args(words)
    source = FakeSource()
    # None of these reads anything.
    seen = CommandContext(cast("Live", source), replace(source.snapshot, fleet=fleet_of(KAFKA)), ManualClock(), folder)
    return await ACTION_COMMANDS[arguments.command].build_intent(arguments, seen)


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
async def test_words_ask_for_what_they_say(tmp_path: Path, words: str, intent: Intent) -> None:
    assert await intended(tmp_path, *words.split()) == intent


def test_the_orders_of_the_command_line_are_those_there_are() -> None:
    assert {order.value for order in Order} == set(ORDERS)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["restart", "x", "--only", "0"], "--only is for a restart with --ordered"),
        (["restart", "x", "--soak", "0"], "--soak is for a restart with --ordered"),
        (["restart", "x", "--delete"], "--delete is for a restart with --ordered"),
        (["restart", "x", "--other-revision"], "--other-revision is for a restart with --ordered"),
        (["restart", "x", "--ordered", "--only", ""], "no ordinal is named"),
        (["restart", "x", "--ordered", "--only", "0,0"], "0 is named twice"),
        (["restart", "x", "--ordered", "--order", "up"], "an order is highest-first, lowest-first, listed, or"),
        (["restart", "x", "--ordered", "--order", "1,x"], "ordinals are written 0,2 or 3-5, not x"),
        (["restart", "x", "--ordered", "--order", "1", "--only", "1"], "leave --only away"),
        (["restart", "x", "--ordered", "--order", "listed"], "for the ordinals of --only"),
        (["restart", "x", "--ordered", "--last", "role="], "a label is written role or role=leader"),
        (["restart", "x", "--ordered", "--check", " "], "the command is empty"),
        (["restart", "x", "--ordered", "--soak", "soon"], "a duration is written"),
        (["restart", "x", "--continue", "--soak", "0"], "--soak is not for --continue"),
        (["canary", "x"], "required: step"),
        (["canary", "x", "start"], "takes the change"),
        (["canary", "x", "start", "--pods", "0", "--restart"], "a number from 1"),
        (["canary", "x", "start", "--restart", "--image", "a=b"], "--image and --restart are two changes"),
        (["canary", "x", "start", "--image", "a=b", "--image", "a=c"], "two images for the container a"),
        (["canary", "x", "start", "--image", "nginx:1"], "an image is written CONTAINER=IMAGE"),
        (["canary", "x", "next", "--pods", "2"], "--pods is for canary start"),
        (["canary", "x", "abort", "--to-revision", "2"], "--to-revision is for canary start"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    words: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert wrong in said
    assert len(said.splitlines()) == 1


def journal(**changes: Any) -> Journal:
    options = Options(Order.LOWEST_FIRST, "role=leader", RemovalMethod.EVICTION, 30.0, "true", False)
    told: dict[str, Any] = {
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
    return Journal(**{**told, **changes})


async def test_going_on_is_what_the_journal_says(tmp_path: Path) -> None:
    words = ("restart", "kafka", "--continue")
    with pytest.raises(CouldNotLook, match="no ordered restart of data/kafka was left unfinished"):
        await intended(tmp_path, *words)
    with locked(tmp_path, KAFKA.uid):
        write(tmp_path, journal())
    wanted = OrderedRestart(
        *(KAFKA.key, KAFKA.uid, "kafka-old", Order.LISTED, (2, 4), "role=leader"),
        *(RemovalMethod.EVICTION, 30.0, "true", False, "one"),
    )
    assert await intended(tmp_path, *words) == wanted
    other = await intended(tmp_path, *words, "--other-revision")
    assert isinstance(other, OrderedRestart)
    assert (other.other_revision, other.continues) == (True, "one")
    write(tmp_path, journal(left=()))
    with pytest.raises(CouldNotLook, match="nothing is left of the restart of data/kafka"):
        await intended(tmp_path, *words)
    (path,) = (tmp_path / "restarts").glob("*.json")
    path.write_text("{")
    with pytest.raises(CouldNotLook, match="how far it came cannot be read"):
        await intended(tmp_path, *words)


async def test_a_restart_in_order_is_stopped_told_of_and_gone_on_with(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))
    before = [shell.uid(f"zookeeper-{ordinal}") for ordinal in range(3)]
    words = ("restart", "zookeeper", "--ordered", "--order", "1,0", "--confirm", "zookeeper", "-o", "json")

    def interrupt() -> bool:
        held = shell.cluster.storage.get(PODS, "default", "zookeeper-0")["metadata"]
        return held["uid"] == before[0] and "deletionTimestamp" in held

    stop = partial(os.kill, os.getpid(), signal.SIGINT)
    assert await shell.run(*words, once=interrupt, do=stop) == 130
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["outcome"], document["part"], document["paused"]) == ("stopped", [1, 2], False)
    assert [pod_step["ordinal"] for pod_step in document["plan"]["turns"]] == [1, 0]
    assert "zookeeper-1 is restarted; zookeeper-0 was evicted and is not back yet" in document["words"]

    await rig.pass_time(60)
    # One that begins anew says what was left, and a script that only asks changes nothing of that.
    assert await shell.run("restart", "zookeeper", "--ordered", "--dry-run") == 0
    assert "was not finished: zookeeper-1 done, zookeeper-0 was under way" in capsys.readouterr().out
    assert await shell.run("restart", "zookeeper", "--continue") == 2
    assert "to confirm: --confirm zookeeper\n" in capsys.readouterr().err

    assert await shell.run("restart", "zookeeper", "--continue", ask=Typist("yes")) == 0
    told = capsys.readouterr()
    assert "Go on restarting default/zookeeper, one pod at a time\n" in told.err
    assert "2 of 2 ordinals done\n" in told.out
    assert told.out.splitlines()[-1].startswith("done after ")
    after = [shell.uid(f"zookeeper-{ordinal}") for ordinal in range(3)]
    assert [new == old for new, old in zip(after, before, strict=True)] == [False, False, True]
    assert await shell.run("restart", "zookeeper", "--continue") == 2
    assert "no ordered restart of default/zookeeper was left unfinished\n" in capsys.readouterr().err


async def test_what_does_not_come_back_ends_it_with_the_reason(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    """The command never succeeds."""
    shell = Shell(rig, await rig.cluster("zookeeper"))
    before = shell.uid("zookeeper-1")
    words = ("restart", "zookeeper", "--ordered", "--check", "echo $STSVIEW_POD is odd; false", "--timeout", "30s")
    assert await shell.run(*words, "--confirm", "zookeeper") == 3
    out = capsys.readouterr().out
    assert "the command succeeds for zookeeper-2: exit code 1: zookeeper-2 is odd" in out
    assert shell.uid("zookeeper-1") == before


async def test_a_hidden_upgrade_takes_an_option_that_says_so(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))

    def manual_only(one: dict[str, Any]) -> None:
        one["spec"]["updateStrategy"] = {"type": "OnDelete"}

    shell.cluster.edit(STATEFUL_SETS, "default", "zookeeper", manual_only)
    shell.cluster.set_image("default", "zookeeper", "zookeeper:3.9.3")
    await rig.pass_time(5)
    words = ("restart", "zookeeper", "--ordered", "--only", "1", "--confirm", "zookeeper")
    assert await shell.run(*words) == 2
    assert capsys.readouterr().err.endswith("; --other-revision does it all the same\n")
    assert await shell.run(*words, "--other-revision") == 0
    assert "1 of 1 ordinal done" in capsys.readouterr().out
    images = [
        shell.cluster.storage.get(PODS, "default", f"zookeeper-{n}")["spec"]["containers"][0]["image"] for n in (0, 1)
    ]
    assert images[1] == "zookeeper:3.9.3" != images[0]


async def test_a_restart_as_kubectl_does_it(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))
    assert await shell.run("restart", "zookeeper", "--confirm", "zookeeper") == 0
    out = capsys.readouterr().out
    assert re.search(r"\n\d\d:\d\d:\d\d  3 of 3 ordinals done\n", out)
    template = shell.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]


async def test_undo_frees_what_it_would_leave_stuck_and_freeing_can_be_had_alone(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(rig, await rig.cluster("broken-rollout"))
    stuck = shell.uid("mongodb-2", "data")
    assert await shell.run("undo", "mongodb", "--to-revision", "7", "--confirm", "mongodb") == 2
    assert capsys.readouterr().err == "stsview: there is no revision 7 of mongodb; there are 3, 2\n"
    assert await shell.run("undo", "mongodb", "--to-revision", "2", "--dry-run", "-o", "json") == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    assert plan["action"] == "undo"
    assert plan["intent"]["to"].startswith("mongodb-")
    assert await shell.run("unblock", "mongodb", "--confirm", "mongodb") == 0
    assert "✔ the new mongodb-2 is available" in capsys.readouterr().out
    assert shell.uid("mongodb-2", "data") != stuck
    assert await shell.run("unblock", "mongodb", "--confirm", "mongodb") == 2
    assert "REFUSED\n" in capsys.readouterr().err

    # The typo again, and back from it.
    assert await shell.run("undo", "mongodb", "--to-revision", "2", "--confirm", "mongodb", "--timeout", "3m") == 1
    assert "image mongo:7.0.l5 cannot be pulled" in capsys.readouterr().out
    assert await shell.run("undo", "mongodb", "--confirm", "mongodb") == 0
    told = capsys.readouterr().out
    assert "delete mongodb-2" in told
    assert told.splitlines()[-1].startswith("done after ")


async def test_a_canary_goes_out_and_on_and_back(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("canary"))

    def held() -> tuple[int, str]:
        spec = shell.cluster.storage.get(STATEFUL_SETS, "data", "clickhouse")["spec"]
        return spec["updateStrategy"]["rollingUpdate"]["partition"], spec["template"]["spec"]["containers"][0]["image"]

    sure = ("--confirm", "clickhouse")
    assert held() == (4, "clickhouse/clickhouse-server:24.9")
    assert await shell.run("canary", "clickhouse", "start", "--restart", *sure) == 2
    assert await shell.run("canary", "clickhouse", "next", *sure) == 0
    assert held()[0] == 3
    assert await shell.run("canary", "clickhouse", "finish", *sure) == 0
    assert held()[0] == 0
    capsys.readouterr()
    begin = ("canary", "clickhouse", "start", "--image", "clickhouse=clickhouse/clickhouse-server:25.1")
    assert await shell.run(*begin, "-o", "json", *sure) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["part"]) == ("reached", [1, 1])
    assert held() == (5, "clickhouse/clickhouse-server:25.1")
    assert await shell.run("canary", "clickhouse", "abort", *sure) == 0
    assert held() == (0, "clickhouse/clickhouse-server:24.9")
    assert await shell.run("canary", "clickhouse", "start", "--to-revision", "1", "--pods", "2", *sure) == 0
    assert held() == (4, "clickhouse/clickhouse-server:24.8")


async def test_a_rollout_is_paused_and_resumed(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("zookeeper"))

    def partition() -> int:
        strategy = shell.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"].get("updateStrategy") or {}
        return int((strategy.get("rollingUpdate") or {}).get("partition", 0))

    sure = ("--confirm", "zookeeper")
    shell.cluster.set_image("default", "zookeeper", "zookeeper:3.9.3")
    await rig.until(lambda: "deletionTimestamp" in _pod(shell, "zookeeper-2"), "the first one goes")
    assert await shell.run("pause", "zookeeper", *sure) == 0
    assert partition() > 0
    capsys.readouterr()
    assert await shell.run("pause", "zookeeper", *sure) == 2
    assert await shell.run("resume", "zookeeper", "--dry-run") == 0
    assert "Resume" in capsys.readouterr().out.splitlines()[0]
    assert await shell.run("resume", "zookeeper", *sure) == 0
    assert partition() == 0
    assert "3 of 3 ordinals done" in capsys.readouterr().out
    assert await shell.run("resume", "zookeeper", *sure) == 2


def _pod(shell: Shell, name: str) -> dict[str, Any]:
    found: dict[str, Any] = shell.cluster.storage.get(PODS, "default", name)["metadata"]
    return found
