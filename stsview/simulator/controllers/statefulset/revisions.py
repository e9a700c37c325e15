"""The revision history of a set.

Source: kubernetes/pkg/controller/history/controller_history.go, stateful_set_utils.go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import CONTROLLER_REVISIONS
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.controllers.identity import controller_reference, revision_of

HASH_LABEL = "controller.kubernetes.io/hash"
MANAGER = "kube-controller-manager"
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True)
class Revisions:
    """The current and the update revision of a set."""

    current: Object
    update: Object
    collisions: int


def template_of(revision: Object) -> Object:
    """The pod template in a revision."""
    return {name: value for name, value in revision["data"]["spec"]["template"].items() if name != "$patch"}


def revision_data(stateful_set: Object) -> Object:
    """The data of a revision: a strategic merge patch that replaces the template."""
    return {"spec": {"template": {"$patch": "replace", **stateful_set["spec"]["template"]}}}


def revision_hash(data: Object, collisions: int) -> str:
    """The hash of a template, equal to that of a real control plane.

    Source: HashControllerRevision, SafeEncodeString.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # encoding/json in Go escapes these so that JSON can be embedded in HTML
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    number = _fnv_1(text.encode() + str(collisions).encode())
    return "".join(_SAFE[ord(digit) % len(_SAFE)] for digit in str(number))


def _fnv_1(data: bytes) -> int:
    value = 0x811C9DC5
    for byte in data:
        value = (value * 0x01000193) & 0xFFFFFFFF ^ byte
    return value


def sync(storage: Storage, stateful_set: Object, owned: list[Object]) -> Revisions:
    """Find or create the revision of the set's template, and find the current one.

    An equal older revision is reused under its old name and moved to the top of the history. Raises `ApiError`.
    """
    history = in_order(owned)
    data = revision_data(stateful_set)
    status = stateful_set.get("status") or {}
    collisions = status.get("collisionCount") or 0
    equal = [revision for revision in history if revision["data"] == data]
    if equal and equal[-1] is history[-1]:
        update = equal[-1]
    elif equal:
        update = _move_up(storage, equal[-1], _next_number(history))
    else:
        update, collisions = _create(storage, stateful_set, data, _next_number(history), collisions)
    name = status.get("currentRevision")
    current = next((revision for revision in history if revision["metadata"]["name"] == name), update)
    return Revisions(current, update, collisions)


def in_order(revisions: list[Object]) -> list[Object]:
    """Revisions from oldest to newest (SortControllerRevisions)."""
    return sorted(
        revisions,
        key=lambda one: (one["revision"], one["metadata"]["creationTimestamp"], one["metadata"]["name"]),
    )


def truncate(storage: Storage, stateful_set: Object, owned: list[Object], pods: list[Object], used: Revisions) -> None:
    """Delete the oldest unused revisions, above `revisionHistoryLimit`."""
    limit = stateful_set["spec"].get("revisionHistoryLimit")
    if limit is None or limit < 0:
        return
    live = {used.current["metadata"]["name"], used.update["metadata"]["name"], *map(revision_of, pods)}
    idle = [revision for revision in in_order(owned) if revision["metadata"]["name"] not in live]
    for revision in idle[: max(0, len(idle) - limit)]:
        storage.delete(CONTROLLER_REVISIONS, revision["metadata"]["namespace"], revision["metadata"]["name"])


def _next_number(history: list[Object]) -> int:
    return history[-1]["revision"] + 1 if history else 1


def _move_up(storage: Storage, revision: Object, number: int) -> Object:
    metadata = revision["metadata"]
    return storage.modify(
        CONTROLLER_REVISIONS,
        metadata["namespace"],
        metadata["name"],
        lambda one: one.update(revision=number),
        manager=MANAGER,
    )


def _create(storage: Storage, stateful_set: Object, data: Object, number: int, collisions: int) -> tuple[Object, int]:
    metadata = stateful_set["metadata"]
    while True:
        digest = revision_hash(data, collisions)
        name = f"{metadata['name']}-{digest}"
        labels = stateful_set["spec"]["template"].get("metadata", {}).get("labels") or {}
        revision: Object = {
            "metadata": {
                "name": name,
                "namespace": metadata["namespace"],
                "labels": {**labels, HASH_LABEL: digest},
                "ownerReferences": [controller_reference(stateful_set)],
            },
            "data": data,
            "revision": number,
        }
        if metadata.get("annotations"):
            revision["metadata"]["annotations"] = dict(metadata["annotations"])
        try:
            return storage.create(CONTROLLER_REVISIONS, revision, manager=MANAGER), collisions
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            existing = storage.get(CONTROLLER_REVISIONS, metadata["namespace"], name)
            if existing["data"] == data:
                return existing, collisions
            collisions += 1
