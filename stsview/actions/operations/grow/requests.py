"""The request of one expansion."""

from __future__ import annotations

from stsview.actions.intents import Grow
from stsview.actions.plan import ClaimStep, Deed, Request
from stsview.actions.requests.json_patch import tests
from stsview.cluster.http.write_gate import JSON_PATCH, Message
from stsview.model.finding import Ref
from stsview.objects.kinds import CLAIMS

_REQUEST = "/spec/resources/requests/storage"


def expansion(intent: Grow, step: ClaimStep) -> Request:
    """A patch of that very claim, with that volume, while it requests what was seen."""
    namespace = intent.set.namespace
    body = [
        tests("/metadata/uid", step.uid),
        tests("/spec/volumeName", step.volume),
        tests(_REQUEST, step.requested),
        {"op": "replace", "path": _REQUEST, "value": intent.size},
    ]
    what = "lower" if step.deed is Deed.LOWER else "expand"
    return Request(
        CLAIMS.path(namespace, step.name),
        Message("PATCH", body, JSON_PATCH),
        Ref("PersistentVolumeClaim", namespace, step.name, step.uid),
        f"{what} {step.name} from {step.requested} to {intent.size}",
    )
