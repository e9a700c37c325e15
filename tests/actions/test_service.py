"""What holds for every action."""

from __future__ import annotations

from pathlib import Path

import pytest

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditFailed, AuditLog
from stsview.actions.intents import Reconcile, Scale
from stsview.actions.operations.reconcile import ANNOTATION
from stsview.actions.plan import Answers, Attestation, Confirmation, Result
from stsview.actions.policy import Policy
from stsview.actions.progress import Outcome
from stsview.cluster.http.write_gate import WriteGate
from stsview.live.snapshot import Link
from stsview.objects.meta import Key
from stsview.simulator.apiserver.auth.rbac import Rule
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import AUTOSCALERS, STATEFUL_SETS
from tests.actions.conftest import ActionHarness, check

ZOOKEEPER = Key("default", "zookeeper")


def scale(harness: ActionHarness, replicas: int = 5) -> Scale:
    view = harness.view()
    return Scale(ZOOKEEPER, view.uid, replicas, view.replicas)


def replicas(harness: ActionHarness) -> int:
    found: int = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")["spec"]["replicas"]
    return found


async def test_a_reconcile_changes_only_an_annotation(harness: ActionHarness) -> None:
    before = harness.view()
    plan = await harness.plan(Reconcile(ZOOKEEPER, before.uid))
    told = await harness.carry_out(await harness.confirm(plan))
    assert told[-1].outcome is Outcome.REACHED
    stored = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
    assert ANNOTATION in stored["metadata"]["annotations"]
    assert stored["metadata"]["generation"] == 1
    assert [row.uid for row in harness.view().ordinals] == [row.uid for row in before.ordinals]


async def test_a_recreated_set_is_refused(harness: ActionHarness) -> None:
    plan = await harness.plan(Reconcile(ZOOKEEPER, "another-uid"))
    assert check(plan, "same-set").result is Result.FAIL
    with pytest.raises(Refused, match="deleted and recreated"):
        await harness.confirm(plan)


async def test_a_deleted_set_has_no_plan(harness: ActionHarness) -> None:
    with pytest.raises(Refused, match="StatefulSet default/kafka no longer exists"):
        await harness.plan(Reconcile(Key("default", "kafka"), "u"))


async def test_in_read_only_mode_there_is_a_plan_but_no_run(harness: ActionHarness) -> None:
    assert harness.live.session is not None
    harness.live.session.gate = WriteGate("--read-only")
    plan = await harness.plan(scale(harness))
    assert check(plan, "read-only").result is Result.FAIL
    assert not [one for one in plan.checks if one.id == "dry-run"]
    with pytest.raises(Refused, match=r"read-only mode \(--read-only\)"):
        await harness.confirm(plan)
    assert replicas(harness) == 3


async def test_a_protected_context_has_to_be_typed(harness: ActionHarness) -> None:
    harness.policy = Policy(protected="prod")
    plan = await harness.plan(scale(harness))
    with pytest.raises(Refused, match="type the name of the protected context prod"):
        await harness.confirm(plan, Answers())
    told = await harness.carry_out(await harness.confirm(plan, Answers(context="prod")))
    assert told[-1].outcome is Outcome.REACHED


async def test_nothing_is_sent_on_stale_data(harness: ActionHarness) -> None:
    plan = await harness.plan(scale(harness))
    run = await harness.confirm(plan)
    await harness.cluster.server.stop_listening()
    await harness.rig.until(lambda: harness.live.snapshot.health.link is not Link.LIVE, "the picture is stale")
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    await harness.cluster.server.listen_again()
    assert replicas(harness) == 3
    assert [entry["moment"] for entry in harness.written()] == ["end"]


async def test_the_follow_up_survives_a_server_restart(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(scale(harness)))

    async def follow() -> Outcome:
        down = False
        async for progress in run.follow():
            if not down and progress.steps and progress.steps[0].done:
                down = True
                await harness.cluster.server.restart(3.0)
        return run.progress.outcome

    assert await harness.through(follow(), 0.2) is Outcome.REACHED
    assert harness.view().ready == 5


async def test_a_missing_permission_is_reported(harness: ActionHarness) -> None:
    plan = await harness.plan(scale(harness))
    assert check(plan, "rights").words == "you may patch statefulsets/scale in default"
    run = await harness.confirm(plan)
    admin = harness.cluster.server.users["admin"]
    admin.denied.append(Rule(("patch",), ("apps",), ("statefulsets/scale",)))
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.NOT_REACHED
    again = await harness.plan(scale(harness))
    assert check(again, "rights").result is Result.FAIL
    assert check(again, "dry-run").result is Result.FAIL


async def test_a_permission_that_cannot_be_checked_is_unknown(harness: ActionHarness) -> None:
    harness.cluster.server.faults.refusals.append(Refusal(500, "selfsubjectaccessreviews"))
    harness.cluster.server.faults.refusals.append(Refusal(403, "poddisruptionbudgets"))
    harness.cluster.server.faults.refusals.append(Refusal(403, "horizontalpodautoscalers"))
    plan = await harness.plan(scale(harness, 2))
    unknown = {one.id for one in plan.checks if one.result is Result.UNKNOWN}
    assert unknown == {"rights", "budget", "writers"}


async def test_an_impossible_dry_run_is_a_warning(harness: ActionHarness) -> None:
    session = harness.live.session
    assert session is not None
    harness.cluster.server.faults.refusals.append(Refusal(500, "statefulsets", ("patch",)))
    plan = await harness.plan(scale(harness))
    assert check(plan, "dry-run").result is Result.UNKNOWN


async def test_another_writer_is_a_warning(harness: ActionHarness) -> None:
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "zookeeper"}
    body = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "zk", "namespace": "default"},
        "spec": {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 9},
    }
    harness.cluster.storage.create(AUTOSCALERS, body)
    plan = await harness.plan(scale(harness))
    found = check(plan, "writers")
    assert (found.result, found.words) == (Result.WARN, "HPA zk also writes this set and may revert the change")


async def test_nothing_is_sent_without_an_audit_log(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(scale(harness)))
    harness.log = AuditLog(Path("/dev/full"))
    run = await harness.confirm(run.plan)
    told = await harness.carry_out(run)
    assert told[-1].outcome is Outcome.REFUSED
    assert "cannot write the audit log /dev/full: No space left on device; nothing is sent" in told[-1].words
    assert replicas(harness) == 3


async def test_a_stopped_run_sends_nothing_more(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(scale(harness)))
    run.stop()
    told = await harness.carry_out(run)
    assert (told[-1].outcome, replicas(harness)) == (Outcome.STOPPED, 3)


async def test_a_timeout_says_what_is_left(harness: ActionHarness) -> None:
    harness.cluster.images.missing.add("zookeeper:none")
    harness.cluster.set_image("default", "zookeeper", "zookeeper:none")
    await harness.rig.until(lambda: harness.view().ready < 3, "the rollout has begun")
    told = await harness.carry_out(await harness.confirm(await harness.plan(scale(harness))), 60)
    assert told[-1].outcome is Outcome.TIMED_OUT
    assert "all replicas are available" in told[-1].words
    assert harness.written()[-1]["result"] == "timed out"


def test_a_confirmation_needs_every_answer() -> None:
    needs = Confirmation("web-1", (Attestation("node-is-off", "it is off"),), "prod", reason=True)
    assert len(needs.missing(Answers())) == 4
    all_ = Answers("web-1", frozenset({"node-is-off"}), "prod", "because")
    assert needs.missing(all_) == ()
    assert Confirmation().missing(Answers()) == ()
    assert needs.missing(Answers("web-1 ", frozenset({"node-is-off"}), "prod", "  ")) == (
        "type the name web-1",
        "write a reason",
    )


def test_the_audit_log_skips_malformed_lines(tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    log = AuditLog(tmp_path / "deep" / "audit.jsonl")
    assert list(log.entries()) == []
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for hours in range(3):
        log.append({"action": f"a{hours}\n"}, start + timedelta(hours=hours))
    with log.path.open("a") as file:
        file.write('{"time": 7}\nhalf a li')
    assert [entry["action"] for entry in log.entries()] == ["a0\n", "a1\n", "a2\n"]
    assert [entry["action"] for entry in log.entries(start + timedelta(hours=1))] == ["a1\n", "a2\n"]
    assert (log.path.stat().st_mode & 0o777, log.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with pytest.raises(AuditFailed, match="cannot write the audit log"):
        AuditLog(tmp_path).append({}, start)
    link = tmp_path / "link"
    link.symlink_to(log.path)
    with pytest.raises(AuditFailed):
        AuditLog(link).append({}, start)
