"""The state of a set and its pods, judged from the objects in the API server.

A second opinion: it shares no code with what it judges, and goes by the documentation of Kubernetes alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from stsview.simulator.apiserver.wire import Object, instant

QUORUM = "stsview.io/quorum"

_SLACK = timedelta(seconds=1)
"""A client knows the server's time to a second."""


def first(stateful: Object) -> int:
    start: int = (stateful["spec"].get("ordinals") or {}).get("start", 0)
    return start


def members(stateful: Object) -> list[str]:
    """Names of the pods that there should be."""
    start, name = first(stateful), stateful["metadata"]["name"]
    return [f"{name}-{ordinal}" for ordinal in range(start, start + stateful["spec"]["replicas"])]


def place(stateful: Object, name: str) -> int:
    """Its number, counted from the first ordinal: what a partition goes by."""
    return int(name.rpartition("-")[2]) - first(stateful)


def partition(stateful: Object) -> int:
    found: int = (stateful["spec"]["updateStrategy"].get("rollingUpdate") or {}).get("partition") or 0
    return found


def notes(stateful: Object) -> dict[str, str]:
    """Its annotations."""
    return stateful["metadata"].get("annotations") or {}


def owned(stateful: Object, pods: Iterable[Object]) -> dict[str, Object]:
    """Its pods by name."""
    uid = stateful["metadata"]["uid"]
    return {
        pod["metadata"]["name"]: pod
        for pod in pods
        if any(one.get("controller") and one["uid"] == uid for one in pod["metadata"].get("ownerReferences") or ())
    }


def ends(pod: Object) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def revision(pod: Object) -> str:
    found: str = (pod["metadata"].get("labels") or {}).get("controller-revision-hash", "")
    return found


def _ready(pod: Object) -> dict[str, Any] | None:
    told = (one for one in pod["status"].get("conditions") or () if one["type"] == "Ready" and one["status"] == "True")
    return next(told, None)


def ready(pod: Object) -> bool:
    return pod["status"].get("phase") == "Running" and _ready(pod) is not None


def available(stateful: Object, pod: Object, now: datetime) -> bool:
    told, least = _ready(pod), timedelta(seconds=stateful["spec"].get("minReadySeconds") or 0)
    if told is None or not ready(pod) or ends(pod):
        return False
    return not least or instant(told["lastTransitionTime"]) + least <= now + _SLACK


def floor(stateful: Object) -> int:
    """How many members have to be available; 0 where no quorum is configured."""
    told, replicas = notes(stateful).get(QUORUM, ""), stateful["spec"]["replicas"]
    if told == "majority":
        return int(replicas) // 2 + 1
    return int(told) if told.isdecimal() and int(told) <= replicas else 0


def observed(stateful: Object) -> bool:
    return bool(stateful["metadata"]["generation"] <= stateful["status"].get("observedGeneration", 0))


def rolls(stateful: Object) -> bool:
    return bool(stateful["spec"]["updateStrategy"]["type"] == "RollingUpdate")


def update_revision(stateful: Object) -> str:
    found: str = stateful["status"].get("updateRevision", "")
    return found


def against_taking(stateful: Object, pods: Iterable[Object], name: str, now: datetime) -> Iterator[str]:
    """Why a restart may not take this pod away; nothing where it may."""
    known = owned(stateful, pods)
    up = {one for one in members(stateful) if one in known and available(stateful, known[one], now)}
    for other in set(members(stateful)) - up - {name}:
        yield f"{other} is not available"
    for other, pod in known.items():
        if ends(pod):
            yield f"{other} ends"
    if name not in known:
        yield f"{name} is not there"
    if len(up - {name}) < floor(stateful):
        yield "below the floor"
    if not observed(stateful):
        yield "the controller has not seen the last change"
    yield from _moves(stateful, known)


def _moves(stateful: Object, known: dict[str, Object]) -> Iterator[str]:
    if not rolls(stateful):
        return
    for name in members(stateful):
        if name in known and _is_due(stateful, known[name]):
            yield f"a rollout will take {name}"


def _is_due(stateful: Object, pod: Object) -> bool:
    """Whether the controller is to replace it."""
    name = pod["metadata"]["name"]
    return revision(pod) != update_revision(stateful) and place(stateful, name) >= partition(stateful)


def _blocks(stateful: Object, pod: Object) -> bool:
    return not ready(pod) and not ends(pod) and _is_due(stateful, pod)


def against_freeing(stateful: Object, pods: Iterable[Object], name: str) -> Iterator[str]:
    """Why a freeing may not delete this pod; nothing where it may."""
    known = owned(stateful, pods)
    if stateful["spec"].get("podManagementPolicy") == "Parallel":
        yield "a parallel set waits for nothing"
    if not rolls(stateful):
        yield "the controller replaces nothing"
    if not observed(stateful):
        yield "the controller has not seen the last change"
    if name not in known or name not in members(stateful):
        yield f"{name} is no member"
        return
    if ready(known[name]):
        yield f"{name} is healthy"
    elif not _blocks(stateful, known[name]):
        yield f"{name} does not block"
    for other in _below(stateful, name):
        if other in known and _blocks(stateful, known[other]):
            yield f"{other} blocks, and is lower"


def _below(stateful: Object, name: str) -> Collection[str]:
    return [one for one in members(stateful) if place(stateful, one) < place(stateful, name)]
