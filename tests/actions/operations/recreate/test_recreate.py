"""A set is deleted without its pods and created again with other fields."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from stsview.actions.plan import Result
from stsview.actions.progress import Outcome
from stsview.simulator.apiserver.faults.faults import DroppedResponse, Refusal
from stsview.simulator.apiserver.resources import CLAIMS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from tests.actions.conftest import ActionHarness, check
from tests.support.actions.recreating import (
    SERVICE,
    assert_owns_what_it_had,
    belongings,
    follow_until,
    on_write,
    owners,
    recreate,
    saved,
    stateful_set,
)


def edit(harness: ActionHarness, change: Callable[[Object], None]) -> None:
    harness.cluster.edit(STATEFUL_SETS, "default", "zookeeper", change)


async def seen(harness: ActionHarness, holds: Callable[[], bool], what: str) -> None:
    await harness.rig.until(holds, what, step=0.25)


async def test_the_pods_stay_and_belong_to_the_new_set(harness: ActionHarness) -> None:
    before, uid = belongings(harness.cluster), harness.view().uid
    plan = await harness.plan(
        recreate(harness, SERVICE, "podManagementPolicy=Parallel", "data.size=20Gi", "data.labels.tier=db")
    )
    assert not plan.refused
    assert plan.confirmation.name == "zookeeper"
    assert check(plan, "dry-run-create").result is Result.PASS
    assert check(plan, "same-template").result is Result.PASS
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED, progress[-1]
    found = stateful_set(harness.cluster)
    assert found is not None
    assert found["metadata"]["uid"] != uid
    spec, template = found["spec"], found["spec"]["volumeClaimTemplates"][0]
    assert (spec["serviceName"], spec["podManagementPolicy"]) == ("zk-new", "Parallel")
    assert template["spec"]["resources"]["requests"]["storage"] == "20Gi"
    assert template["metadata"]["labels"]["tier"] == "db"
    await harness.rig.pass_time(60)
    assert_owns_what_it_had(harness.cluster, before)
    assert any("was without a controller for" in step.words for step in progress[-1].steps)
    (manifest,) = saved(harness, "manifests")
    assert stat.S_IMODE(manifest.stat().st_mode) == 0o600
    former = json.loads(manifest.read_text())
    assert former["spec"]["serviceName"] == "zk-hs"
    assert not {"uid", "resourceVersion", "creationTimestamp", "managedFields"} & former["metadata"].keys()
    assert saved(harness, "recreations") == []
    requests = [line["request"]["method"] for line in harness.written() if line["moment"] == "before"]
    assert requests == ["DELETE", "POST"]


async def test_claims_of_the_set_are_kept_whatever_its_policy(harness: ActionHarness) -> None:
    def delete_claims(one: Object) -> None:
        one["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] = "Delete"

    def owned() -> bool:
        return all("ownerReferences" in one["metadata"] for one in harness.cluster.storage.list(CLAIMS, "default"))

    edit(harness, delete_claims)
    await seen(harness, lambda: owned() and harness.view().when_deleted == "Delete", "the claims belong to the set")
    before = belongings(harness.cluster)
    plan = await harness.plan(recreate(harness))
    assert check(plan, "retention").result is Result.WARN
    progress = await harness.carry_out(await harness.confirm(plan))
    assert progress[-1].outcome is Outcome.REACHED, progress[-1]
    await harness.rig.pass_time(30)
    assert_owns_what_it_had(harness.cluster, before)
    found = stateful_set(harness.cluster)
    assert found is not None
    assert found["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"


def _other_image(harness: ActionHarness) -> None:
    harness.cluster.set_image("default", "zookeeper", "zookeeper:3.9.9")


def _terminating(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(PODS, "default", "zookeeper-1")


def _annotated(name: str, value: str) -> Callable[[ActionHarness], None]:
    def annotate(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})[name] = value

    return lambda harness: edit(harness, annotate)


def _owned_by_operator(harness: ActionHarness) -> None:
    reference = {"apiVersion": "zk.io/v1", "kind": "ZkCluster", "name": "zk", "uid": "u", "controller": True}
    edit(harness, lambda one: one["metadata"].update(ownerReferences=[reference]))


def _applied_by_argo(harness: ActionHarness) -> None:
    """Argo CD without labels of its own: only the managed fields tell."""
    stateful = (STATEFUL_SETS, "default", "zookeeper")
    harness.cluster.edit(*stateful, lambda one: one["spec"].update(revisionHistoryLimit=9), "argocd-controller")


def _finalizer(harness: ActionHarness) -> None:
    edit(harness, lambda one: one["metadata"].update(finalizers=["example.com/keep"]))


def _claim_deleted(harness: ActionHarness) -> None:
    harness.cluster.storage.delete(CLAIMS, "default", "data-zookeeper-1")


@pytest.mark.parametrize(
    ("spoil", "id_", "overridable"),
    [
        (_other_image, "rollout", False),
        (_terminating, "terminating", False),
        (_annotated("argocd.argoproj.io/tracking-id", "zk:apps/StatefulSet:default/zookeeper"), "writers", True),
        (_owned_by_operator, "writers", True),
        (_applied_by_argo, "writers", True),
        (_finalizer, "finalizers", True),
        (_claim_deleted, "claims", True),
    ],
    ids=["rollout", "terminating", "gitops", "operator", "field manager", "finalizer", "claim being deleted"],
)
async def test_it_is_refused(
    harness: ActionHarness, spoil: Callable[[ActionHarness], None], id_: str, overridable: bool
) -> None:
    spoil(harness)
    plan = await harness.plan(recreate(harness))
    assert check(plan, id_).result is Result.FAIL
    assert id_ in [one.id for one in plan.refused]
    if overridable and len(plan.refused) == 1:
        assert not (await harness.plan(recreate(harness, override="paused"))).refused


async def test_nothing_and_nonsense_is_refused(harness: ActionHarness) -> None:
    for change in ("serviceName=zk-hs", "other.size=20Gi"):
        assert check(await harness.plan(recreate(harness, change)), "changes").result is Result.FAIL
    assert check(await harness.plan(recreate(harness, "data.storageClassName=none")), "storage-class").refuses


async def test_a_pod_replaced_after_the_plan_needs_another_look(harness: ActionHarness) -> None:
    """The deletion is not sent for pods that are not those of the plan."""
    run = await harness.confirm(await harness.plan(recreate(harness)))
    uid = harness.view().uid
    harness.cluster.storage.delete(PODS, "default", "zookeeper-2", grace_seconds=0)
    progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.REFUSED, progress[-1]
    found = stateful_set(harness.cluster)
    assert found is not None
    assert found["metadata"]["uid"] == uid


@pytest.mark.parametrize("executed", [True, False])
@pytest.mark.parametrize("verb", ["delete", "create"])
async def test_a_lost_answer(harness: ActionHarness, verb: str, executed: bool) -> None:
    before = belongings(harness.cluster)
    run = await harness.confirm(await harness.plan(recreate(harness)))
    harness.cluster.server.faults.dropped_responses.append(DroppedResponse(verb, "statefulsets", executed))
    progress = await harness.carry_out(run)
    deleted = verb == "create" or executed
    assert progress[-1].outcome is (Outcome.REACHED if deleted else Outcome.NOT_REACHED), progress[-1]
    await harness.rig.pass_time(10)
    assert_owns_what_it_had(harness.cluster, before)
    assert saved(harness, "recreations") == []


@pytest.mark.parametrize("code", [429, 500])
async def test_a_creation_is_tried_until_it_succeeds(harness: ActionHarness, code: int) -> None:
    """Also where it is stopped meanwhile: the set is not left deleted."""
    before = belongings(harness.cluster)
    run = await harness.confirm(await harness.plan(recreate(harness)))

    def refuse() -> None:
        run.stop()
        refusal = Refusal(code, "statefulsets", ("create",), times=5)
        harness.cluster.server.faults.refusals.append(refusal)

    with on_write(harness, "DELETE", refuse, after=True):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome in (Outcome.REACHED, Outcome.STOPPED), progress[-1]
    await harness.rig.pass_time(10)
    assert_owns_what_it_had(harness.cluster, before)


async def test_a_rejected_set_is_replaced_by_the_former(harness: ActionHarness) -> None:
    before = belongings(harness.cluster)
    run = await harness.confirm(await harness.plan(recreate(harness)))

    def forbid() -> None:
        harness.cluster.server.faults.refusals.append(Refusal(403, "statefulsets", ("create",), times=1))

    with on_write(harness, "DELETE", forbid, after=True):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert "it was created as it was before" in progress[-1].words
    found = stateful_set(harness.cluster)
    assert found is not None
    assert found["spec"]["serviceName"] == "zk-hs"
    assert_owns_what_it_had(harness.cluster, before)
    assert saved(harness, "recreations") == []


async def test_a_set_that_cannot_be_created_can_be_resumed(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(recreate(harness)))

    def forbid() -> None:
        harness.cluster.server.faults.refusals.append(Refusal(403, "statefulsets", ("create",)))

    with on_write(harness, "DELETE", forbid, after=True):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert "stsview recreate zookeeper --continue" in progress[-1].words
    assert len(saved(harness, "recreations")) == 1
    assert owners(harness.cluster) == {""}


async def test_another_client_may_create_it_first(harness: ActionHarness) -> None:
    before = belongings(harness.cluster)
    former = stateful_set(harness.cluster)
    assert former is not None
    run = await harness.confirm(await harness.plan(recreate(harness)))

    def create() -> None:
        body = {"metadata": {"name": "zookeeper", "namespace": "default"}, "spec": former["spec"]}
        harness.cluster.storage.create(STATEFUL_SETS, body, manager="helm")

    with on_write(harness, "POST", create):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED
    assert "another client created default/zookeeper meanwhile" in progress[-1].words
    assert_owns_what_it_had(harness.cluster, before)


async def test_a_change_just_before_the_deletion_is_not_lost(harness: ActionHarness) -> None:
    run = await harness.confirm(await harness.plan(recreate(harness)))
    uid = harness.view().uid

    with on_write(harness, "DELETE", lambda: harness.cluster.scale("default", "zookeeper", 5)):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.NOT_REACHED, progress[-1]
    found = stateful_set(harness.cluster)
    assert found is not None
    assert (found["metadata"]["uid"], found["spec"]["replicas"]) == (uid, 5)


async def test_the_window_ends_without_live_data_and_without_an_audit_log(harness: ActionHarness) -> None:
    before = belongings(harness.cluster)
    run = await harness.confirm(await harness.plan(recreate(harness)))

    def fill_the_disk() -> None:
        path = harness.log.path
        path.rename(path.with_suffix(".full"))
        path.mkdir()

    with on_write(harness, "DELETE", fill_the_disk, after=True):
        progress = await harness.carry_out(run)
    assert progress[-1].outcome is Outcome.REACHED
    assert "cannot write the audit log" in progress[-1].words
    assert_owns_what_it_had(harness.cluster, before)


async def test_a_replica_set_that_would_adopt_the_pods_refuses_it(harness: ActionHarness) -> None:
    """The simulator has none: its answer is replaced."""
    session = harness.live.session
    assert session is not None
    get_json = session.get_json

    async def reading(path: str, decoder: Any, **options: Any) -> Any:
        if path.endswith("/replicasets"):
            rs = {"metadata": {"name": "other"}, "spec": {"selector": {"matchLabels": {"app": "zookeeper"}}}}
            return decoder.decode(json.dumps({"items": [rs]}).encode())
        return await get_json(path, decoder, **options)

    with patch.object(session, "get_json", reading):
        plan = await harness.plan(recreate(harness))
    assert check(plan, "adopters").result is Result.FAIL


@pytest.mark.parametrize(
    ("limit", "result"),
    [({"maxUnavailable": 1}, Result.PASS), ({"minAvailable": "50%"}, Result.PASS), ({"minAvailable": 2}, Result.WARN)],
    ids=["maxUnavailable", "percentage", "number"],
)
async def test_a_budget_that_counts_controllers_prevents_evictions_meanwhile(
    harness: ActionHarness, limit: dict[str, Any], result: Result
) -> None:
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "zk"}}
    harness.cluster.apply([{**budget, "spec": {"selector": {"matchLabels": {"app": "zookeeper"}}, **limit}}])
    assert check(await harness.plan(recreate(harness)), "budget").result is result


async def test_whoever_stops_following_in_the_middle_leaves_a_set(harness: ActionHarness) -> None:
    """As when the dashboard is closed: the creation is not left out."""
    before = belongings(harness.cluster)
    run = await harness.confirm(await harness.plan(recreate(harness)))
    deleted = asyncio.Event()
    harness.cluster.server.faults.refusals.append(Refusal(429, "statefulsets", ("create",), times=3))

    with on_write(harness, "DELETE", deleted.set, after=True):
        assert await harness.through(follow_until(run, deleted), step=0.25)
    assert stateful_set(harness.cluster) is not None
    await harness.rig.pass_time(5)
    assert_owns_what_it_had(harness.cluster, before)
