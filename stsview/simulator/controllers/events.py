"""Events as client-go records them: counted when they repeat, combined when many are alike, dropped when too many.

Source: client-go/tools/record/{event,events_cache}.go (EventCorrelator with its defaults).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import EVENTS, Resource
from stsview.simulator.apiserver.storage import Storage
from stsview.simulator.apiserver.wire import Object, micro_timestamp, timestamp

SIMILAR_LIMIT = 10
SIMILAR_SECONDS = 600.0
SPAM_BURST = 25.0
SPAM_REFILL_PER_SECOND = 1 / 300
CACHE_LIMIT = 4096

V = TypeVar("V")


@dataclass
class _Similar:
    """How many different messages one source has sent of late about one object, for one reason."""

    last: datetime
    messages: set[str] = field(default_factory=set)


@dataclass
class _Recorded:
    name: str
    count: int


@dataclass
class _Allowance:
    tokens: float
    since: datetime


class EventRecorder:
    """What one component says, in the older core/v1 way: `source`, `count`, first and last time."""

    def __init__(self, storage: Storage, component: str, host: str = "") -> None:
        self._storage = storage
        self._component = component
        self._host = host
        self._similar: OrderedDict[Hashable, _Similar] = OrderedDict()
        self._recorded: OrderedDict[Hashable, _Recorded] = OrderedDict()
        self._allowances: OrderedDict[Hashable, _Allowance] = OrderedDict()

    def event(self, resource: Resource, about: Object, type_: str, reason: str, message: str) -> None:
        now = self._storage.clock.now()
        subject = about["metadata"].get("uid") or (about["metadata"].get("namespace", ""), about["metadata"]["name"])
        if not self._allowed(subject, now):
            return
        combined = self._combined((subject, type_, reason), message, now)
        identity: Hashable = (subject, type_, reason) if combined else (subject, type_, reason, message)
        if combined:
            message = f"(combined from similar events): {message}"
        self._write(resource, about, type_, reason, message, identity, combined=combined, now=now)

    def _allowed(self, subject: Hashable, now: datetime) -> bool:
        allowance = _remember(self._allowances, subject, _Allowance(SPAM_BURST, now))
        passed = (now - allowance.since).total_seconds()
        allowance.tokens = min(SPAM_BURST, allowance.tokens + passed * SPAM_REFILL_PER_SECOND)
        allowance.since = now
        if allowance.tokens < 1:
            return False
        allowance.tokens -= 1
        return True

    def _combined(self, group: Hashable, message: str, now: datetime) -> bool:
        similar = _remember(self._similar, group, _Similar(now))
        if (now - similar.last).total_seconds() > SIMILAR_SECONDS:
            similar.messages.clear()
        similar.last = now
        similar.messages.add(message)
        if len(similar.messages) < SIMILAR_LIMIT:
            return False
        # the real one takes out any of them, whichever its hash map yields first
        similar.messages.discard(message)
        return True

    def _write(
        self,
        resource: Resource,
        about: Object,
        type_: str,
        reason: str,
        message: str,
        identity: Hashable,
        *,
        combined: bool,
        now: datetime,
    ) -> None:
        namespace = about["metadata"].get("namespace") or "default"
        known = self._recorded.get(identity)
        if known is not None:
            known.count += 1
            if self._storage.find(EVENTS, namespace, known.name) is not None:
                self._count(namespace, known, message, now)
                return
        count = known.count if known else 1
        source = {"component": self._component, **({"host": self._host} if self._host else {})}
        metadata = about["metadata"]
        name = _event_name(metadata["name"], now, self._storage)
        event: Object = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": _reference(resource, about),
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": timestamp(now),
            "lastTimestamp": timestamp(now),
            "count": count,
            "type": type_,
            "eventTime": None,
            # EventAggregate builds the combined event anew and leaves this out
            "reportingComponent": "" if combined else self._component,
            "reportingInstance": "" if combined else self._host,
        }
        try:
            self._storage.create(EVENTS, event, manager=self._component)
        except ApiError:
            # like client-go: an event that the server refuses (a namespace that is ending) is lost, nothing else is
            return
        _remember(self._recorded, identity, _Recorded(name, count)).name = name

    def _count(self, namespace: str, known: _Recorded, message: str, now: datetime) -> None:
        def change(event: Object) -> None:
            event["count"] = known.count
            event["message"] = message
            event["lastTimestamp"] = timestamp(now)

        self._storage.modify(EVENTS, namespace, known.name, change, manager=self._component)


class SeriesRecorder:
    """What a component says in the events.k8s.io way, as the scheduler does: `eventTime`, `action`, `series`."""

    def __init__(self, storage: Storage, component: str, instance: str) -> None:
        self._storage = storage
        self._component = component
        self._instance = instance
        self._recorded: OrderedDict[Hashable, _Recorded] = OrderedDict()

    def event(self, resource: Resource, about: Object, type_: str, reason: str, action: str, message: str) -> None:
        now = self._storage.clock.now()
        metadata = about["metadata"]
        namespace = metadata.get("namespace") or "default"
        identity = (metadata["uid"], metadata.get("resourceVersion"), type_, reason, action, message)
        known = self._recorded.get(identity)
        if known is not None and self._storage.find(EVENTS, namespace, known.name) is not None:
            known.count += 1
            series = {"count": known.count, "lastObservedTime": micro_timestamp(now)}
            self._storage.modify(
                EVENTS, namespace, known.name, lambda event: event.update(series=series), manager=self._component
            )
            return
        name = _event_name(metadata["name"], now, self._storage)
        event: Object = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": _reference(resource, about),
            "reason": reason,
            "message": message,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": type_,
            "eventTime": micro_timestamp(now),
            "action": action,
            "reportingComponent": self._component,
            "reportingInstance": self._instance,
        }
        try:
            self._storage.create(EVENTS, event, manager=self._component)
        except ApiError:
            return
        self._recorded[identity] = _Recorded(name, 1)
        _trim(self._recorded)


def _reference(resource: Resource, about: Object) -> Object:
    metadata = about["metadata"]
    reference: Object = {"kind": resource.kind}
    if metadata.get("namespace"):
        reference["namespace"] = metadata["namespace"]
    reference["name"] = metadata["name"]
    if metadata.get("uid"):
        reference["uid"] = metadata["uid"]
    reference["apiVersion"] = resource.api_version
    if metadata.get("resourceVersion"):
        reference["resourceVersion"] = metadata["resourceVersion"]
    return reference


def _event_name(about: str, now: datetime, storage: Storage) -> str:
    """The object's name and the instant in hexadecimal nanoseconds; the low digits keep equal instants apart."""
    nanoseconds = int(now.timestamp() * 1_000_000) * 1000 + storage.resource_version % 1000
    return f"{about}.{nanoseconds:x}"


def _remember(cache: OrderedDict[Hashable, V], key: Hashable, value: V) -> V:
    """What the cache holds for `key`, or `value` put there; the oldest entries fall out."""
    kept = cache.setdefault(key, value)
    cache.move_to_end(key)
    _trim(cache)
    return kept


def _trim(cache: OrderedDict[Hashable, V]) -> None:
    while len(cache) > CACHE_LIMIT:
        cache.popitem(last=False)
