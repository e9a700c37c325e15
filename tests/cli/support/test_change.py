"""`stsview scale`, `delete-pod`, `force-delete` and `reconcile`: what it takes, what is told, and the exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from stsview.actions.execution.audit_log import AuditLog
from stsview.cli.support.confirm import confirmed
from stsview.cli.support.connect import looking
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.cli.shell import Shell, Typist


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of these tests runs ahead of their sockets."""
    monkeypatch.setattr("stsview.cli.support.connect.PATIENCE_SECONDS", 1e9)


@pytest.fixture
async def shell(rig: Rig) -> Shell:
    return Shell(rig, await rig.cluster("zookeeper"))


class Meddling(AuditLog):
    """Hangs up on the first deletion that is sent in earnest."""

    cluster: SimulatedCluster

    def append(self, entry: Mapping[str, Any], now: datetime) -> None:
        AuditLog.append(self, entry, now)
        if entry["moment"] == "before":
            self.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", executed=True))


async def test_a_script_that_confirms_is_told_every_change_and_how_it_ended(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper", "--reason", "more room")
    assert await shell.run(*words) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == "Scale default/zookeeper from 3 to 5"
    assert any(line[2] == ":" and "every member is available: zookeeper-3 Pending" in line for line in lines[1:])
    assert lines[-1].startswith("done after ")
    assert "\x1b" not in told.out
    assert (told.err, shell.replicas()) == ("", 5)
    before, after, end = shell.written()
    assert (before["reason"], after["result"], end["result"]) == ("more room", "done", "reached")


async def test_without_a_word_of_confirmation_there_is_the_plan_and_nothing_else(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await shell.run("scale", "zookeeper", "--replicas", "0") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "IT TAKES\n  the name zookeeper\n" in told.err
    assert told.err.endswith("stsview: not confirmed, nothing was sent; to confirm: --confirm zookeeper\n")
    # What takes no more than a key on a screen is not done by default either.
    assert await shell.run("reconcile", "default/zookeeper", "-o", "json") == 2
    told = capsys.readouterr()
    document = json.loads(told.err)
    assert (document["kind"], document["missing"]) == ("ActionPlan", ["type the name zookeeper"])
    assert document["confirmWith"] == "--confirm zookeeper"
    assert (told.out, shell.replicas(), shell.written()) == ("", 3, [])


async def test_a_name_that_is_another_one_is_no_confirmation(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = Typist()
    assert await shell.run("reconcile", "zookeeper", "--confirm", "kafka", ask=nobody) == 2
    assert capsys.readouterr().err == "stsview: --confirm says kafka, and this is about zookeeper: nothing was sent\n"
    words = ("reconcile", "zookeeper", "--confirm", "zookeeper", "--confirm-context", "prod")
    assert await shell.run(*words, ask=nobody) == 2
    assert "--confirm-context says prod, and this is stsview-demo" in capsys.readouterr().err
    assert (nobody.asked, shell.written()) == ([], [])


async def test_a_dry_run_prints_the_plan_and_changes_nothing(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    uid = shell.uid("zookeeper-1")
    assert await shell.run("delete-pod", "zookeeper-1", "--dry-run", "--confirm", "zookeeper-1") == 0
    told = capsys.readouterr()
    assert "WHAT HAPPENS\n  1 zookeeper-1 is asked to end, and has " in told.out
    assert "SAME AS\n  kubectl -n default delete pod zookeeper-1\n" in told.out
    assert told.err == ""
    assert await shell.run("delete-pod", "pod/zookeeper-1", "--dry-run", "-o", "json") == 0
    document = json.loads(capsys.readouterr().out)
    plan = document["plan"]
    assert (document["kind"], plan["action"], plan["danger"]) == ("ActionPlan", "delete-pod", "disruptive")
    assert plan["facts"]["the uid of the pod"] == plan["about"]["uid"] == uid
    assert plan["requests"][0]["message"]["body"]["preconditions"] == {"uid": uid}
    assert {check["result"] for check in plan["checks"]} == {"pass"}
    # The server knows that it was asked twice without doing it.
    assert (shell.uid("zookeeper-1"), shell.written()) == (uid, [])
    assert await shell.run("scale", "zookeeper", "--replicas", "3", "--dry-run") == 2
    told = capsys.readouterr()
    assert "REFUSED\n  it already has 3 replicas\n" in told.out
    assert told.err == "stsview: refused: it already has 3 replicas\n"


PLAN_FIELDS = """
    action intent about title madeAt steps checks risks safer sameAs confirmation requests danger facts byHand
"""


async def test_what_came_of_it_is_a_document(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts rely on its fields: within a version, fields are only added."""
    assert await shell.run("delete-pod", "zookeeper-2", "--confirm", "zookeeper-2", "-o", "json") == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["apiVersion"], document["kind"], document["exitCode"]) == ("stsview/v1", "ActionResult", 0)
    assert (document["outcome"], document["left"]) == ("reached", "")
    assert set(PLAN_FIELDS.split()) <= set(document["plan"])
    assert [step["words"] for step in document["steps"]][-1] == "the new zookeeper-2 is available"
    assert all(step["done"] and step["since"] <= step["until"] for step in document["steps"])
    assert document["seconds"] > 0
    assert "the old zookeeper-2 is gone" in told.err


async def test_what_takes_too_long_says_what_is_left(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("delete-pod", "zookeeper-2", "--confirm", "zookeeper-2", "--timeout", "1s")
    assert await shell.run(*words) == 3
    (last,) = capsys.readouterr().out.splitlines()[-1:]
    assert last.startswith("timed out after ")
    assert "the new zookeeper-2 is available" in last


async def test_what_cannot_be_reached_any_more_says_why(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody else scales while it is followed."""
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper")
    assert await shell.run(*words, once=lambda: shell.replicas() == 5, do=lambda: shell.replicas(4)) == 1
    out = capsys.readouterr().out
    assert "not reached after " in out
    assert ": the replicas were set to 4 meanwhile\n" in out


async def test_a_connection_that_breaks_is_told_and_nothing_is_sent_twice(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    uid = shell.uid("zookeeper-1")
    Meddling.cluster = shell.cluster
    shell.log = Meddling(shell.log.path)
    assert await shell.run("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1") == 0
    assert shell.uid("zookeeper-1") != uid
    assert [entry["moment"] for entry in shell.written()].count("before") == 1
    assert "looking whether it was done" in capsys.readouterr().out


async def test_a_signal_stops_following_between_two_steps(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper", "-o", "json")
    interrupt = partial(os.kill, os.getpid(), signal.SIGINT)
    assert await shell.run(*words, once=lambda: shell.replicas() == 5, do=interrupt) == 130
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["outcome"], document["exitCode"]) == ("stopped", 130)
    assert "no longer followed; what was sent goes on\n" in told.err
    assert "every member is available" in document["left"]
    assert signal.getsignal(signal.SIGINT) is before
    assert shell.written()[-1]["result"] == "stopped"


async def test_interrupted_before_it_is_confirmed_it_says_that_nothing_was_sent(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    async def interrupt(question: str) -> str:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await shell.run("reconcile", "zookeeper", ask=interrupt)
    assert capsys.readouterr().err.endswith("stsview: interrupted: nothing was sent\n")


async def test_whoever_sits_at_a_terminal_is_asked_for_what_is_lacking(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in ("", "y", "YES", "zookeeper"):
        assert await shell.run("reconcile", "zookeeper", ask=Typist(answer)) == 2
        told = capsys.readouterr()
        assert told.err.startswith("Trigger a reconcile of default/zookeeper\n")
        assert told.err.endswith("stsview: not confirmed: nothing was sent\n")
    simple = Typist("yes")
    assert await shell.run("reconcile", "zookeeper", ask=simple) == 0
    assert simple.asked == ["type yes to do it"]

    shell.rules = Rules(protected=True)
    grave = Typist("zookeeper", "stsview-demo")
    assert await shell.run("scale", "zookeeper", "--replicas", "0", ask=grave) == 0
    assert grave.asked == ["type the name of the set", "this context is protected: type its name"]
    assert shell.replicas() == 0
    half = Typist("stsview-demo")
    assert await shell.run("scale", "zookeeper", "--replicas", "1", "--confirm", "zookeeper", ask=half) == 0
    assert half.asked == ["this context is protected: type its name"]


async def test_in_a_protected_context_a_script_names_it_too(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.rules = Rules(protected=True)
    assert await shell.run("reconcile", "zookeeper", "--confirm", "zookeeper") == 2
    assert "to confirm: --confirm zookeeper --confirm-context stsview-demo\n" in capsys.readouterr().err
    words = ("reconcile", "zookeeper", "--confirm", "zookeeper", "--confirm-context", "stsview-demo")
    assert await shell.run(*words) == 0


async def test_what_changed_meanwhile_is_shown_and_asked_anew(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """The name that was given on the command line was given for the plan before."""
    uid = shell.uid("zookeeper-1")

    def lose_a_member() -> None:
        if shell.replicas() == 3:
            shell.replicas(4)

    typist = Typist("yes", "no", meanwhile=lose_a_member)
    assert await shell.run("delete-pod", "zookeeper-1", ask=typist) == 2
    told = capsys.readouterr().err
    assert "CHANGED MEANWHILE\n  replicas was 3, is 4\n" in told
    assert told.count("WHAT HAPPENS") == 2
    assert (len(typist.asked), shell.uid("zookeeper-1"), shell.written()) == (2, uid, [])


async def test_what_changed_meanwhile_is_done_by_no_script(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(*arguments: Any) -> Any:
        shell.replicas(4)
        return await confirmed(*arguments)

    monkeypatch.setattr("stsview.cli.support.change.confirmed", late)
    words = ("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1")
    assert await shell.run(*words, "-o", "json") == 2
    assert json.loads(capsys.readouterr().err)["changed"][0] == "replicas was 3, is 4"
    assert shell.written() == []


async def test_read_only_refuses_whatever_is_confirmed(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.rules = Rules(read_only="--read-only")
    requests = (
        ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper"),
        ("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1"),
        ("force-delete", "zookeeper-1", "--confirm", "zookeeper-1", "--override", "because"),
        ("reconcile", "zookeeper", "--confirm", "zookeeper"),
        ("reconcile", "zookeeper", "--dry-run"),
    )
    for words in requests:
        assert await shell.run(*words, ask=Typist()) == 2
        assert "nothing is changed here: --read-only" in capsys.readouterr().err.splitlines()[-1]
    assert shell.written() == []


async def test_what_is_not_there_is_refused_in_one_line(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    for words, why in (
        (("reconcile", "kafka"), "there is no StatefulSet kafka in all namespaces"),
        (("delete-pod", "zookeeper-3"), "there is no pod zookeeper-3 of a StatefulSet in all namespaces"),
        (("delete-pod", "data/zookeeper-1"), "there is no pod data/zookeeper-1 of a StatefulSet in all namespaces"),
    ):
        assert await shell.run(*words, "--confirm", "x") == 2
        assert capsys.readouterr().err == f"stsview: {why}\n"


async def test_without_a_record_nothing_is_sent(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.log = AuditLog(shell.rig.folder)
    assert await shell.run("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper") == 2
    assert "stsview: nothing was sent: " in capsys.readouterr().err
    assert shell.replicas() == 3


async def test_a_pod_that_is_missing_or_of_two_sets_is_not_guessed(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    from stsview.simulator.scenarios.manifests import with_service

    cluster = await rig.cluster("zookeeper")
    shell = Shell(rig, cluster)
    cluster.apply(with_service("zookeeper", "zookeeper:3.9", 2, storage="1Gi", port=2181), "data")
    cluster.images.missing.add("zookeeper:3.9")
    await rig.pass_time(5)
    assert await shell.run("delete-pod", "zookeeper-0", "--dry-run") == 2
    assert "is the name of 2 pods: data/zookeeper-0, default/zookeeper-0; name" in capsys.readouterr().err
    assert await shell.run("delete-pod", "data/zookeeper-1", "--dry-run") == 2
    assert "there is no pod zookeeper-1 to be seen in data: missing" in capsys.readouterr().err
    assert await shell.run("delete-pod", "data/zookeeper-0", "--dry-run") == 0
    assert await shell.run("reconcile", "zookeeper", "--dry-run") == 2
    assert "zookeeper is the name of 2 sets: data/zookeeper, default/zookeeper" in capsys.readouterr().err


async def test_force_takes_its_attestation(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("dead-node"))
    (pod,) = [
        pod["metadata"]["name"] for pod in shell.cluster.storage.list(PODS, "data") if pod["spec"]["nodeName"] == "db-2"
    ]
    uid = shell.uid(pod, "data")
    words = ("force-delete", pod, "--timeout", "20s", "--confirm", pod)
    assert await shell.run(*words) == 2
    told = capsys.readouterr().err
    assert f"to confirm: --confirm {pod} --attest node-is-off\n" in told
    assert "that you attest node-is-off: " in told
    assert (await shell.run(*words, ask=Typist("yes")), shell.uid(pod, "data")) == (2, uid)
    typist = Typist("node-is-off")
    assert await shell.run(*words, ask=typist) in (0, 3)
    assert typist.asked == ["type node-is-off to attest that"]
    assert shell.uid(pod, "data") != uid
    before = shell.written()[0]
    assert (before["action"], before["attested"], before["override"]) == ("force-delete", ["node-is-off"], "")


async def test_a_refusal_that_a_reason_lifts_says_so(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("dead-node"))
    (pod,) = [
        pod["metadata"]["name"] for pod in shell.cluster.storage.list(PODS, "data") if pod["spec"]["nodeName"] == "db-2"
    ]
    shell.cluster.server.faults.refusals.append(Refusal(403, "leases"))
    assert await shell.run("force-delete", pod, "--confirm", pod, "--attest", "node-is-off") == 2
    told = capsys.readouterr().err
    assert "REFUSED\n" in told
    assert told.endswith("; --override REASON does it all the same\n")
    words = ("force-delete", pod, "--override", "the rack burned", "--dry-run", "-o", "json")
    assert await shell.run(*words) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["refused"], document["plan"]["intent"]["override"]) == ([], "the rack burned")
    assert "--reason" not in document["confirmWith"]
    confirmation = ("--confirm", pod, "--timeout", "1s")
    attests = [word for one in document["plan"]["confirmation"]["attestations"] for word in ("--attest", one["id"])]
    assert await shell.run(*words[:4], *confirmation, *attests) == 3
    assert (shell.written()[0]["reason"], shell.written()[0]["override"]) == ("the rack burned", "the rack burned")


async def test_a_fault_of_the_reading_ends_whoever_waits_for_it(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())

    async def wait() -> None:
        async with looking(target, ModelSettings(), rig.clock) as (live, _):
            live._fail(ArithmeticError("a fault"))
            await asyncio.Event().wait()

    waiting = asyncio.ensure_future(wait())
    await rig.until(waiting.done, "the block has ended")
    with pytest.raises(ExceptionGroup) as ended:
        await waiting
    assert str(ended.value.exceptions[0]) == "a fault"
