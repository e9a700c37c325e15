"""The requests of a recreation."""

from __future__ import annotations

from typing import Any

from stsview.actions.operations.recreate.changes import Manifest
from stsview.actions.plan import Request
from stsview.actions.requests.json_patch import tests
from stsview.cluster.http.write_gate import JSON_PATCH, Message
from stsview.model.finding import Ref
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.meta import Key

_WHEN_DELETED = "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted"


def delete_request(key: Key, uid: str, resource_version: str = "") -> Request:
    """The deletion of that very set without its pods, revisions and claims.

    The garbage collector removes the set from their owners before the set goes (garbagecollector.go,
    orphanDependents). With a resourceVersion, the server refuses it once anything of the set has changed.
    """
    preconditions: dict[str, Any] = {"uid": uid}
    if resource_version:
        preconditions["resourceVersion"] = resource_version
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Orphan",
        "preconditions": preconditions,
    }
    return Request(
        STATEFULSETS.path(key.namespace, key.name),
        Message("DELETE", body),
        Ref("StatefulSet", key.namespace, key.name, uid),
        f"delete {key} without its pods",
    )


def create_request(key: Key, manifest: Manifest, old_uid: str, words: str = "") -> Request:
    """The creation of the set.

    `old_uid` is that of the set that had the name before, for the audit log: the new one has none yet.
    """
    return Request(
        STATEFULSETS.path(key.namespace),
        Message("POST", manifest),
        Ref("StatefulSet", key.namespace, key.name, old_uid),
        words or f"create {key} again",
    )


def retain_request(key: Key, uid: str) -> Request:
    """Keep the claims when the set is deleted."""
    return _when_deleted(key, uid, "Retain", "set whenDeleted to Retain")


def restore_policy_request(key: Key, uid: str, when_deleted: str) -> Request:
    """Restore whenDeleted from before `retain_request`."""
    return _when_deleted(key, uid, when_deleted, f"set whenDeleted back to {when_deleted}")


def _when_deleted(key: Key, uid: str, value: str, words: str) -> Request:
    operations = [tests("/metadata/uid", uid), {"op": "replace", "path": _WHEN_DELETED, "value": value}]
    return Request(
        STATEFULSETS.path(key.namespace, key.name),
        Message("PATCH", operations, JSON_PATCH),
        Ref("StatefulSet", key.namespace, key.name, uid),
        words,
    )
