"""`stsview dns`: names as published, and as they resolve inside a pod of a served cluster."""

from __future__ import annotations

import json

import pytest

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditLog
from stsview.cli.arguments.parser import parser
from stsview.cli.commands.dns import show_names
from stsview.cli.support.errors import CommandError
from stsview.live.target import KubeconfigTarget, Rules
from stsview.model.settings import ModelSettings
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.resources import SERVICES
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.scenarios.crash_loop import SCENARIO as CRASH_LOOP
from stsview.simulator.scenarios.manifests import with_service
from tests.live.conftest import Rig
from tests.support.cli.checking import advance_until_done, target_of

KAFKA = "mq/kafka"


class Typed:
    """An operator who answers."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, question: str) -> str:
        self.asked.append(question)
        return self.answer


async def shown(rig: Rig, words: str, prompt: Typed | None = None, target: KubeconfigTarget | None = None) -> int:
    arguments = parser().parse_args(["dns", *words.split()])
    audit = AuditLog(rig.folder / "audit.jsonl")
    settings = ModelSettings(cluster_domain=getattr(arguments, "cluster_domain", None) or "cluster.local")
    running = show_names(target or target_of(rig), settings, arguments, prompt, audit, rig.clock)
    return await advance_until_done(rig, running)


def cache(cluster: SimulatedCluster, answers: str) -> None:
    def change(service: Object) -> None:
        service["metadata"].setdefault("annotations", {})[f"{PREFIX}dns-cache"] = answers

    cluster.edit(SERVICES, "mq", "kafka-hs", change, "kubectl-annotate")


async def test_names_agree_are_missing_or_old(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = await rig.cluster("crash-loop")
    assert await shown(rig, KAFKA) == 0
    plain = capsys.readouterr().out
    assert "FROM" not in plain
    assert not (rig.folder / "audit.jsonl").exists()

    assert await shown(rig, f"{KAFKA} --from 0 --yes") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Service kafka-hs: headless · publishes ready pods only"
    assert [line.split("  ")[-1] for line in lines[3:9]] == [*["agrees"] * 3, "no answer, as expected", *["agrees"] * 2]
    before, end = AuditLog(rig.folder / "audit.jsonl").entries()
    assert before["title"] == "DNS lookup in kafka-0 (kafka)"
    assert (before["moment"], end["moment"], end["result"]) == ("before", "end", "exit code 0")

    cache(cluster, "kafka-1= kafka-2=10.9.9.9 kafka-3=10.8.8.8")
    assert await shown(rig, f"{KAFKA} --from kafka-0 --yes -o json") == 1
    document = json.loads(capsys.readouterr().out)
    verdicts = [one["answer"]["verdict"] for one in document["names"]]
    assert verdicts == ["agrees", "no answer", "other address", "answers, not published", "agrees", "agrees"]
    assert document["names"][2]["answer"]["addresses"] == ["10.9.9.9"]
    assert (document["kind"], document["askedFrom"], document["problem"]) == ("SetNames", "kafka-0", "")

    assert await shown(rig, f"{KAFKA} --from 0 --yes --cluster-domain corp.example") == 1
    printed = capsys.readouterr().out
    assert "kafka-4 and kafka-5: only the short name answers: the cluster's domain" in printed


async def test_nothing_is_run_without_confirmation_a_right_or_a_shell(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:

    def deploy(cluster: SimulatedCluster) -> None:
        cluster.apply(with_service("etcd", "quay.io/coreos/etcd:v3.5.15", 1), "infra")

    cluster = await rig.cluster(
        Scenario("no-shell", "an image without a shell", (ago(deploy, days=1), *CRASH_LOOP.steps))
    )
    no = Typed("n")
    for words, prompt, message in (
        (f"{KAFKA} --from 0", None, r"^not confirmed, nothing was run; to run the command: --yes$"),
        (f"{KAFKA} --from 0", no, r"^aborted, nothing was run$"),
        (f"{KAFKA} --from 17", None, r"^mq/kafka has no ordinal 17$"),
        (f"{KAFKA} --from data/kafka-0", None, r"^--from data/kafka-0 is in another namespace: use a pod in mq$"),
    ):
        with pytest.raises(CommandError, match=message):
            await shown(rig, words, prompt)
    assert no.asked == ["Run it? [y/N]"]
    errors = capsys.readouterr().err.replace("\n", " ")
    assert "DNS lookup in kafka-0 (kafka) in mq runs:" in errors
    assert "for p in kafka-0 kafka-1" in errors
    for words, message in (
        ("infra/etcd --from 0 --yes", r"^container etcd of etcd-0 has no shell: ask from another pod, or use kubectl "),
        (f"{KAFKA} --from 3 --yes", r"^container kafka of kafka-3 is not running: CrashLoopBackOff$"),
        (f"{KAFKA} --from kafka-9 --yes", r"^no pod kafka-9 in mq"),
    ):
        with pytest.raises(Refused, match=message):
            await shown(rig, words)
    read_only = KubeconfigTarget(str(rig.folder / "kubeconfig"), namespaces=(), rules=lambda _: Rules("--read-only"))
    with pytest.raises(Refused, match=r"^read-only mode \(--read-only\): no shell, no command$"):
        await shown(rig, f"{KAFKA} --from 0 --yes", target=read_only)
    denied = cluster.server.users["admin"].denied
    denied.append(Rule(("get", "create"), ("",), ("pods/exec",)))
    with pytest.raises(Refused, match=r"^command not started: you may not (get|create) pods/exec in mq$"):
        await shown(rig, f"{KAFKA} --from 0 --yes")

    denied[:] = [Rule(("list", "watch"), ("discovery.k8s.io",), ("endpointslices",))]
    assert await shown(rig, f"{KAFKA} --from 0", Typed("y")) == 1
    printed = capsys.readouterr().out
    assert "you may not list endpointslices in mq" in printed
    assert "agrees" not in printed
