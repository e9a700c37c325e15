"""The steps of findings that stsview can take itself, and what is asked for to take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from stsview.actions.intents import CanaryStep, DeletePod, ForceDelete, Intent, Reconcile, ResumeRollout, Unblock, Undo
from stsview.model.action_id import ActionId
from stsview.model.finding import Finding, Remedy
from stsview.model.views import OrdinalView, Place, SetView


@dataclass(frozen=True, slots=True)
class Step:
    remedy: Remedy
    intent: Intent

    @property
    def label(self) -> str:
        """`force-delete zookeeper-1`."""
        return f"{self.remedy.action} {self.remedy.pod}".rstrip()


Asking = Callable[[SetView, OrdinalView | None], Intent | None]
"""What is to be asked for, of a set and, where the step names one that is there and the set's own, a pod; None where it
cannot be asked for."""


def _of_pod(kind: type[DeletePod] | type[ForceDelete]) -> Asking:
    def intent(view: SetView, pod: OrdinalView | None) -> Intent | None:
        return kind(view.key, view.uid, pod.name, pod.uid) if pod is not None and pod.uid else None

    return intent


INTENTS: Mapping[ActionId, Asking] = {
    ActionId.CANARY_NEXT: lambda view, _: CanaryStep(
        view.key, view.uid, view.rollout.update, view.rollout.partition, to_end=True
    ),
    ActionId.DELETE_POD: _of_pod(DeletePod),
    ActionId.FORCE_DELETE: _of_pod(ForceDelete),
    ActionId.UNBLOCK: lambda view, _: Unblock(view.key, view.uid, view.rollout.update),
    ActionId.RECONCILE: lambda view, _: Reconcile(view.key, view.uid),
    ActionId.RESUME: lambda view, _: ResumeRollout(view.key, view.uid, view.rollout.update, view.rollout.partition),
    ActionId.UNDO: lambda view, _: Undo(view.key, view.uid, view.rollout.update),
}
"""By the id of the action that a step names."""


def steps_of(view: SetView, findings: Iterable[Finding]) -> tuple[Step, ...]:
    """Those of the steps that can be asked for, each once, in their order."""
    found: dict[Intent, Step] = {}
    for finding in findings:
        for remedy in finding.remedies:
            asking = INTENTS.get(remedy.action) if remedy.action is not None else None
            intent = asking(view, _pod_of(view, remedy.pod)) if asking is not None else None
            if intent is not None:
                found.setdefault(intent, Step(remedy, intent))
    return tuple(found.values())


def owned(row: OrdinalView | None) -> OrdinalView | None:
    """The row, if its pod is there and the set's own."""
    if row is None or row.uid is None or row.place not in (Place.EXPECTED, Place.SURPLUS):
        return None
    return row


def _pod_of(view: SetView, name: str) -> OrdinalView | None:
    return next((row for row in view.ordinals if row.name == name and owned(row) is not None), None)
