"""core/v1 Event."""

from __future__ import annotations

from datetime import datetime

from stsview.objects.meta import BasicMeta, Instant, Struct


class InvolvedObject(Struct, frozen=True):
    """The object of an event.

    The uid may be missing, or that of an earlier object of the same name.
    """

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    field_path: str = ""
    """`spec.containers{zookeeper}` for an event about one container."""


class EventSource(Struct, frozen=True):
    component: str = ""
    host: str = ""
    """The node of the kubelet that reported it."""


class EventSeries(Struct, frozen=True):
    count: int = 0
    last_observed_time: Instant | None = None


class Event(Struct, frozen=True):
    """An event in either format.

    The older has `count` and two timestamps, the newer `eventTime` and `series`.

    The server deletes an event an hour after its last write (kube-apiserver, `--event-ttl`). The properties read both
    formats as kubectl does (pkg/printers/internalversion/printers.go, printEvent).
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
        """None for an event without any time."""
        return self.first_timestamp or self.event_time or self.metadata.creation_timestamp

    @property
    def last_seen(self) -> datetime | None:
        if self.series is not None and self.series.last_observed_time is not None:
            return self.series.last_observed_time
        return self.last_timestamp or self.first_seen

    @property
    def times(self) -> int:
        """How often it occurred, at least once.

        Components stop counting when they report too much.
        """
        return max(1, self.count if self.series is None else self.series.count)

    @property
    def component(self) -> str:
        """The reporting component (`kubelet`, `statefulset-controller`, …).

        Combined events have only a source.
        """
        return self.reporting_component or self.source.component

    @property
    def warning(self) -> bool:
        return self.type == "Warning"
