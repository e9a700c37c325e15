"""Deletion: grace periods, finalizers, preconditions.

Source: k8s.io/apiserver/pkg/registry/rest/delete.go (BeforeDelete), registry/generic/registry/store.go
(deletionFinalizersForGarbageCollection, markAsDeleting) and kubernetes/pkg/registry/core/pod/strategy.go
(CheckGracefulDelete).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import ENDPOINT_SLICES, NAMESPACES, PODS, Resource
from stsview.simulator.apiserver.wire import Object, copy_object, instant, timestamp

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"


@dataclass(frozen=True)
class DeletionOutcome:
    """The object after a DELETE request."""

    object: Object
    changed: bool
    """Whether it differs from the stored object."""
    gone: bool
    """Whether it can be removed now."""


def check_preconditions(resource: Resource, obj: Object, uid: str | None, resource_version: str | None) -> None:
    """Raise `ApiError` 409 for a failed precondition, worded as recorded."""
    metadata = obj["metadata"]
    if uid is not None and uid != metadata["uid"]:
        why = (
            f"the UID in the precondition ({uid}) does not match the UID in record ({metadata['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise ApiError.precondition_failed(resource, metadata["name"], why)
    if resource_version is not None and resource_version != metadata["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({resource_version}) does not match the ResourceVersion in "
            f"record ({metadata['resourceVersion']}). The object might have been modified"
        )
        raise ApiError.precondition_failed(resource, metadata["name"], why)


def begin(
    resource: Resource, old: Object, *, now: datetime, grace_seconds: int | None, propagation: str | None
) -> DeletionOutcome:
    """The result of a DELETE request for `old`, which does not change."""
    if resource is NAMESPACES:
        return _begin_namespace(old, now)
    new = copy_object(old)
    metadata = new["metadata"]
    graceful = False
    if resource is PODS:
        pending, graceful = _shorten_or_start_grace(new, now, grace_seconds)
        if pending:
            return DeletionOutcome(old, changed=False, gone=False)
    _choose_finalizers(metadata, propagation)
    held = bool(metadata.get("finalizers"))
    if not graceful and held:
        _mark_deleting(resource, metadata, now)
    elif not graceful:
        return DeletionOutcome(new, changed=False, gone=True)
    waits = held or metadata["deletionGracePeriodSeconds"] > 0
    return DeletionOutcome(new, changed=new != old, gone=not waits)


def is_complete(resource: Resource, obj: Object) -> bool:
    """Whether an update removed the last reason to keep a deleted object.

    Source: ShouldDeleteDuringUpdate.
    """
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    if resource is NAMESPACES:
        return not obj["spec"].get("finalizers")
    return not metadata.get("deletionGracePeriodSeconds")


def spec_changed(resource: Resource, old: Object, new: Object) -> bool:
    """Whether the generation increases."""
    if not resource.counts_generations:
        return False
    if resource is ENDPOINT_SLICES:
        apart = ("kind", "apiVersion", "metadata")
        strip: Any = lambda obj: {name: value for name, value in obj.items() if name not in apart}  # noqa: E731
        return bool(strip(old) != strip(new)) or old["metadata"].get("labels") != new["metadata"].get("labels")
    return bool(old.get("spec") != new.get("spec"))


def _shorten_or_start_grace(pod: Object, now: datetime, grace_seconds: int | None) -> tuple[bool, bool]:
    """BeforeDelete for pods.

    Returns whether a deletion is already pending that this one does not change, and whether the deletion is graceful.
    """
    metadata = pod["metadata"]
    if "deletionTimestamp" in metadata:
        running = metadata.get("deletionGracePeriodSeconds")
        if not running:
            return False, False
        if grace_seconds is None or grace_seconds >= running:
            return True, False
        period = max(grace_seconds, 0)
        deadline = instant(metadata["deletionTimestamp"]) + timedelta(seconds=period - running)
        if deadline < now:
            deadline = now
            period = 0 if grace_seconds == 0 else max(period, 1)
        metadata["deletionTimestamp"] = timestamp(deadline)
        metadata["deletionGracePeriodSeconds"] = period
        return False, True
    period = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace_seconds is None else grace_seconds
    if not pod["spec"].get("nodeName") or pod.get("status", {}).get("phase") in ("Failed", "Succeeded"):
        period = 0
    if period < 0:
        period = 1
    metadata["deletionTimestamp"] = timestamp(now + timedelta(seconds=period))
    metadata["deletionGracePeriodSeconds"] = period
    if metadata.get("generation"):
        metadata["generation"] += 1
    return False, True


def _mark_deleting(resource: Resource, metadata: dict[str, Any], now: datetime) -> None:
    if "deletionGracePeriodSeconds" not in metadata and metadata.get("generation") and resource.counts_generations:
        metadata["generation"] += 1
    if "deletionTimestamp" not in metadata or instant(metadata["deletionTimestamp"]) > now:
        metadata["deletionTimestamp"] = timestamp(now)
    metadata["deletionGracePeriodSeconds"] = 0


def _choose_finalizers(metadata: dict[str, Any], propagation: str | None) -> None:
    """Set the garbage-collection finalizers for a propagation policy.

    Without a policy, existing finalizers decide (deletionFinalizersForGarbageCollection).
    """
    before = metadata.get("finalizers") or []
    orphan = propagation == "Orphan" or (propagation is None and ORPHAN in before)
    foreground = propagation == "Foreground" or (propagation is None and FOREGROUND in before)
    after = [one for one in before if one not in (ORPHAN, FOREGROUND)]
    after += [ORPHAN] * orphan + [FOREGROUND] * foreground
    if set(after) == set(before):
        return
    if after:
        metadata["finalizers"] = after
    else:
        metadata.pop("finalizers", None)


def _begin_namespace(old: Object, now: datetime) -> DeletionOutcome:
    """Begin the deletion of a namespace: Terminating first.

    It is removed once a controller has emptied its `spec.finalizers`.
    """
    new = copy_object(old)
    if "deletionTimestamp" not in new["metadata"]:
        new["metadata"]["deletionTimestamp"] = timestamp(now)
        new["status"] = {**new.get("status", {}), "phase": "Terminating"}
    gone = not new["metadata"].get("finalizers") and not new["spec"].get("finalizers")
    return DeletionOutcome(new, changed=new != old, gone=gone)
