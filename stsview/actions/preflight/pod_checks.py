"""One pod of a set, as plans need it."""

from __future__ import annotations

from stsview.actions.intents import DeletePod, ForceDelete
from stsview.actions.plan import Check, Result
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.changed_meanwhile import no_longer_exists, recreated
from stsview.model.views import OrdinalView, Place
from stsview.objects.kinds import PODS
from stsview.objects.pod import Pod


def row_of(found: FreshState, name: str) -> OrdinalView | None:
    """The row of the pod of that name, whoever owns it; None while there is no such pod."""
    return next((row for row in found.view.ordinals if row.name == name and row.uid is not None), None)


def pod_of(found: FreshState, name: str) -> Pod | None:
    return found.objects.pods.get(name)


def same_pod(found: FreshState, intent: DeletePod | ForceDelete) -> Check:
    """It still is the pod that was seen. A pod that was replaced has the same name and is another one."""
    if why := found.unread(PODS):
        return Check("same-pod", Result.UNKNOWN, f"the pod cannot be read: {why}")
    row = row_of(found, intent.pod)
    if row is None:
        return Check("same-pod", Result.FAIL, no_longer_exists(f"pod {intent.pod}"))
    if row.uid != intent.pod_uid:
        return Check("same-pod", Result.FAIL, recreated(intent.pod))
    return Check("same-pod", Result.PASS, f"{intent.pod} is the pod that you see")


def of_set(found: FreshState, name: str) -> Check:
    """The set owns it: another owner's pod is not ours to delete."""
    row = row_of(found, name)
    if row is None or row.place in (Place.EXPECTED, Place.SURPLUS):
        return Check("owner", Result.PASS, f"{found.view.name} owns it")
    return Check("owner", Result.FAIL, f"{found.view.name} does not own it")
