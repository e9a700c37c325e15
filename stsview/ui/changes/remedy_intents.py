"""Remedies that stsview can carry out itself, as intents."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stsview.actions.intents import (
    CanaryStep,
    DeletePod,
    ForceDelete,
    Grow,
    Intent,
    OrderedRestart,
    Reconcile,
    Recreate,
    ResumeRecreate,
    ResumeRollout,
    Scale,
    Unblock,
    Undo,
)
from stsview.model.action_id import ActionId
from stsview.model.finding import Remedy
from stsview.model.views import OrdinalView, Place, SetView

MakeIntent = Callable[[SetView, OrdinalView | None], Intent | None]
"""Makes the intent from the set and, where the remedy names one that exists and belongs to the set, a pod. None where
the action cannot be requested."""


def _for_pod(kind: type[DeletePod] | type[ForceDelete]) -> MakeIntent:
    def intent(view: SetView, pod: OrdinalView | None) -> Intent | None:
        return kind(view.key, view.uid, pod.name, pod.uid) if pod is not None and pod.uid else None

    return intent


INTENTS: Mapping[ActionId, MakeIntent] = {
    ActionId.CANARY_NEXT: lambda view, _: CanaryStep(
        view.key, view.uid, view.rollout.update, view.rollout.partition, to_end=True
    ),
    ActionId.DELETE_POD: _for_pod(DeletePod),
    ActionId.FORCE_DELETE: _for_pod(ForceDelete),
    ActionId.ORDERED_RESTART: lambda view, _: OrderedRestart(
        view.key, view.uid, view.rollout.update, only=outdated_ordinals(view), other_revision=True
    ),
    ActionId.UNBLOCK: lambda view, _: Unblock(view.key, view.uid, view.rollout.update),
    ActionId.RECONCILE: lambda view, _: Reconcile(view.key, view.uid),
    ActionId.RESUME: lambda view, _: ResumeRollout(view.key, view.uid, view.rollout.update, view.rollout.partition),
    ActionId.RESUME_RECREATE: lambda view, _: ResumeRecreate(view.key, ""),
    ActionId.UNDO: lambda view, _: Undo(view.key, view.uid, view.rollout.update),
}
"""By the action that a remedy names."""


def intent_for(view: SetView, remedy: Remedy) -> Intent | None:
    """What carries out a remedy; None where stsview cannot."""
    if remedy.action is ActionId.SCALE and remedy.replicas is not None:
        return Scale(view.key, view.uid, remedy.replicas, view.replicas)
    if remedy.action is ActionId.GROW and (growth := remedy.growth) is not None:
        template, ordinals = growth.template, growth.ordinals
        return Grow(view.key, view.uid, growth.size, template, ordinals, template=growth.with_template)
    if remedy.action is ActionId.RECREATE and remedy.changes:
        return Recreate(view.key, view.uid, changes=remedy.changes)
    make_intent = INTENTS.get(remedy.action) if remedy.action is not None else None
    return make_intent(view, _pod_named(view, remedy.pod)) if make_intent is not None else None


def outdated_ordinals(view: SetView) -> tuple[int, ...]:
    """The ordinals whose pods wait for their update, the highest first."""
    waiting = (row for row in view.ordinals if row.expected and row.outdated)
    return tuple(sorted((row.ordinal for row in waiting if owned_pod(row) is not None), reverse=True))


def owned_pod(row: OrdinalView | None) -> OrdinalView | None:
    """The row, if its pod exists and belongs to the set."""
    if row is None or row.uid is None or row.place not in (Place.EXPECTED, Place.SURPLUS):
        return None
    return row


def _pod_named(view: SetView, name: str) -> OrdinalView | None:
    return next((row for row in view.ordinals if row.name == name and owned_pod(row) is not None), None)
