"""core/v1 Event: what some component said about an object, once or many times."""

from __future__ import annotations

from datetime import datetime

from stsview.objects.meta import BasicMeta, Instant, Struct


class InvolvedObject(Struct, frozen=True):
    """What an event is about. The uid may be missing, and may be that of a former object of this name."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    field_path: str = ""
    """`spec.containers{zookeeper}` where it is about one container."""


class EventSource(Struct, frozen=True):
    component: str = ""
    host: str = ""
    """The node of the kubelet that said it."""


class EventSeries(Struct, frozen=True):
    count: int = 0
    last_observed_time: Instant | None = None


class Event(Struct, frozen=True):
    """Written in one of two ways: the older with `count` and two timestamps, the newer with `eventTime` and `series`.

    The server forgets an event an hour after it was last written (kube-apiserver, `--event-ttl`). The properties read
    both ways as kubectl does (pkg/printers/internalversion/printers.go, printEvent).
    """

    metadata: BasicMeta
    involved_object: InvolvedObject = InvolvedObject()
    type: str = ""
    """`Normal` or `Warning`."""
    reason: str = ""
    message: str = ""
    count: int = 0
    series: EventSeries | None = None
    first_timestamp: Instant | None = None
    last_timestamp: Instant | None = None
    event_time: Instant | None = None
    reporting_component: str = ""
    source: EventSource = EventSource()

    @property
    def first_seen(self) -> datetime | None:
        """None for an event without any time at all."""
        return self.first_timestamp or self.event_time or self.metadata.creation_timestamp

    @property
    def last_seen(self) -> datetime | None:
        if self.series is not None and self.series.last_observed_time is not None:
            return self.series.last_observed_time
        return self.last_timestamp or self.first_seen

    @property
    def times(self) -> int:
        """How often it was said, at least once; components stop counting when they say too much."""
        return max(1, self.count if self.series is None else self.series.count)

    @property
    def component(self) -> str:
        """Who said it: `kubelet`, `statefulset-controller`, …; events combined from similar ones name only a source."""
        return self.reporting_component or self.source.component

    @property
    def warning(self) -> bool:
        return self.type == "Warning"
