"""What plans say in the reported situations: of data that is lost, and of pods that cannot start."""

from __future__ import annotations

from pathlib import Path

from stsview.actions.intents import DeletePod, ForceDelete, Intent, Scale
from stsview.actions.operations import delete_pod, scale
from stsview.actions.plan import Check, Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import guarded
from stsview.model.finding import Danger
from stsview.model.settings import ModelSettings
from tests.support.reported_plans import intents, plan_of, served
from tests.support.reports import report


def fresh(name: str) -> FreshState:
    read = report(name)
    view = read.view()
    return FreshState(read.objects(view), view, read.now)


def deleting(name: str, pod: str) -> Plan:
    state = fresh(name)
    uid = next(row.uid or "" for row in state.view.ordinals if row.name == pod)
    facts = delete_pod.DeleteFacts(state, (), ModelSettings())
    return guarded(delete_pod.plan(facts, DeletePod(state.view.key, state.view.uid, pod, uid), Policy()), state)


def scaling(name: str, replicas: int) -> Plan:
    state = fresh(name)
    intent = Scale(state.view.key, state.view.uid, replicas, state.view.replicas)
    return guarded(scale.plan(scale.ScaleFacts(state, (), ModelSettings()), intent, Policy()), state)


def check(plan: Plan, id_: str) -> Check:
    return next(one for one in plan.checks if one.id == id_)


def test_the_end_of_a_pod_destroys_a_claim_that_is_being_deleted() -> None:
    for plan in (deleting("pvcterminating", "nginx-1"), scaling("pvcterminating", 1)):
        losing = check(plan, "claim-being-deleted")
        assert losing in plan.refused
        assert "www-nginx-1 is being deleted" in losing.words
        assert "is deleted too (reclaim policy Delete)" in losing.words
        assert plan.danger is Danger.LOSS
        assert plan.confirmation.reason
    assert "claim-being-deleted" not in {one.id for one in deleting("pvcterminating", "nginx-0").checks}


def test_a_pod_with_a_lost_claim_is_not_promised_to_come_back() -> None:
    plan = deleting("lostrunning", "pg-1")
    assert check(plan, "claim-lost") in plan.refused
    assert "will not start again" in check(plan, "claim-lost").words
    assert not any("PVC" in step for step in plan.steps)


def test_a_pod_whose_volume_is_only_on_its_cordoned_node_cannot_come_back() -> None:
    warned = check(deleting("localcordon", "cass-2"), "node-cordoned")
    assert warned.result is Result.WARN
    assert "cannot start before it is uncordoned" in warned.words
    assert "node-cordoned" not in {one.id for one in deleting("localcordon", "cass-1").checks}


def test_a_local_volume_is_attached_nowhere() -> None:
    claims = [claim for row in report("localcordon").view().ordinals for claim in row.claims]
    assert {claim.volume_state.attachment for claim in claims} == {""}


def test_a_scale_up_cannot_create_pods_whose_names_are_taken() -> None:
    plan = scaling("kruise", 4)
    taken = [one.words for one in plan.refused if one.id == "name-taken"]
    assert [words.partition(",")[0] for words in taken] == [
        f"another pod is already called web-{ordinal}" for ordinal in (0, 2, 3)
    ]


async def planned(name: str, kind: type[Intent], folder: Path, *, pod: str = "", replicas: int | None = None) -> Plan:
    """The plan of the only intent of that kind about the pod, or to these replicas."""
    async with served(name, folder) as session:
        (intent,) = (
            one
            for one in intents(report(name).view())
            if isinstance(one, kind)
            and getattr(one, "pod", "") == pod
            and replicas in (None, getattr(one, "replicas", None))
        )
        plan = await plan_of(session, intent, folder)
        assert plan is not None
        return plan


async def test_the_pod_of_a_former_set_is_force_deleted_once_its_node_is_attested_to_be_off(tmp_path: Path) -> None:
    plan = await planned("formerpod", ForceDelete, tmp_path, pod="test-sts-1")
    assert not plan.refused
    assert check(plan, "owner").words == "owned by a former test-sts, which is deleted"
    assert [one.id for one in plan.confirmation.attestations] == ["node-is-off"]
    assert (plan.danger, plan.confirmation.name) == (Danger.LOSS, "test-sts-1")
    assert check(plan, "lease").result is Result.WARN
    alive = await planned("formerpod", ForceDelete, tmp_path, pod="test-sts-0")
    assert alive.refused
    graceful = await planned("formerpod", DeletePod, tmp_path, pod="test-sts-1")
    assert {one.id for one in graceful.refused} == {"owner", "not-ending"}
    assert not any("PVC" in step for step in graceful.steps), "the set has none"


async def test_a_pod_whose_zone_has_no_usable_node_cannot_start_again(tmp_path: Path) -> None:
    warned = check(await planned("zonenodes", DeletePod, tmp_path, pod="solo-1"), "volume-out-of-reach")
    assert warned.result is Result.WARN
    assert "node-b and node-d" in warned.words
    assert "solo-1 cannot start again" in warned.words
    other = await planned("zonenodes", DeletePod, tmp_path, pod="solo-0")
    assert "volume-out-of-reach" not in {one.id for one in other.checks}


async def test_a_leftover_claim_that_is_lost_is_not_reused_by_a_scale_up(tmp_path: Path) -> None:
    plan = await planned("startordinal", Scale, tmp_path, replicas=3)
    assert check(plan, "leftover-claim-lost") in plan.refused
    assert not any("reuse" in step for step in plan.steps)
    assert not any("reused" in risk for risk in plan.risks)


async def test_a_scale_down_that_deletes_claims_loses_data(tmp_path: Path) -> None:
    plan = await planned("scaledelete", Scale, tmp_path, replicas=2)
    assert plan.danger is Danger.LOSS
    assert plan.confirmation.name == "ret"
    assert any("data-ret-2 is lost" in risk for risk in plan.risks)


async def test_a_volume_in_deletion_is_said_by_a_plan_that_ends_its_pod(tmp_path: Path) -> None:
    plan = await planned("pvdeleting", DeletePod, tmp_path, pod="ledger-0")
    assert check(plan, "volume-being-deleted").result is Result.WARN
    assert not plan.refused
