"""Decoding of watch streams."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.cluster.watch.watch_events import LineBuffer, WatchEvent, decode_event
from stsview.objects.kinds import STATEFULSETS, WATCHED, Kind
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Applied, Deleted
from tests.support.cluster.reflector_recorder import added, bookmark, deleted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
KNOWN = st.sampled_from(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"])
METADATA = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "namespace", "resourceVersion", "annotations", "labels"), JSON)
)
OBJECTS = st.fixed_dictionaries({}, optional={"metadata": METADATA | JSON, "spec": JSON, "kind": JSON, "code": JSON})


@given(st.lists(st.binary(max_size=12)), st.data())
@settings(max_examples=100, deadline=None)
def test_lines_do_not_depend_on_chunk_boundaries(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"\n".join(lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    splitter = LineBuffer()
    found = [
        line
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for line in splitter.feed(whole[start:end])
    ]
    complete, _, begun = whole.rpartition(b"\n")
    assert found == [line for line in complete.split(b"\n") if line.strip()]
    assert splitter.has_partial_line == bool(begun)


@given(
    st.binary(max_size=60)
    | st.fixed_dictionaries({"type": KNOWN | JSON, "object": OBJECTS | JSON}).map(json.dumps).map(str.encode)
)
@settings(max_examples=100, deadline=None)
def test_any_bytes_decode_without_an_error(line: bytes) -> None:
    frame = decode_event(line, STATEFULSETS)
    assert isinstance(frame, WatchEvent)
    if frame.change is not None:
        assert frame.change.object.metadata.name


@pytest.mark.parametrize("kind", WATCHED, ids=lambda kind: kind.resource)
def test_an_undecodable_deletion_still_names_the_object(kind: Kind) -> None:
    broken = {"metadata": {"name": "a", "namespace": "b", "uid": "c", "labels": "none"}, "spec": "none", "status": 7}
    frame = decode_event(json.dumps({"type": "DELETED", "object": broken}).encode(), kind)
    assert isinstance(frame.change, Deleted)
    found = frame.change.object.metadata
    assert (found.key, found.uid) == (Key("b", "a"), "c")
    frame = decode_event(json.dumps({"type": "MODIFIED", "object": broken}).encode(), kind)
    assert (frame.change, frame.malformed, frame.key) == (None, True, Key("b", "a"))


def test_each_event_type_is_decoded() -> None:
    def read(event: object) -> WatchEvent:
        return decode_event(json.dumps(event).encode(), STATEFULSETS)

    assert isinstance(read(added("a", 7)).change, Applied)
    assert isinstance(read(deleted("a", 7)).change, Deleted)
    assert read(added("a", 7)).resource_version == "7"
    assert read(bookmark(8)) == WatchEvent(reached="8", bookmark=True)
    assert read(bookmark(8, end=True)).initial_end
    assert read({"type": "RENAMED", "object": {}}) == WatchEvent()
    failure = read({"type": "ERROR", "object": {"kind": "Status", "code": 410}}).failure
    assert failure is not None
    assert failure.code == 410
