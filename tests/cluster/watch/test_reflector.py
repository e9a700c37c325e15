"""Reflectors in good weather: streaming lists, paged lists, watches, progress."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.objects.kinds import PODS, REVISIONS
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Applied, Deleted, StreamPhase
from tests.support.cluster.server import Server, Stream, answer, dropped, refuse, until
from tests.support.cluster.watching import Watched, added, bookmark, deleted, event, modified, obj, page

IMPATIENT = ReflectorSettings(list_silence_seconds=0.05)


async def test_a_streaming_list_is_one_batch_and_goes_on_as_a_watch(
    server: Server, session: Session, clock: ManualClock
) -> None:
    stream = Stream(added("a"), added("b"))
    server.then(stream)
    async with Watched(session, clock) as watched:
        await until(lambda: watched.health.loaded == 2)
        assert watched.batches == []
        assert watched.health.phase is StreamPhase.LISTING
        stream.send(modified("b", 2, spec={"replicas": 7}), deleted("a", 3), added("c", 4), bookmark(5, end=True))
        await watched.shows("b", "c")
        assert [batch.replace for batch in watched.batches] == [True]
        b = watched.objects["b"]
        assert isinstance(b, StatefulSet)
        assert b.spec.replicas == 7
        stream.send(added("d", 6), deleted("b", 7), bookmark(8))
        await watched.shows("c", "d")
        assert len(watched.batches) == 2
        assert [type(change) for change in watched.batches[1].changes] == [Applied, Deleted]
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
    async with Watched(session, clock) as watched:
        await watched.shows()
        assert [(batch.replace, len(batch.changes)) for batch in watched.batches] == [(True, 1), (False, 1)]


async def test_a_clean_end_resumes_at_once_from_the_last_version(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first, second = Stream(added("a"), bookmark(5, end=True), added("b", 6), bookmark(9)), Stream(added("c", 10))
    server.then(first, second)
    async with Watched(session, clock) as watched:
        await watched.shows("a", "b")
        first.end()
        await watched.shows("a", "b", "c")
        assert server.seen[1].query["resourceVersion"] == "9"
        assert "sendInitialEvents" not in server.seen[1].query
        assert StreamPhase.WAITING not in {health.phase for health in watched.healths}
        assert watched.health.disconnected_at is None
        assert watched.health.reconnects == 1
        assert watched.health.problem == ""


@pytest.mark.parametrize("code", [400, 422])
async def test_a_server_that_refuses_streaming_lists_is_asked_for_pages_from_then_on(
    server: Server, session: Session, clock: ManualClock, code: int
) -> None:
    watch = Stream()
    server.then(refuse(code, "Invalid", "sendInitialEvents: Forbidden"), answer(page(obj("a"), version=7)), watch)
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        assert server.seen[1].query == {"limit": "500"}
        assert server.seen[2].query["resourceVersion"] == "7"
        watch.send(added("b", 8))
        await watched.shows("a", "b")
    server.then(answer(page()), Stream())
    async with Watched(session, clock) as watched:
        await watched.shows()
        assert server.seen[3].query == {"limit": "500"}


@pytest.mark.parametrize(
    "said",
    [(), (added("a"),), (added("a"), bookmark(4), added("never", 5))],
    ids=["nothing", "the present state only", "bookmarks of the ordinary kind"],
)
async def test_a_server_that_ignores_the_parameter_is_asked_for_pages(
    server: Server, session: Session, clock: ManualClock, said: tuple[object, ...]
) -> None:
    server.then(Stream(*said), answer(page(obj("a"), obj("b"))), Stream())
    async with Watched(session, clock, settings=IMPATIENT) as watched:
        await watched.shows("a", "b")
        assert len(watched.batches) == 1
    assert not session.streaming_lists


async def test_lists_that_are_cut_short_twice_make_way_for_pages(
    server: Server, session: Session, clock: ManualClock
) -> None:
    halves = [Stream(added("a")), Stream(added("a"))]
    server.then(*halves, answer(page(obj("a"), obj("b"))), Stream())
    async with Watched(session, clock) as watched:
        for half in halves:
            half.end()
        await watched.wait_out()
        await watched.shows("a", "b")
        assert len(watched.batches) == 1


async def test_pages_are_put_together_with_progress(server: Server, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    hold = Stream()
    server.then(answer(page(obj("a"), obj("b"), token="t/1+=", remaining=3)), hold)
    async with Watched(session, clock) as watched:
        await server.received(2)
        assert (watched.health.loaded, watched.health.remaining, watched.health.synced) == (2, 3, False)
        assert watched.health.last_event_at is not None
        assert server.seen[1].query == {"limit": "500", "continue": "t/1+="}
        hold.send(page(obj("c"), version=8))
        hold.end()
        await watched.shows("a", "b", "c")
        assert len(watched.batches) == 1
        assert watched.health.remaining is None
        assert server.seen[2].query["resourceVersion"] == "8"


async def test_an_expired_continue_token_starts_the_list_anew(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    server.then(
        answer(page(obj("gone-by-now"), token="t")),
        refuse(410, "Expired", "The provided continue parameter is too old"),
        answer(page(obj("a"))),
        Stream(),
    )
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        assert "continue" not in server.seen[2].query
        assert len(watched.batches) == 1


@pytest.mark.parametrize("tokens", [["t", "t"], ["t", "u", "t"], [str(number) for number in range(30)]])
async def test_a_continue_that_loops_is_noticed(
    server: Server, session: Session, clock: ManualClock, tokens: list[str]
) -> None:
    session.streaming_lists = False
    server.then(*[answer(page(obj("a"), token=token)) for token in tokens])
    async with Watched(session, clock) as watched:
        await watched.waits()
        assert "repeats its continue tokens" in watched.health.problem
        assert watched.batches == []
        server.script.clear()
        server.then(answer(page(obj("a"))), Stream())
        await watched.wait_out()
        await watched.shows("a")


async def test_empty_pages_of_a_filtered_list_are_no_loop(server: Server, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    server.then(*[answer(page(token=str(number))) for number in range(5)], answer(page(obj("a"))), Stream())
    async with Watched(session, clock) as watched:
        await watched.shows("a")


async def test_an_answer_that_is_no_list_does_not_empty_the_picture(
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
    async with Watched(session, clock) as watched:
        for _ in range(5):
            await watched.waits()
            assert "not a Kubernetes API" in watched.health.problem
            await watched.wait_out()
        assert watched.batches == []


async def test_selector_and_namespace_go_along(server: Server, session: Session, clock: ManualClock) -> None:
    stream = Stream(bookmark(1, end=True))
    server.then(stream, answer(page()))
    kind = replace(PODS, field_selector="status.phase!=Succeeded")
    async with Watched(session, clock, kind, "data") as watched:
        await watched.shows()
        stream.cut()
        await watched.wait_out()
        await server.received(3)
    assert {seen.path for seen in server.seen} == {"/api/v1/namespaces/data/pods"}
    assert {seen.query["labelSelector"] for seen in server.seen} == {"statefulset.kubernetes.io/pod-name"}
    assert {seen.query["fieldSelector"] for seen in server.seen} == {"status.phase!=Succeeded"}
    assert watched.batches[0].namespace == "data"


async def test_kinds_of_which_only_metadata_is_needed(server: Server, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    server.then(answer(page(obj("web-1")) | {"kind": "PartialObjectMetadataList"}), Stream(added("web-2")))
    async with Watched(session, clock, REVISIONS) as watched:
        await watched.shows("web-1", "web-2")
    assert "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" in server.seen[0].headers["Accept"]
    assert "as=PartialObjectMetadata;g=meta.k8s.io;v=v1" in server.seen[1].headers["Accept"]


async def test_a_name_that_is_deleted_and_made_again_is_another_object(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first = Stream(
        added("web-0", uid="1"), bookmark(5, end=True), deleted("web-0", 6, uid="1"), added("web-0", 7, uid="2")
    )
    server.then(
        first,
        Stream(event("ERROR", {"kind": "Status", "code": 410})),
        Stream(added("web-0", uid="3"), bookmark(9, end=True)),
    )
    async with Watched(session, clock) as watched:
        await until(lambda: watched.objects and watched.objects["web-0"].metadata.uid == "2")
        first.end()
        await watched.wait_out()
        await until(lambda: watched.objects["web-0"].metadata.uid == "3")
        assert watched.names == ["web-0"]


async def test_the_age_of_the_picture_is_known(server: Server, session: Session, clock: ManualClock) -> None:
    stream = Stream(bookmark(1, end=True))
    server.then(stream, dropped, dropped)
    async with Watched(session, clock) as watched:
        await watched.shows()
        await clock.advance(30)
        stream.send(b"\n")
        await until(lambda: watched.health.last_event_at == 30)
        await clock.advance(12)
        stream.cut()
        health = await watched.is_in(StreamPhase.WAITING)
        assert (health.last_event_at, health.disconnected_at) == (30, 42)
        assert health.problem
        assert health.synced
