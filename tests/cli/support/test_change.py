"""`stsview scale`, `delete-pod`, `force-delete` and `reconcile`: confirmation, output and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from stsview.actions.execution.audit_log import AuditLog
from stsview.cli.support.confirm import confirm
from stsview.cli.support.connect import connected
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.cluster import SimulatedCluster
from tests.live.conftest import Rig
from tests.support.cli.shell import Shell, Typist


@pytest.fixture
async def shell(rig: Rig) -> Shell:
    return Shell(rig, await rig.cluster("zookeeper"))


class Meddling(AuditLog, frozen=True):
    """Closes the connection on the first deletion that is not a dry run."""

    cluster: SimulatedCluster

    def append(self, entry: Mapping[str, Any], now: datetime) -> None:
        AuditLog.append(self, entry, now)
        if entry["moment"] == "before":
            self.cluster.server.faults.dropped_responses.append(DroppedResponse("delete", "pods", executed=True))


async def test_a_confirmed_change_is_followed_line_by_line(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper", "--reason", "more room")
    assert await shell.run(*words) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0] == "Scale default/zookeeper from 3 to 5"
    assert any(line[2] == ":" and "all replicas are available: zookeeper-3 Pending" in line for line in lines[1:])
    assert lines[-1].startswith("done after ")
    assert "\x1b" not in captured.out
    assert (captured.err, shell.replicas()) == ("", 5)
    before, after, end = shell.audit_entries()
    assert (before["reason"], after["result"], end["result"]) == ("more room", "done", "reached")


async def test_without_confirmation_only_the_plan_is_printed(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert await shell.run("scale", "zookeeper", "--replicas", "0") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "TO CONFIRM\n  --confirm zookeeper\n" in captured.err
    assert captured.err.endswith("stsview: not confirmed, nothing changed; to confirm: --confirm zookeeper\n")
    # A plan that one key confirms on a screen is not executed by default either.
    assert await shell.run("reconcile", "default/zookeeper", "-o", "json") == 2
    captured = capsys.readouterr()
    document = json.loads(captured.err)
    assert (document["kind"], document["missing"]) == ("ActionPlan", ["type the name zookeeper"])
    assert document["confirmWith"] == "--confirm zookeeper"
    assert (captured.out, shell.replicas(), shell.audit_entries()) == ("", 3, [])


async def test_another_name_does_not_confirm(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    typist = Typist()
    assert await shell.run("reconcile", "zookeeper", "--confirm", "kafka", prompt=typist) == 2
    assert capsys.readouterr().err == "stsview: --confirm kafka does not match zookeeper: nothing changed\n"
    words = ("reconcile", "zookeeper", "--confirm", "zookeeper", "--confirm-context", "prod")
    assert await shell.run(*words, prompt=typist) == 2
    assert "--confirm-context prod does not match stsview-demo" in capsys.readouterr().err
    assert (typist.questions, shell.audit_entries()) == ([], [])


async def test_a_dry_run_prints_the_plan_and_changes_nothing(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    uid = shell.uid("zookeeper-1")
    assert await shell.run("delete-pod", "zookeeper-1", "--dry-run", "--confirm", "zookeeper-1") == 0
    captured = capsys.readouterr()
    assert "WHAT HAPPENS\n  1 delete zookeeper-1 (" in captured.out
    assert "SAME AS\n  kubectl -n default delete pod zookeeper-1\n" in captured.out
    assert captured.err == ""
    assert await shell.run("delete-pod", "pod/zookeeper-1", "--dry-run", "-o", "json") == 0
    document = json.loads(capsys.readouterr().out)
    plan = document["plan"]
    assert (document["kind"], plan["action"], plan["danger"]) == ("ActionPlan", "delete-pod", "disruptive")
    assert plan["facts"]["the uid of the pod"] == plan["about"]["uid"] == uid
    assert plan["requests"][0]["message"]["body"]["preconditions"] == {"uid": uid}
    assert {check["result"] for check in plan["checks"]} == {"pass"}
    # The server knows that it was asked twice without doing it.
    assert (shell.uid("zookeeper-1"), shell.audit_entries()) == (uid, [])
    assert await shell.run("scale", "zookeeper", "--replicas", "3", "--dry-run") == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("Scale default/zookeeper from 3 to 3\nREFUSED\n  already has 3 replicas\n")
    assert (captured.out.count("already has"), captured.err) == (1, "")
    # Without a dry run one line says why.
    assert await shell.run("scale", "zookeeper", "--replicas", "3", "--confirm", "zookeeper") == 2
    captured = capsys.readouterr()
    why = "stsview: refused: already has 3 replicas (--dry-run shows the plan)\n"
    assert (captured.out, captured.err) == ("", why)


async def test_what_must_be_read_comes_first_and_checks_that_passed_are_counted(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await shell.run("scale", "zookeeper", "--replicas", "0", "--dry-run") == 0
    printed = capsys.readouterr().out
    headings = [line for line in printed.splitlines() if line.isupper()]
    assert headings == ["RISK", "WHAT HAPPENS", "CHECKED", "SAFER", "SAME AS", "TO CONFIRM"]
    assert "✔ data is live" not in printed
    assert re.search(r"\n  ✔ \d+ other checks passed \(-v shows them\)\n", printed)
    assert await shell.run("scale", "zookeeper", "--replicas", "0", "--dry-run", "-v") == 0
    assert "\n  ✔ data is live\n" in capsys.readouterr().out


PLAN_FIELDS = """
    action intent about title madeAt steps details checks risks safer sameAs confirmation requests danger facts byHand
"""


async def test_the_result_is_a_document(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts rely on its fields: within a version fields are only added."""
    assert await shell.run("delete-pod", "zookeeper-2", "--confirm", "zookeeper-2", "-o", "json") == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["apiVersion"], document["kind"], document["exitCode"]) == ("stsview/v1", "ActionResult", 0)
    assert (document["outcome"], document["left"]) == ("reached", "")
    assert set(PLAN_FIELDS.split()) <= set(document["plan"])
    assert [step["words"] for step in document["steps"]][-1] == "the new zookeeper-2 is available"
    assert all(step["done"] and step["since"] <= step["until"] for step in document["steps"])
    assert document["seconds"] > 0
    assert "the old zookeeper-2 is gone" in captured.err


async def test_a_timeout_says_what_is_not_done(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("delete-pod", "zookeeper-2", "--confirm", "zookeeper-2", "--timeout", "1s")
    assert await shell.run(*words) == 3
    (last,) = capsys.readouterr().out.splitlines()[-1:]
    assert last.startswith("timed out after ")
    assert "the new zookeeper-2 is available" in last


async def test_a_goal_that_becomes_unreachable_says_why(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """Another writer scales the set meanwhile."""
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper")
    assert await shell.run(*words, once=lambda: shell.replicas() == 5, do=lambda: shell.replicas(4)) == 1
    out = capsys.readouterr().out
    assert "not reached after " in out
    assert ": the replicas were set to 4 meanwhile\n" in out


async def test_a_broken_connection_is_reported_and_nothing_is_sent_twice(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    uid = shell.uid("zookeeper-1")
    shell.log = Meddling(shell.log.path, shell.cluster)
    assert await shell.run("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1") == 0
    assert shell.uid("zookeeper-1") != uid
    assert [entry["moment"] for entry in shell.audit_entries()].count("before") == 1
    assert "checking whether it was carried out" in capsys.readouterr().out


async def test_a_signal_stops_following_between_two_steps(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    words = ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper", "-o", "json")
    interrupt = partial(os.kill, os.getpid(), signal.SIGINT)
    assert await shell.run(*words, once=lambda: shell.replicas() == 5, do=interrupt) == 130
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["outcome"], document["exitCode"]) == ("stopped", 130)
    assert "stopped watching; requests already sent continue\n" in captured.err
    assert "all replicas are available" in document["left"]
    assert signal.getsignal(signal.SIGINT) is before
    assert shell.audit_entries()[-1]["result"] == "stopped"


async def test_an_interrupt_before_confirmation_says_that_nothing_changed(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    async def interrupt(question: str) -> str:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await shell.run("reconcile", "zookeeper", prompt=interrupt)
    assert capsys.readouterr().err.endswith("stsview: interrupted: nothing changed\n")


async def test_a_terminal_is_asked_for_the_missing_confirmation(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in ("", "y", "YES", "zookeeper"):
        assert await shell.run("reconcile", "zookeeper", prompt=Typist(answer)) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("Trigger a reconcile of default/zookeeper\n")
        assert captured.err.endswith("stsview: aborted, nothing changed\n")
    simple = Typist("yes")
    assert await shell.run("reconcile", "zookeeper", prompt=simple) == 0
    assert simple.questions == ['Type "yes" to continue']

    shell.rules = Rules(protected=True)
    grave = Typist("zookeeper", "stsview-demo")
    assert await shell.run("scale", "zookeeper", "--replicas", "0", prompt=grave) == 0
    assert grave.questions == [
        "Type the name of the StatefulSet to confirm",
        "Protected context: type its name to confirm",
    ]
    assert shell.replicas() == 0
    half = Typist("stsview-demo")
    assert await shell.run("scale", "zookeeper", "--replicas", "1", "--confirm", "zookeeper", prompt=half) == 0
    assert half.questions == ["Protected context: type its name to confirm"]


async def test_in_a_protected_context_a_script_confirms_its_name_too(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.rules = Rules(protected=True)
    assert await shell.run("reconcile", "zookeeper", "--confirm", "zookeeper") == 2
    assert "to confirm: --confirm zookeeper --confirm-context stsview-demo\n" in capsys.readouterr().err
    words = ("reconcile", "zookeeper", "--confirm", "zookeeper", "--confirm-context", "stsview-demo")
    assert await shell.run(*words) == 0


async def test_a_changed_plan_is_shown_and_confirmed_again(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    """The name on the command line was given for the plan before."""
    uid = shell.uid("zookeeper-1")

    def lose_a_member() -> None:
        if shell.replicas() == 3:
            shell.replicas(4)

    typist = Typist("yes", "no", meanwhile=lose_a_member)
    assert await shell.run("delete-pod", "zookeeper-1", prompt=typist) == 2
    printed = capsys.readouterr().err
    assert "CHANGED\n  replicas was 3, is 4\n" in printed
    assert printed.count("WHAT HAPPENS") == 2
    assert (len(typist.questions), shell.uid("zookeeper-1"), shell.audit_entries()) == (2, uid, [])


async def test_a_changed_plan_is_not_executed_by_a_script(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def change_and_confirm(*arguments: Any) -> Any:
        shell.replicas(4)
        return await confirm(*arguments)

    monkeypatch.setattr("stsview.cli.support.change.confirm", change_and_confirm)
    words = ("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1")
    assert await shell.run(*words, "-o", "json") == 2
    assert json.loads(capsys.readouterr().err)["changed"][0] == "replicas was 3, is 4"
    assert shell.audit_entries() == []


async def test_read_only_refuses_every_change(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.rules = Rules(read_only="--read-only")
    requests = (
        ("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper"),
        ("delete-pod", "zookeeper-1", "--confirm", "zookeeper-1"),
        ("force-delete", "zookeeper-1", "--confirm", "zookeeper-1", "--override", "because"),
        ("reconcile", "zookeeper", "--confirm", "zookeeper"),
        ("reconcile", "zookeeper", "--dry-run"),
    )
    for words in requests:
        assert await shell.run(*words, prompt=Typist()) == 2
        captured = capsys.readouterr()
        assert (captured.out + captured.err).count("read-only mode (--read-only)") == 1
    assert shell.audit_entries() == []


async def test_a_missing_object_is_an_error_of_one_line(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    for words, why in (
        (("reconcile", "kafka"), "No StatefulSet kafka in any namespace"),
        (("delete-pod", "zookeeper-3"), "zookeeper-3 does not exist: default/zookeeper has the pods {pods}"),
        (("delete-pod", "zookeeper"), "zookeeper is a StatefulSet, not a pod: default/zookeeper has the pods {pods}"),
        (("delete-pod", "zokeeper-1"), "No pod zokeeper-1 in any namespace; did you mean default/zookeeper-1?"),
        (
            ("delete-pod", "data/zookeeper-1"),
            "No pod data/zookeeper-1 in any namespace; did you mean default/zookeeper-1?",
        ),
    ):
        assert await shell.run(*words, "--confirm", "x") == 2
        pods = "zookeeper-0, -1 and -2"
        assert capsys.readouterr().err == f"stsview: {why.format(pods=pods)}\n"


async def test_without_an_audit_log_nothing_is_sent(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.log = AuditLog(shell.rig.folder)
    assert await shell.run("scale", "zookeeper", "--replicas", "5", "--confirm", "zookeeper") == 2
    assert "stsview: nothing changed: " in capsys.readouterr().err
    assert shell.replicas() == 3


async def test_a_missing_or_ambiguous_name_is_an_error(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    from stsview.simulator.scenarios.manifests import with_service

    cluster = await rig.cluster("zookeeper")
    shell = Shell(rig, cluster)
    cluster.apply(with_service("zookeeper", "zookeeper:3.9", 2, storage="1Gi", port=2181), "data")
    cluster.images.missing.add("zookeeper:3.9")
    await rig.pass_time(5)
    assert await shell.run("delete-pod", "zookeeper-0", "--dry-run") == 2
    assert "2 pods are named zookeeper-0: data/zookeeper-0, default/zookeeper-0; add" in capsys.readouterr().err
    assert await shell.run("delete-pod", "data/zookeeper-1", "--dry-run") == 2
    assert "pod zookeeper-1 does not exist in data: missing" in capsys.readouterr().err
    assert await shell.run("delete-pod", "data/zookeeper-0", "--dry-run") == 0
    assert await shell.run("reconcile", "zookeeper", "--dry-run") == 2
    assert "2 StatefulSets are named zookeeper: data/zookeeper, default/zookeeper" in capsys.readouterr().err


async def test_force_delete_requires_its_attestation(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("dead-node"))
    (pod,) = [
        pod["metadata"]["name"] for pod in shell.cluster.storage.list(PODS, "data") if pod["spec"]["nodeName"] == "db-2"
    ]
    uid = shell.uid(pod, "data")
    words = ("force-delete", pod, "--timeout", "20s", "--confirm", pod)
    assert await shell.run(*words) == 2
    printed = capsys.readouterr().err
    assert f"to confirm: --confirm {pod} --attest node-is-off\n" in printed
    assert "TO CONFIRM\n  --attest node-is-off: " in printed
    assert await shell.run(*words, "--attest", "node-off") == 2
    wrong = "stsview: --attest node-off is not known; this plan asks for node-is-off\n"
    assert capsys.readouterr().err == wrong
    assert (await shell.run(*words, prompt=Typist("yes")), shell.uid(pod, "data")) == (2, uid)
    typist = Typist("node-is-off")
    assert await shell.run(*words, prompt=typist) in (0, 3)
    assert typist.questions == ['Type "node-is-off" to attest this']
    assert shell.uid(pod, "data") != uid
    before = shell.audit_entries()[0]
    assert (before["action"], before["attested"], before["override"]) == ("force-delete", ["node-is-off"], "")


async def test_a_refusal_names_the_option_that_overrides_it(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(rig, await rig.cluster("dead-node"))
    (pod,) = [
        pod["metadata"]["name"] for pod in shell.cluster.storage.list(PODS, "data") if pod["spec"]["nodeName"] == "db-2"
    ]
    shell.cluster.server.faults.refusals.append(Refusal(403, "leases"))
    assert await shell.run("force-delete", pod, "--confirm", pod, "--attest", "node-is-off") == 2
    printed = capsys.readouterr().err
    assert printed.startswith("stsview: refused: ")
    assert printed.endswith("; --override REASON overrides this (--dry-run shows the plan)\n")
    words = ("force-delete", pod, "--override", "the rack burned", "--dry-run", "-o", "json")
    assert await shell.run(*words[:5]) == 0
    printed = capsys.readouterr().out
    assert "OVERRIDDEN\n" in printed
    assert "\n  reason: the rack burned\n" in printed
    assert await shell.run(*words) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["refused"], document["plan"]["intent"]["override"]) == ([], "the rack burned")
    assert "--reason" not in document["confirmWith"]
    confirmation = ("--confirm", pod, "--timeout", "1s")
    attests = [word for one in document["plan"]["confirmation"]["attestations"] for word in ("--attest", one["id"])]
    assert await shell.run(*words[:4], *confirmation, *attests) == 3
    assert (shell.audit_entries()[0]["reason"], shell.audit_entries()[0]["override"]) == (
        "the rack burned",
        "the rack burned",
    )


async def test_an_internal_error_of_the_connection_cancels_its_block(rig: Rig) -> None:
    await rig.cluster("zookeeper")
    target = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=())

    async def wait() -> None:
        async with connected(target, ModelSettings(), rig.clock) as (live, _):
            live._fail(ArithmeticError("a fault"))
            await asyncio.Event().wait()

    waiting = asyncio.ensure_future(wait())
    await rig.until(waiting.done, "the block has ended")
    with pytest.raises(ExceptionGroup) as ended:
        await waiting
    assert str(ended.value.exceptions[0]) == "a fault"


async def test_impersonation_is_in_every_request_in_the_plan_and_in_the_audit_log(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("reconcile", "zookeeper", "--confirm", "zookeeper")
    shell.as_user = "viewer"
    assert await shell.run(*words) == 2
    assert "you may not patch statefulsets" in capsys.readouterr().err, "the rights are those of the other user"

    shell.as_user, shell.as_groups = "jane", ("devs", "system:masters")
    assert await shell.run(*words, "--dry-run") == 0
    out = capsys.readouterr().out
    assert "ACTING AS\n  jane (groups devs, system:masters)\n" in out
    assert await shell.run(*words, "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["plan"]["actingAs"] == "jane (groups devs, system:masters)"
    for entry in shell.audit_entries():
        assert (entry["user"], entry["actingAs"], entry["actingAsGroups"]) == (
            "jane",
            "jane",
            ["devs", "system:masters"],
        )
