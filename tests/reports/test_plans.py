"""What plans say in the reported situations: of data that is lost, and of pods that cannot start."""

from __future__ import annotations

from stsview.actions.intents import DeletePod, Scale
from stsview.actions.operations import delete_pod, scale
from stsview.actions.plan import Check, Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import guarded
from stsview.model.finding import Danger
from stsview.model.settings import ModelSettings
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
