"""Remedies that stsview can carry out itself."""

from __future__ import annotations

from dataclasses import replace

from stsview.actions.intents import CanaryStep, DeletePod, ForceDelete, Reconcile, ResumeRollout, Unblock, Undo
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Finding, Level, Ref, Remedy
from stsview.model.views import Place
from stsview.ui.changes.remedy_intents import fixes_for
from tests.support.ui.fleets import MISSING, kafka, ordinal_of, set_of

KAFKA = kafka().key
DELETE = Remedy("delete kafka-1", Danger.DISRUPTIVE, ActionId.DELETE_POD, "kubectl …", "kafka-1")
FORCE = Remedy("force-delete kafka-1", Danger.LOSS, ActionId.FORCE_DELETE, "kubectl …", "kafka-1")
UNBLOCK = Remedy("delete kafka-1: it comes back", Danger.DISRUPTIVE, ActionId.UNBLOCK, "kubectl …", "kafka-1")
UNDO = Remedy("undo the change", Danger.DISRUPTIVE, ActionId.UNDO, "kubectl …")
RESUME = Remedy("resume it", Danger.DISRUPTIVE, ActionId.RESUME, "kubectl …")
FINISH = Remedy("lower the partition to 0", Danger.DISRUPTIVE, ActionId.CANARY_NEXT, "kubectl …")
RECONCILE = Remedy("write to it", Danger.REVERSIBLE, ActionId.RECONCILE)


def finding(*remedies: Remedy) -> Finding:
    return Finding("set-stuck", Level.ERROR, Ref("Pod", "data", "kafka-1"), "", None, (), remedies=remedies)


def test_a_fix_is_an_intent_for_the_set_or_an_existing_pod() -> None:
    view = kafka()
    uid = next(row.uid for row in view.ordinals if row.ordinal == 1) or ""
    fixes = fixes_for(view, (finding(RECONCILE, DELETE), finding(DELETE, FORCE), finding(UNDO, UNBLOCK)))
    update, partition = view.rollout.update, view.rollout.partition
    assert [fix.intent for fix in fixes] == [
        Reconcile(KAFKA, view.uid),
        DeletePod(KAFKA, view.uid, "kafka-1", uid),
        ForceDelete(KAFKA, view.uid, "kafka-1", uid),
        Undo(KAFKA, view.uid, update),
        Unblock(KAFKA, view.uid, update),
    ]
    assert [fix.intent for fix in fixes_for(view, (finding(RESUME, FINISH),))] == [
        ResumeRollout(KAFKA, view.uid, update, partition),
        CanaryStep(KAFKA, view.uid, update, partition, to_end=True),
    ]
    labels = [fix.label for fix in fixes]
    assert labels == ["reconcile", "delete kafka-1", "force-delete kafka-1", "roll back", "unblock kafka-1"]


def test_manual_remedies_and_pods_of_other_owners_have_no_fix() -> None:
    manual_only = Remedy("look at it", Danger.READ_ONLY, command="kubectl get pod kafka-1")
    unsupported = Remedy("lift it", Danger.DISRUPTIVE, ActionId.SCALE, pod="kafka-1")
    assert fixes_for(kafka(), (finding(manual_only, unsupported, replace(DELETE, pod="kafka-77")),)) == ()
    for row in (ordinal_of("kafka", 1, MISSING), ordinal_of("kafka", 1, place=Place.ORPHANED)):
        assert fixes_for(set_of("data", "kafka", (row,)), (finding(DELETE, FORCE),)) == ()
