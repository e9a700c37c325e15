"""Reflectors without faults: streaming lists, paged lists, watches, progress."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.objects.kinds import PODS, REVISIONS
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Deleted, StreamPhase
from tests.support.cluster.reflector_recorder import (
    ReflectorRecorder,
    added,
    bookmark,
    deleted,
    event,
    modified,
    obj,
    page,
)
from tests.support.cluster.server import Server, Stream, answer, close_without_answer, refuse, until

IMPATIENT = ReflectorSettings(list_silence_seconds=0.05)


async def test_a_streaming_list_is_one_batch_and_continues_as_a_watch(
    server: Server, session: Session, clock: ManualClock
) -> None:
    stream = Stream(added("a"), added("b"))
    server.then(stream)
    async with ReflectorRecorder(session, clock) as recorder:
        await until(lambda: recorder.health.loaded == 2)
        assert recorder.batches == []
        assert recorder.health.phase is StreamPhase.LISTING
        stream.send(modified("b", 2, spec={"replicas": 7}), deleted("a", 3), added("c", 4), bookmark(5, end=True))
        await recorder.shows("b", "c")
        assert [batch.replace for batch in recorder.batches] == [True]
        b = recorder.objects["b"]
        assert isinstance(b, StatefulSet)
        assert b.spec.replicas == 7
        stream.send(added("d", 6), deleted("b", 7), bookmark(8))
        await recorder.shows("c", "d")
        assert len(recorder.batches) == 2
        assert [type(change) for change in recorder.batches[1].changes] == [Applied, Deleted]
    query = server.seen[0].query
    assert 300 <= int(query.pop("timeoutSeconds")) <= 600
    assert query == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
    }


async def test_events_right_after_the_list_are_not_part_of_it(
    server: Server, session: Session, clock: ManualClock
) -> None:
    server.then(Stream(added("a"), bookmark(5, end=True), deleted("a", 6)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows()
        assert [(batch.replace, len(batch.changes)) for batch in recorder.batches] == [(True, 1), (False, 1)]


async def test_a_normal_end_resumes_at_once_from_the_last_version(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first, second = Stream(added("a"), bookmark(5, end=True), added("b", 6), bookmark(9)), Stream(added("c", 10))
    server.then(first, second)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a", "b")
        first.end()
        await recorder.shows("a", "b", "c")
        assert server.seen[1].query["resourceVersion"] == "9"
        assert "sendInitialEvents" not in server.seen[1].query
        assert StreamPhase.WAITING not in {health.phase for health in recorder.healths}
        assert recorder.health.disconnected_at is None
        assert recorder.health.reconnects == 1
        assert recorder.health.problem == ""


@pytest.mark.parametrize("code", [400, 422])
async def test_pages_are_listed_from_a_server_that_rejects_streaming_lists(
    server: Server, session: Session, clock: ManualClock, code: int
) -> None:
    watch = Stream()
    server.then(refuse(code, "Invalid", "sendInitialEvents: Forbidden"), answer(page(obj("a"), version=7)), watch)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        assert server.seen[1].query == {"limit": "500"}
        assert server.seen[2].query["resourceVersion"] == "7"
        watch.send(added("b", 8))
        await recorder.shows("a", "b")
    server.then(answer(page()), Stream())
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows()
        assert server.seen[3].query == {"limit": "500"}


@pytest.mark.parametrize(
    "said",
    [(), (added("a"),), (added("a"), bookmark(4), added("never", 5))],
    ids=["nothing", "the present state only", "bookmarks of the ordinary kind"],
)
async def test_pages_are_listed_from_a_server_that_ignores_the_parameter(
    server: Server, session: Session, clock: ManualClock, said: tuple[object, ...]
) -> None:
    server.then(Stream(*said), answer(page(obj("a"), obj("b"))), Stream())
    async with ReflectorRecorder(session, clock, settings=IMPATIENT) as recorder:
        await recorder.shows("a", "b")
        assert len(recorder.batches) == 1
    assert not session.streaming_lists


async def test_pages_are_listed_after_two_truncated_streaming_lists(
    server: Server, session: Session, clock: ManualClock
) -> None:
    halves = [Stream(added("a")), Stream(added("a"))]
    server.then(*halves, answer(page(obj("a"), obj("b"))), Stream())
    async with ReflectorRecorder(session, clock) as recorder:
        for half in halves:
            half.end()
        await recorder.wait_out()
        await recorder.shows("a", "b")
        assert len(recorder.batches) == 1


async def test_pages_are_combined_and_progress_is_reported(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    hold = Stream()
    server.then(answer(page(obj("a"), obj("b"), token="t/1+=", remaining=3)), hold)
    async with ReflectorRecorder(session, clock) as recorder:
        await server.received(2)
        assert (recorder.health.loaded, recorder.health.remaining, recorder.health.synced) == (2, 3, False)
        assert recorder.health.last_event_at is not None
        assert server.seen[1].query == {"limit": "500", "continue": "t/1+="}
        hold.send(page(obj("c"), version=8))
        hold.end()
        await recorder.shows("a", "b", "c")
        assert len(recorder.batches) == 1
        assert recorder.health.remaining is None
        assert server.seen[2].query["resourceVersion"] == "8"


async def test_an_expired_continue_token_restarts_the_list(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    server.then(
        answer(page(obj("gone-by-now"), token="t")),
        refuse(410, "Expired", "The provided continue parameter is too old"),
        answer(page(obj("a"))),
        Stream(),
    )
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        assert "continue" not in server.seen[2].query
        assert len(recorder.batches) == 1


@pytest.mark.parametrize("tokens", [["t", "t"], ["t", "u", "t"], [str(number) for number in range(30)]])
async def test_looping_continue_tokens_are_detected(
    server: Server, session: Session, clock: ManualClock, tokens: list[str]
) -> None:
    session.streaming_lists = False
    server.then(*[answer(page(obj("a"), token=token)) for token in tokens])
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.waits()
        assert "repeats its continue tokens" in recorder.health.problem
        assert recorder.batches == []
        server.script.clear()
        server.then(answer(page(obj("a"))), Stream())
        await recorder.wait_out()
        await recorder.shows("a")


async def test_empty_pages_of_a_filtered_list_are_no_loop(server: Server, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    server.then(*[answer(page(token=str(number))) for number in range(5)], answer(page(obj("a"))), Stream())
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")


async def test_an_answer_that_is_not_a_list_does_not_clear_the_data(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    for body in (
        {},
        {"kind": "Login", "metadata": {}, "items": []},
        {"kind": "PodList", "metadata": {}},
        "[]",
        "nonsense",
    ):
        server.then(answer(body))
    async with ReflectorRecorder(session, clock) as recorder:
        for _ in range(5):
            await recorder.waits()
            assert "not a Kubernetes API" in recorder.health.problem
            await recorder.wait_out()
        assert recorder.batches == []


async def test_selector_and_namespace_are_sent(server: Server, session: Session, clock: ManualClock) -> None:
    stream = Stream(bookmark(1, end=True))
    server.then(stream, answer(page()))
    kind = replace(PODS, field_selector="status.phase!=Succeeded")
    async with ReflectorRecorder(session, clock, kind, "data") as recorder:
        await recorder.shows()
        stream.cut()
        await recorder.wait_out()
        await server.received(3)
    assert {seen.path for seen in server.seen} == {"/api/v1/namespaces/data/pods"}
    assert {seen.query["labelSelector"] for seen in server.seen} == {"statefulset.kubernetes.io/pod-name"}
    assert {seen.query["fieldSelector"] for seen in server.seen} == {"status.phase!=Succeeded"}
    assert recorder.batches[0].namespace == "data"


async def test_metadata_only_kinds(server: Server, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    server.then(answer(page(obj("web-1")) | {"kind": "PartialObjectMetadataList"}), Stream(added("web-2")))
    async with ReflectorRecorder(session, clock, REVISIONS) as recorder:
        await recorder.shows("web-1", "web-2")
    assert "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" in server.seen[0].headers["Accept"]
    assert "as=PartialObjectMetadata;g=meta.k8s.io;v=v1" in server.seen[1].headers["Accept"]


async def test_a_recreated_object_has_another_uid(server: Server, session: Session, clock: ManualClock) -> None:
    first = Stream(
        added("web-0", uid="1"), bookmark(5, end=True), deleted("web-0", 6, uid="1"), added("web-0", 7, uid="2")
    )
    server.then(
        first,
        Stream(event("ERROR", {"kind": "Status", "code": 410})),
        Stream(added("web-0", uid="3"), bookmark(9, end=True)),
    )
    async with ReflectorRecorder(session, clock) as recorder:
        await until(lambda: recorder.objects and recorder.objects["web-0"].metadata.uid == "2")
        first.end()
        await recorder.wait_out()
        await until(lambda: recorder.objects["web-0"].metadata.uid == "3")
        assert recorder.names == ["web-0"]


async def test_the_age_of_the_data_is_reported(server: Server, session: Session, clock: ManualClock) -> None:
    stream = Stream(bookmark(1, end=True))
    server.then(stream, close_without_answer, close_without_answer)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows()
        await clock.advance(30)
        stream.send(b"\n")
        await until(lambda: recorder.health.last_event_at == 30)
        await clock.advance(12)
        stream.cut()
        health = await recorder.is_in(StreamPhase.WAITING)
        assert (health.last_event_at, health.disconnected_at) == (30, 42)
        assert health.problem
        assert health.synced
