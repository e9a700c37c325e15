"""Recreations that were interrupted, and sets that are gone while their pods live."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from stsview.actions.errors import Refused
from stsview.actions.intents import ResumeRecreate
from stsview.actions.operations.recreate.journal import all_unfinished
from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.cli.intents.recreate import build_intent
from stsview.cli.support.errors import CommandError
from stsview.cli.support.intent_context import IntentContext
from stsview.model.finding import Level
from stsview.model.views import Severity
from stsview.objects.meta import Key
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness, check, open_harness
from tests.live.conftest import Rig
from tests.support.actions.recreating import (
    ZOOKEEPER,
    Death,
    assert_owns_what_it_had,
    belongings,
    follow_until,
    on_write,
    owners,
    recreate,
    resuming,
    saved,
    stateful_set,
)

ELASTICSEARCH = Key("search", "elasticsearch")


async def settled(harness: ActionHarness) -> None:
    """The live picture is that of the cluster: the set as it is now, or gone."""

    def holds() -> bool:
        found, view = stateful_set(harness.cluster), harness.live.snapshot.fleet.sets.get(ZOOKEEPER)
        if view is None:
            return False
        same = view.gone if found is None else view.uid == found["metadata"]["uid"]
        return same and all(row.uid is not None for row in view.ordinals)

    await harness.rig.until(holds, "the picture is current", step=0.1)


@pytest.mark.parametrize("put_back", [False, True], ids=["finish", "put back"])
@pytest.mark.parametrize("answered", [False, True], ids=["not sent", "answer lost"])
async def test_wherever_it_ends_continuing_leaves_the_set_as_it_was(
    harness: ActionHarness, answered: bool, put_back: bool
) -> None:
    """At each request of a run in turn, until one run ends by itself."""

    def delete_claims(one: Object) -> None:
        one["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] = "Delete"

    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", delete_claims)
    await harness.rig.pass_time(5)
    before = belongings(harness.cluster)
    for at in range(100):
        await settled(harness)
        service = f"zk-{at}"
        run = await harness.confirm(await harness.plan(recreate(harness, f"serviceName={service}")))
        death = Death(at, answered=answered)
        async with death.over(harness):
            died = await harness.through(follow_until(run, death.came), step=0.25)
        await harness.rig.pass_time(3)
        await settled(harness)
        intent = resuming(harness, put_back=put_back)
        assert (intent is not None) >= (stateful_set(harness.cluster) is None), f"nothing to resume at {at}"
        if intent is not None:
            plan = await harness.plan(intent)
            assert not plan.refused, (at, plan.refused)
            progress = await harness.carry_out(await harness.confirm(plan))
            assert progress[-1].outcome is Outcome.REACHED, (at, progress[-1])
        await harness.rig.pass_time(5)
        assert_owns_what_it_had(harness.cluster, before)
        found = stateful_set(harness.cluster)
        assert found is not None
        assert found["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete", at
        assert saved(harness, "recreations") == [], at
        if intent is not None and not put_back:
            assert found["spec"]["serviceName"] == service, at
        if not died:
            break
    else:
        raise AssertionError("no run ended by itself")
    assert at > 8, "most requests were not reached"


async def gone(harness: ActionHarness) -> None:
    """Interrupt a recreation between its two halves."""
    run = await harness.confirm(await harness.plan(recreate(harness)))
    refusal = Refusal(403, "statefulsets", ("create",))
    with on_write(harness, "DELETE", lambda: harness.cluster.server.faults.refusals.append(refusal), after=True):
        await harness.carry_out(run)
    harness.cluster.server.faults.clear()
    await settled(harness)


async def test_a_gone_set_is_an_error_with_its_remedy(harness: ActionHarness) -> None:
    before = belongings(harness.cluster)
    await gone(harness)
    view = harness.view()
    assert (view.gone, view.uid, view.severity, view.ready, view.replicas) == (True, "", Severity.STUCK, 3, 3)
    (finding,) = view.findings
    assert (finding.rule, finding.level) == ("set-gone", Level.ERROR)
    plan = await harness.plan(ResumeRecreate(ZOOKEEPER, ""))
    assert "unfinished recreation" in check(plan, "unfinished").words
    assert any("--put-back" in one.command for one in plan.safer)
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED
    await settled(harness)
    assert not harness.view().gone
    assert harness.view().service.name == "zk-new"
    assert_owns_what_it_had(harness.cluster, before)


async def test_a_pod_that_ended_meanwhile_is_created_again(harness: ActionHarness) -> None:
    await gone(harness)
    harness.cluster.storage.delete(PODS, "default", "zookeeper-1", grace_seconds=0)
    await harness.rig.until(lambda: len(harness.view().ordinals) == 3 and harness.view().ready == 2, "it is seen")
    plan = await harness.plan(ResumeRecreate(ZOOKEEPER, ""))
    assert check(plan, "pods").result is Result.WARN
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert "zookeeper-1" in progress[-1].words
    await harness.rig.until(lambda: harness.view().available == 3, "all are available", step=0.5)
    assert saved(harness, "recreations") == []


async def test_a_slow_deletion_is_waited_for_by_whoever_continues(harness: ActionHarness) -> None:
    """A finalizer keeps the set long after its pods were released."""
    before = belongings(harness.cluster)

    def keep(one: Object) -> None:
        one["metadata"]["finalizers"] = ["example.com/keep"]

    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", keep)
    run = await harness.confirm(await harness.plan(recreate(harness, override="it is removed by hand")))
    death = Death(40, answered=False)
    async with death.over(harness):
        assert await harness.through(follow_until(run, death.came), step=0.25)
    found = stateful_set(harness.cluster)
    assert found is not None
    assert "deletionTimestamp" in found["metadata"]
    assert not (await harness.plan(ResumeRecreate(ZOOKEEPER, ""))).refused

    def release() -> None:
        harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", lambda one: one["metadata"].update(finalizers=[]))

    run = await harness.confirm(await harness.plan(ResumeRecreate(ZOOKEEPER, "")))
    following = asyncio.ensure_future(harness.carry_out(run))
    await harness.rig.pass_time(5)
    release()
    progress = await following
    assert progress[-1].outcome is Outcome.REACHED, progress[-1]
    assert_owns_what_it_had(harness.cluster, before)


async def test_a_set_with_nothing_to_resume_is_refused(harness: ActionHarness) -> None:
    for key in (ZOOKEEPER, Key("default", "kafka")):
        with pytest.raises(Refused):
            await harness.plan(ResumeRecreate(key, ""))


async def test_a_pod_of_another_owner_refuses_it(harness: ActionHarness) -> None:
    await gone(harness)
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": True}
    harness.cluster.edit(
        PODS, "default", "zookeeper-1", lambda one: one["metadata"].update(ownerReferences=[reference])
    )
    plan = await harness.plan(ResumeRecreate(ZOOKEEPER, ""))
    assert "belongs to ReplicaSet web" in check(plan, "adoption").words
    assert plan.refused


async def test_a_foreign_orphaned_set_is_taken_up(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        harness = await open_harness(Rig(tmp_path, stack), stack, "orphaned")
        view = harness.view("elasticsearch", "search")
        assert (view.gone, view.ready) == (True, 3)
        assert view.findings[0].rule == "set-gone"
        orphans = belongings(harness.cluster, "search")
        plan = await harness.plan(ResumeRecreate(ELASTICSEARCH, ""))
        assert not plan.refused
        assert "  volumeClaimTemplates:\n" in plan.manifest
        progress = await harness.carry_out(await harness.confirm(plan))
        assert progress[-1].outcome is Outcome.REACHED, progress[-1]
        await harness.rig.pass_time(60)
        assert belongings(harness.cluster, "search") == orphans
        assert "" not in owners(harness.cluster, "search")
        found = stateful_set(harness.cluster, ELASTICSEARCH)
        assert found is not None
        spec, (template,) = found["spec"], found["spec"]["volumeClaimTemplates"]
        assert (spec["replicas"], spec["serviceName"]) == (3, "elasticsearch-hs")
        assert spec["selector"] == {"matchLabels": {"app": "elasticsearch"}}
        assert template["spec"]["resources"]["requests"]["storage"] == "50Gi"
        assert not harness.view("elasticsearch", "search").gone


async def test_the_command_line_asks_for_what_is_left(harness: ActionHarness) -> None:
    """Also of a set of which no pod lives any more."""
    context = IntentContext(harness.live, harness.live.snapshot, harness.rig.clock, harness.log.path.parent)
    arguments = Namespace(name="zookeeper", continue_unfinished=True, put_back=False, changes=[])
    with pytest.raises(CommandError, match="no unfinished recreation"):
        await build_intent(arguments, context)
    await gone(harness)
    (journal,) = all_unfinished(harness.log.path.parent)
    context = replace(context, snapshot=harness.live.snapshot)
    assert await build_intent(arguments, context) == ResumeRecreate(ZOOKEEPER, "")
    for ordinal in range(3):
        harness.cluster.storage.delete(PODS, "default", f"zookeeper-{ordinal}", grace_seconds=0)
    await harness.rig.until(lambda: ZOOKEEPER not in harness.live.snapshot.fleet.sets, "no pod lives")
    context = replace(context, snapshot=harness.live.snapshot)
    intent = await build_intent(arguments, context)
    assert intent == ResumeRecreate(ZOOKEEPER, journal.journal.uid)
    progress = await harness.carry_out(await harness.confirm(await harness.plan(intent)))
    assert progress[-1].outcome is Outcome.NOT_REACHED, "its pods are others"
    await harness.rig.until(lambda: harness.view().available == 3, "all are available", step=0.5)
