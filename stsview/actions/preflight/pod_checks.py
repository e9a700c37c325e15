"""Checks of one pod of a set."""

from __future__ import annotations

from stsview.actions.intents import DeletePod, ForceDelete
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import no_longer_exists, recreated
from stsview.model.views import OrdinalView, Place
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod


def row_of(fresh: FreshState, name: str) -> OrdinalView | None:
    """The row of the pod of that name, whatever owns it.

    None where there is no such pod.
    """
    return next((row for row in fresh.view.ordinals if row.name == name and row.uid is not None), None)


def pod_of(fresh: FreshState, name: str) -> Pod | None:
    return fresh.objects.pods.get(name)


def same_pod(fresh: FreshState, intent: DeletePod | ForceDelete) -> Check:
    """Whether it is still the same pod.

    Its replacement has the same name and another uid.
    """
    if why := fresh.unread(PODS):
        return Check("same-pod", Result.UNKNOWN, f"cannot read the pod: {why}")
    row = row_of(fresh, intent.pod)
    if row is None:
        return Check("same-pod", Result.FAIL, no_longer_exists(f"pod {intent.pod}"))
    if row.uid != intent.pod_uid:
        return Check("same-pod", Result.FAIL, recreated(intent.pod))
    return Check("same-pod", Result.PASS, "same pod (uid unchanged)")


def of_set(fresh: FreshState, name: str) -> Check:
    """Whether the set owns it: a pod of another owner must not be deleted."""
    row = row_of(fresh, name)
    if row is None or row.place in (Place.EXPECTED, Place.SURPLUS):
        return Check("owner", Result.PASS, f"owned by {fresh.view.name}")
    return Check("owner", Result.FAIL, f"not owned by {fresh.view.name}")
