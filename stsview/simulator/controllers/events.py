"""Event recorders with client-go's counting, aggregation and rate limit.

Source: client-go/tools/record/{event,events_cache}.go (EventCorrelator with its defaults).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import EVENTS, Resource
from stsview.simulator.apiserver.storage.storage import Storage
from stsview.simulator.apiserver.wire import Object, micro_timestamp, timestamp

SIMILAR_LIMIT = 10
SIMILAR_SECONDS = 600.0
SPAM_BURST = 25.0
SPAM_REFILL_PER_SECOND = 1 / 300
CACHE_LIMIT = 4096

V = TypeVar("V")


@dataclass
class _Similar:
    """The different messages that one source recently sent about an object and reason."""

    last: datetime
    messages: set[str] = field(default_factory=set)


@dataclass
class _Recorded:
    """A written event, and how often it occurred."""

    name: str
    count: int


@dataclass
class _Allowance:
    """The rate limit of one source and object, as a token bucket."""

    tokens: float
    since: datetime


class EventSink:
    """The storage that recorders write to, from the instant `since` on.

    Events expire after an hour. Those of a replayed history would be gone before the cluster is opened, and are half of
    all writes.
    """

    def __init__(self, storage: Storage, since: datetime | None = None) -> None:
        self._storage = storage
        self._since = since

    def now(self) -> datetime:
        return self._storage.clock.now()

    @property
    def open(self) -> bool:
        """Whether events are recorded yet."""
        if self._since is not None and self.now() >= self._since:
            self._since = None
        return self._since is None

    def create(self, about: Object, namespace: str, event: Object, component: str) -> str | None:
        """Create an event and return its name.

        None when the server refuses it: the event is lost, as in client-go.
        """
        name = _event_name(about["metadata"]["name"], self.now(), self._storage)
        event["metadata"] = {"name": name, "namespace": namespace}
        try:
            self._storage.create(EVENTS, event, manager=component)
        except ApiError:
            return None
        return name

    def change(self, namespace: str, name: str, component: str, change: Callable[[Object], None]) -> bool:
        """Update a recorded event. False when it has expired."""
        if self._storage.find(EVENTS, namespace, name) is None:
            return False
        self._storage.modify(EVENTS, namespace, name, change, manager=component)
        return True


class EventRecorder:
    """Records core/v1 events: `source`, `count`, first and last timestamp."""

    def __init__(self, sink: EventSink, component: str, host: str = "") -> None:
        self._sink = sink
        self._component = component
        self._host = host
        self._similar: OrderedDict[Hashable, _Similar] = OrderedDict()
        self._recorded: OrderedDict[Hashable, _Recorded] = OrderedDict()
        self._allowances: OrderedDict[Hashable, _Allowance] = OrderedDict()

    def event(
        self, resource: Resource, about: Object, type_: str, reason: str, message: str, field_path: str = ""
    ) -> None:
        """Record an event about an object, or about the part of it at `field_path`."""
        if not self._sink.open:
            return
        now = self._sink.now()
        subject = about["metadata"].get("uid") or (about["metadata"].get("namespace", ""), about["metadata"]["name"])
        if not self._allowed(subject, now):
            return
        combined = self._combined((subject, type_, reason), message, now)
        identity: Hashable = (subject, type_, reason, field_path, "" if combined else message)
        if combined:
            message = f"(combined from similar events): {message}"
        reference = _reference(resource, about)
        if field_path:
            reference["fieldPath"] = field_path
        self._write(reference, about, type_, reason, message, identity, combined=combined, now=now)

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
        # client-go removes an arbitrary one, the first that its hash map yields
        similar.messages.discard(message)
        return True

    def _write(
        self,
        reference: Object,
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
            count = known.count

            def change(event: Object) -> None:
                event.update(count=count, message=message, lastTimestamp=timestamp(now))

            if self._sink.change(namespace, known.name, self._component, change):
                return
        count = known.count if known else 1
        event: Object = {
            "metadata": {},
            "involvedObject": reference,
            "reason": reason,
            "message": message,
            "source": {"component": self._component, **({"host": self._host} if self._host else {})},
            "firstTimestamp": timestamp(now),
            "lastTimestamp": timestamp(now),
            "count": count,
            "type": type_,
            "eventTime": None,
            # EventAggregate creates a new combined event without this field
            "reportingComponent": "" if combined else self._component,
            "reportingInstance": "" if combined else self._host,
        }
        name = self._sink.create(about, namespace, event, self._component)
        if name is not None:
            _remember(self._recorded, identity, _Recorded(name, count)).name = name


class SeriesRecorder:
    """Records events as events.k8s.io does: `eventTime`, `action`, `series`.

    The scheduler uses it.
    """

    def __init__(self, sink: EventSink, component: str, instance: str) -> None:
        self._sink = sink
        self._component = component
        self._instance = instance
        self._recorded: OrderedDict[Hashable, _Recorded] = OrderedDict()

    def event(self, resource: Resource, about: Object, type_: str, reason: str, action: str, message: str) -> None:
        """Record an event about an object."""
        if not self._sink.open:
            return
        now, metadata = self._sink.now(), about["metadata"]
        namespace = metadata.get("namespace") or "default"
        identity = (metadata["uid"], metadata.get("resourceVersion"), type_, reason, action, message)
        known = self._recorded.get(identity)
        if known is not None:
            known.count += 1
            series = {"count": known.count, "lastObservedTime": micro_timestamp(now)}
            if self._sink.change(namespace, known.name, self._component, lambda one: one.update(series=series)):
                return
        event: Object = {
            "metadata": {},
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
        name = self._sink.create(about, namespace, event, self._component)
        if name is not None:
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
    """The object's name and the instant in hexadecimal nanoseconds.

    The low digits make events of the same instant different.
    """
    nanoseconds = int(now.timestamp() * 1_000_000) * 1000 + storage.resource_version % 1000
    return f"{about}.{nanoseconds:x}"


def _remember(cache: OrderedDict[Hashable, V], key: Hashable, value: V) -> V:
    """The cached value for `key`, or `value` after storing it.

    The least recently used entries are dropped.
    """
    kept = cache.setdefault(key, value)
    cache.move_to_end(key)
    _trim(cache)
    return kept


def _trim(cache: OrderedDict[Hashable, V]) -> None:
    while len(cache) > CACHE_LIMIT:
        cache.popitem(last=False)
