"""Remedies that stsview can carry out itself."""

from __future__ import annotations

from msgspec.structs import replace

from stsview.actions.intents import (
    CanaryStep,
    DeletePod,
    ForceDelete,
    Grow,
    OrderedRestart,
    Reconcile,
    ResumeRollout,
    Scale,
    Unblock,
    Undo,
)
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Growth, Remedy
from stsview.model.views import Place
from stsview.ui.changes.remedy_intents import intent_for
from tests.support.ui.fleets import MISSING, kafka, ordinal_of, set_of

KAFKA = kafka().key
DELETE = Remedy("delete kafka-1", Danger.DISRUPTIVE, ActionId.DELETE_POD, "kubectl …", "kafka-1")
FORCE = Remedy("force-delete kafka-1", Danger.LOSS, ActionId.FORCE_DELETE, "kubectl …", "kafka-1")
UNBLOCK = Remedy("delete kafka-1: it comes back", Danger.DISRUPTIVE, ActionId.UNBLOCK, "kubectl …", "kafka-1")
UNDO = Remedy("undo the change", Danger.DISRUPTIVE, ActionId.UNDO, "kubectl …")
RESUME = Remedy("resume it", Danger.DISRUPTIVE, ActionId.RESUME, "kubectl …")
FINISH = Remedy("lower the partition to 0", Danger.DISRUPTIVE, ActionId.CANARY_NEXT, "kubectl …")
SCALE = Remedy("scale back", Danger.REVERSIBLE, ActionId.SCALE, "kubectl …", replicas=4)
UPDATE_PODS = Remedy("update the pods", Danger.DISRUPTIVE, ActionId.ORDERED_RESTART)
GROW = Remedy("grow it", Danger.REVERSIBLE, ActionId.GROW, growth=Growth("data", "20Gi", (1,)))
RECONCILE = Remedy("write to it", Danger.REVERSIBLE, ActionId.RECONCILE)


def test_a_remedy_becomes_an_intent_for_the_set_or_an_existing_pod() -> None:
    view = kafka()
    uid = next(row.uid for row in view.ordinals if row.ordinal == 1) or ""
    update, partition = view.rollout.update, view.rollout.partition
    assert [
        intent_for(view, remedy) for remedy in (RECONCILE, DELETE, FORCE, UNDO, UNBLOCK, RESUME, FINISH, SCALE, GROW)
    ] == [
        Reconcile(KAFKA, view.uid),
        DeletePod(KAFKA, view.uid, "kafka-1", uid),
        ForceDelete(KAFKA, view.uid, "kafka-1", uid),
        Undo(KAFKA, view.uid, update),
        Unblock(KAFKA, view.uid, update),
        ResumeRollout(KAFKA, view.uid, update, partition),
        CanaryStep(KAFKA, view.uid, update, partition, to_end=True),
        Scale(KAFKA, view.uid, 4, view.replicas),
        Grow(KAFKA, view.uid, "20Gi", "data", (1,)),
    ]
    rolling = replace(view, ordinals=tuple(replace(row, at_update=row.ordinal not in (1, 4)) for row in view.ordinals))
    waiting = OrderedRestart(KAFKA, view.uid, update, only=(4, 1), other_revision=True)
    assert intent_for(rolling, UPDATE_PODS) == waiting


def test_manual_remedies_and_pods_of_other_owners_have_no_intent() -> None:
    manual = Remedy("look at it", Danger.READ_ONLY, command="kubectl get pod kafka-1")
    for remedy in (manual, replace(SCALE, replicas=None), replace(DELETE, pod="kafka-77"), replace(GROW, growth=None)):
        assert intent_for(kafka(), remedy) is None
    for row in (ordinal_of("kafka", 1, MISSING), ordinal_of("kafka", 1, place=Place.ORPHANED)):
        view = set_of("data", "kafka", (row,))
        assert intent_for(view, DELETE) is None
        assert intent_for(view, FORCE) is None
