"""Strands of a history that can be compared.

What happened in which order, without times and uids. The same functions read the recorded watch streams and the
simulator's own history.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.paths import HISTORIES

Object = dict[str, Any]

_RETURN = 0.02
"""Seconds from the effect of a command to its return, if nothing better is known."""

FOLDER = HISTORIES


@dataclass(frozen=True)
class Command:
    """A command, and when its first effect was seen."""

    at: float
    states: frozenset[tuple[int, ...]]
    """The set's counters around that time, as `counters` returns them."""
    pause: float
    """Seconds for which the status was the same, or since the previous command."""
    text: str
    manifest: str
    returned: str


@dataclass(frozen=True)
class Change:
    at: float
    kind: str
    """The resource, in plural."""
    type: str
    object: Object


@dataclass(frozen=True)
class History:
    namespace: str
    commands: list[Command]
    changes: list[Change]

    def placements(self) -> Callable[[Object], str]:
        """The node of each new pod, in order of creation.

        Where the scheduler places pods is not compared.
        """
        nodes: dict[str, dict[str, str]] = {}
        for change in self.changes:
            if change.kind == "pods" and (node := change.object["spec"].get("nodeName")):
                metadata = change.object["metadata"]
                nodes.setdefault(metadata["name"], {})[metadata["uid"]] = node
        left = {name: list(by_uid.values()) for name, by_uid in nodes.items()}
        given: dict[str, str] = {}

        def place(pod: Object) -> str:
            name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
            if uid not in given:
                given[uid] = left[name].pop(0) if left[name] else ""
            return given[uid]

        return place


def read(name: str) -> History:
    """One recorded history. Raises OSError when it does not exist."""
    commands: list[Command] = []
    changes: list[Change] = []
    namespace = f"h-{name}"
    for line in gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).splitlines():
        entry = json.loads(line)
        if "do" in entry:
            commands.append(_command(entry, changes, commands))
            continue
        if "event" not in entry:
            continue
        type_, obj = entry["event"]["type"], entry["event"]["object"]
        metadata = obj["metadata"]
        if type_ != "BOOKMARK" and metadata.get("namespace", namespace) == namespace:
            changes.append(Change(entry["t"], entry["kind"], type_, obj))
    return History(namespace, commands, in_order(changes))


def in_order(changes: list[Change]) -> list[Change]:
    """Events by resource version.

    Streams of different kinds arrive at slightly different times.
    """
    return sorted(changes, key=lambda change: int(change.object["metadata"]["resourceVersion"]))


def _command(entry: Object, changes: list[Change], before: list[Command]) -> Command:
    since = before[-1].at if before else 0.0
    marks = [change.at for change in changes if change.at > since and _is_effect(entry["do"], change)]
    began = marks[0] if marks else entry["t"] - _RETURN
    states = [change for change in changes if change.kind == "statefulsets" and change.at < began]
    around = [states[-1] if states else None]
    around += [change for change in changes if change.kind == "statefulsets" and began <= change.at <= entry["t"]]
    return Command(
        at=began,
        states=frozenset(counters(state.object["status"] if state else None) for state in around),
        pause=began - max(since, states[-1].at if states else 0.0),
        text=entry["do"],
        manifest=entry.get("manifest", ""),
        returned=str(entry["rc"]),
    )


def _is_effect(text: str, change: Change) -> bool:
    """Whether a change is the first effect of a command.

    kubectl returns later, after deletions much later.
    """
    words, metadata = text.split(), change.object["metadata"]
    if text.startswith("kubectl delete pod "):
        marked = "deletionTimestamp" in metadata and ("--force" not in words or change.type == "DELETED")
        return change.kind == "pods" and metadata["name"] == words[3] and marked
    if words[1] in ("scale", "patch", "set", "rollout") and any(word.startswith("sts") for word in words):
        status = change.object.get("status", {})
        return change.kind == "statefulsets" and metadata["generation"] > status.get("observedGeneration", 0) > 0
    return False


Strand = list[Any]


def strands(changes: list[Change]) -> dict[str, Strand]:
    """All strands of a history, by name."""
    revisions = _Numbers("R")
    return {
        "pods": _without_repeats(_pods(changes, revisions)),
        "creations and deletions": list(_comings_and_goings(changes)),
        "sets": _without_repeats(_sets(changes, revisions)),
        "revisions": list(_revisions(changes, revisions)),
        "claims": _without_repeats(_claims(changes)),
        "endpoints": _without_repeats(_endpoints(changes)),
        "budgets": _without_repeats(_budgets(changes)),
        "nodes": _without_repeats(_nodes(changes)),
        "controller's events": _without_repeats(_events(changes, "statefulset-controller")),
        "node events": _without_repeats(_events(changes, "taint-eviction-controller", "node-controller")),
        "kubelet's events": _kubelet_events(changes),
        "scheduler's events": _scheduler_events(changes),
    }


class _Numbers:
    """R1, R2, … for names in order of appearance.

    Template hashes depend on annotations.
    """

    def __init__(self, letter: str) -> None:
        self._letter = letter
        self._known: dict[str, str] = {}

    def __call__(self, name: str | None) -> str:
        return self._known.setdefault(name, f"{self._letter}{len(self._known) + 1}") if name else ""


def _without_repeats(strand: Iterator[tuple[Any, Any]]) -> Strand:
    """Changes only: an entry equal to the previous one of its subject is dropped."""
    last: dict[Any, Any] = {}
    kept = []
    for subject, entry in strand:
        if last.get(subject, ...) != entry:
            last[subject] = entry
            kept.append((subject, entry) if subject is not None else entry)
    return kept


def _of(changes: list[Change], kind: str) -> Iterator[Change]:
    return (change for change in changes if change.kind == kind)


def _condition(obj: Object, type_: str) -> Object:
    for one in obj.get("status", {}).get("conditions") or ():
        if one["type"] == type_:
            return one  # type: ignore[no-any-return]
    return {}


def _pods(changes: list[Change], revisions: _Numbers) -> Iterator[tuple[str, Any]]:
    uids = _Numbers("#")
    for change in _of(changes, "pods"):
        pod, metadata = change.object, change.object["metadata"]
        subject = metadata["name"]
        identity = uids(metadata["uid"])
        revision = revisions(metadata["labels"].get("controller-revision-hash"))
        if change.type == "DELETED":
            yield subject, (identity, "gone")
            continue
        yield (
            subject,
            (
                identity,
                revision,
                pod["status"].get("phase"),
                "scheduled" if pod["spec"].get("nodeName") else _condition(pod, "PodScheduled").get("reason", ""),
                "ready" if _condition(pod, "Ready").get("status") == "True" else "",
                _condition(pod, "DisruptionTarget").get("reason", ""),
                "terminating" if "deletionTimestamp" in metadata else "",
                metadata.get("deletionGracePeriodSeconds"),
                metadata.get("generation"),
                tuple(metadata.get("finalizers") or ()),
            ),
        )


def _comings_and_goings(changes: list[Change]) -> Iterator[Any]:
    """Creations and deletions across kinds: which PVC before which pod, and so on."""
    kinds = ("pods", "persistentvolumeclaims", "statefulsets", "controllerrevisions")
    for change in changes:
        if change.kind in kinds and change.type in ("ADDED", "DELETED"):
            name = "" if change.kind == "controllerrevisions" else change.object["metadata"]["name"]
            yield change.type, change.kind, name


_COUNTERS = ("replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas")


def counters(status: Object | None) -> tuple[int, ...]:
    """The counters and generation of a set's status; empty without a set."""
    if status is None:
        return ()
    return (*(status.get(name, 0) for name in _COUNTERS), status.get("observedGeneration", 0))


def _sets(changes: list[Change], revisions: _Numbers) -> Iterator[tuple[None, Any]]:
    for change in _of(changes, "statefulsets"):
        status = change.object["status"]
        yield (
            None,
            (
                change.type,
                change.object["spec"]["replicas"],
                change.object["metadata"]["generation"],
                status.get("observedGeneration", 0),
                counters(status)[:-1],
                revisions(status.get("currentRevision")),
                revisions(status.get("updateRevision")),
                status.get("collisionCount"),
                tuple(name for name in _COUNTERS if name in status),
            ),
        )


def _revisions(changes: list[Change], revisions: _Numbers) -> Iterator[Any]:
    for change in _of(changes, "controllerrevisions"):
        yield change.type, revisions(change.object["metadata"]["name"]), change.object["revision"]


def _claims(changes: list[Change]) -> Iterator[tuple[str, Any]]:
    for change in _of(changes, "persistentvolumeclaims"):
        claim, metadata = change.object, change.object["metadata"]
        yield (
            metadata["name"],
            (
                "gone" if change.type == "DELETED" else "",
                claim["status"]["phase"],
                bool(claim["spec"].get("volumeName")),
                (claim["status"].get("capacity") or {}).get("storage"),
                tuple(sorted(metadata.get("labels") or {})),
                tuple(reference["kind"] for reference in metadata.get("ownerReferences") or ()),
                tuple(metadata.get("finalizers") or ()),
            ),
        )


def _endpoints(changes: list[Change]) -> Iterator[tuple[None, Any]]:
    for change in _of(changes, "endpointslices"):
        endpoints = [
            (
                one.get("hostname"),
                *(one["conditions"].get(word) for word in ("ready", "serving", "terminating")),
            )
            for one in change.object.get("endpoints") or ()
        ]
        labels = change.object["metadata"].get("labels") or {}
        yield None, (change.type, tuple(sorted(endpoints)), "service.kubernetes.io/headless" in labels)


def _budgets(changes: list[Change]) -> Iterator[tuple[None, Any]]:
    for change in _of(changes, "poddisruptionbudgets"):
        status = change.object["status"]
        yield (
            None,
            (
                *(status.get(name) for name in ("expectedPods", "desiredHealthy", "currentHealthy")),
                status.get("disruptionsAllowed"),
                tuple(status.get("disruptedPods") or ()),
                _condition(change.object, "DisruptionAllowed").get("reason"),
            ),
        )


def _nodes(changes: list[Change]) -> Iterator[tuple[str, Any]]:
    for change in _of(changes, "nodes"):
        ready = _condition(change.object, "Ready")
        taints = tuple((one["key"], one["effect"]) for one in change.object["spec"].get("taints") or ())
        gone = change.type == "DELETED"
        yield change.object["metadata"]["name"], "gone" if gone else (ready.get("status"), ready.get("reason"), taints)


def _events(changes: list[Change], *components: str) -> Iterator[tuple[Any, Any]]:
    for change in _of(changes, "events"):
        event = change.object
        if event.get("source", {}).get("component") in components:
            about = event["involvedObject"]["name"]
            entry = (event["type"], event["reason"], event["message"], event["count"], event["reportingComponent"])
            yield (about, event["message"]), (about, *entry)


def _kubelet_events(changes: list[Change]) -> Strand:
    """How often kubelets recorded which event about which name.

    Events of two kubelets arrive in any order.
    """
    wanted = ("Created", "Started", "Killing", "Pulled")
    return sorted(
        (event["involvedObject"]["name"], event["reason"], event["message"])
        for event in (change.object for change in _of(changes, "events") if change.type == "ADDED")
        if event.get("source", {}).get("component") == "kubelet" and event["reason"] in wanted
    )


def _scheduler_events(changes: list[Change]) -> Strand:
    return [
        (event["involvedObject"]["name"], event["reason"])
        for event in (change.object for change in _of(changes, "events") if change.type == "ADDED")
        if event["reportingComponent"] == "default-scheduler"
    ]
