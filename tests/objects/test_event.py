"""Events in both formats, read alike."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from stsview.objects.event import Event
from stsview.objects.kinds import EVENTS, LEASES
from stsview.objects.lease import Lease
from stsview.objects.meta import decode
from tests.support.paths import HISTORIES


def read(**body: Any) -> Event:
    found = decode(json.dumps({"metadata": {"name": "one"}, **body}).encode(), EVENTS.decoder)
    assert isinstance(found, Event)
    return found


def instant(minute: int) -> datetime:
    return datetime(2026, 1, 1, 12, minute, tzinfo=UTC)


def stamp(minute: int) -> str:
    return f"2026-01-01T12:{minute:02}:00Z"


def test_an_event_with_a_count() -> None:
    found = read(
        firstTimestamp=stamp(1),
        lastTimestamp=stamp(9),
        count=7,
        eventTime=None,
        type="Warning",
        reason="FailedCreate",
        source={"component": "statefulset-controller"},
        involvedObject={"kind": "StatefulSet", "name": "web", "namespace": "default", "uid": "1"},
    )
    assert (found.first_seen, found.last_seen, found.times) == (instant(1), instant(9), 7)
    assert (found.component, found.warning) == ("statefulset-controller", True)
    assert found.involved_object.name == "web"


def test_an_event_with_a_series() -> None:
    once = read(firstTimestamp=None, lastTimestamp=None, eventTime=stamp(3), type="Normal", source={})
    assert (once.first_seen, once.last_seen, once.times, once.warning) == (instant(3), instant(3), 1, False)
    often = read(
        eventTime=stamp(3),
        series={"count": 4, "lastObservedTime": stamp(8)},
        reportingComponent="default-scheduler",
    )
    assert (often.first_seen, often.last_seen, often.times) == (instant(3), instant(8), 4)
    assert often.component == "default-scheduler"


@pytest.mark.parametrize(
    ("body", "first", "last"),
    [
        ({}, None, None),
        ({"metadata": {"name": "one", "creationTimestamp": stamp(2)}}, instant(2), instant(2)),
        ({"firstTimestamp": stamp(4)}, instant(4), instant(4)),
        ({"eventTime": stamp(5), "series": {"count": 2, "lastObservedTime": None}}, instant(5), instant(5)),
    ],
)
def test_an_event_with_few_timestamps(body: dict[str, Any], first: datetime | None, last: datetime | None) -> None:
    found = read(**body)
    assert (found.first_seen, found.last_seen) == (first, last)


def recorded(kind: str) -> Iterator[bytes]:
    for path in sorted(HISTORIES.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            for line in lines:
                told = json.loads(line)
                if "event" in told and told["kind"] == kind and told["event"]["type"] != "BOOKMARK":
                    yield json.dumps(told["event"]["object"]).encode()


def test_every_recorded_event_has_time_reason_and_object() -> None:
    seen = 0
    for body in recorded("events"):
        found = decode(body, EVENTS.decoder)
        assert isinstance(found, Event)
        assert found.first_seen is not None
        assert found.last_seen is not None
        assert found.first_seen <= found.last_seen
        assert found.times >= 1
        assert found.reason
        assert found.message
        assert found.component
        assert found.involved_object.kind
        assert found.involved_object.uid or found.component == "taint-eviction-controller", "which names no uid"
        seen += 1
    assert seen > 500


def test_every_recorded_lease_has_holder_renewal_and_duration() -> None:
    renewals: dict[str, set[datetime]] = {}
    for body in recorded("leases"):
        found = decode(body, LEASES.decoder)
        assert isinstance(found, Lease)
        assert found.holder == found.metadata.name
        assert found.seconds == 40
        assert found.renewed is not None
        renewals.setdefault(found.metadata.name, set()).add(found.renewed)
    assert renewals
    assert all(len(times) > 1 for times in renewals.values())


def test_a_lease_that_was_never_renewed() -> None:
    found = decode(b'{"metadata": {"name": "node-1"}, "spec": {"renewTime": null}}', LEASES.decoder)
    assert isinstance(found, Lease)
    assert (found.renewed, found.holder, found.seconds) == (None, "", 0)
