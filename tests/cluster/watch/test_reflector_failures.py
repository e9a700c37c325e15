"""Reflectors in bad weather, fault by fault: what the screen is told meanwhile, and that the picture is right again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.http.session import Session
from stsview.cluster.watch.reflector import Reflector, ReflectorSettings
from stsview.objects.kinds import EVENTS, NODES, STATEFULSETS, Kind
from stsview.objects.statefulset import StatefulSet
from stsview.objects.stream_messages import Batch, StreamPhase
from tests.cluster.conftest import config_for
from tests.support.cluster.server import Handler, Server, Stream, answer, dropped, refuse, status, until
from tests.support.cluster.watching import Watched, added, bookmark, deleted, event, modified, obj, page

HALF_OPEN = ReflectorSettings(watch_silence_seconds=0.05)


def listed(*names: str, version: int = 5) -> Stream:
    """A streaming list of these objects that goes on as a watch."""
    return Stream(*[added(name) for name in names], bookmark(version, end=True))


EXPIRED = event("ERROR", status(410, "Expired", "too old resource version: 1 (781)"))

LAGS = refuse(504, "Timeout", "Too large resource version: 5, current: 3")
"""What a server says whose history ends before the version that is asked for."""


async def test_refused_at_the_start(server: Server, session: Session, clock: ManualClock) -> None:
    await server.stop()
    async with Watched(session, clock) as watched:
        delays = []
        for _ in range(9):
            delays.append(await watched.waits())
            assert watched.health.phase is StreamPhase.WAITING
            assert "connection refused" in watched.health.problem
            assert not watched.health.synced
            await watched.wait_out()
        for delay, unjittered in zip(delays, [0.5, 1, 2, 4, 8, 16, 30, 30, 30], strict=True):
            assert unjittered * 0.5 <= delay <= unjittered * 1.5
        await server.start()
        server.then(listed("a"))
        await watched.wait_out()
        await watched.shows("a")
        assert watched.health.problem == ""


async def test_refused_later(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(listed("a"))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        await server.stop()
        await watched.wait_out()
        health = await watched.is_in(StreamPhase.WAITING)
        assert health.disconnected_at == 0
        assert watched.names == ["a"]
        await server.start()
        server.then(answer(page()), Stream(added("b", 6)))
        await watched.wait_out()
        await watched.shows("a", "b")
        assert server.seen[1].query == {"limit": "1", "resourceVersion": "5", "resourceVersionMatch": "NotOlderThan"}
        assert server.seen[2].query["resourceVersion"] == "5"


async def test_somebody_elses_success_ends_a_long_wait(server: Server, session: Session, clock: ManualClock) -> None:
    await server.stop()
    async with Watched(session, clock) as watched:
        for _ in range(8):
            await watched.wait_out()
        assert await watched.waits() > 10
        await server.start()
        server.then(answer({}), listed("a"))
        await session.ping()
        await clock.advance(1)
        await watched.shows("a")
        assert clock.next_deadline is None


async def test_a_server_that_has_gone_back_in_time(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a", "lost-with-the-backup")
    server.then(first, LAGS, listed("a", version=3))
    async with Watched(session, clock) as watched:
        await watched.shows("a", "lost-with-the-backup")
        first.cut()
        await watched.wait_out()
        await watched.shows("a")


@pytest.mark.parametrize("tail", [b'{"type":"DELE', b'{"type":"DELETED","object":{"metadata":{"name":"a"}}}'])
@pytest.mark.parametrize("clean", [True, False])
async def test_cut_in_a_frame(server: Server, session: Session, clock: ManualClock, tail: bytes, clean: bool) -> None:
    first = listed("a")
    server.then(first, answer(page()), Stream(deleted("a", 6), added("b", 7)))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        await clock.advance(1)
        first.send(tail)
        await until(lambda: watched.health.last_event_at == 1)
        first.end() if clean else first.cut()
        await watched.wait_out()
        await watched.shows("b")
        assert watched.health.malformed == 0
        assert "limit" in server.seen[1].query, "an end within a frame is no end in good order"


async def test_half_open_after_word_resumes(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(listed("a"), answer(page()), Stream(added("b", 6)))
    async with Watched(session, clock, settings=HALF_OPEN) as watched:
        await watched.is_in(StreamPhase.WAITING)
        assert "stopped answering" in watched.health.problem
        await watched.wait_out()
        await until(lambda: watched.names == ["a", "b"])
        assert server.seen[2].query["resourceVersion"] == "5"


async def test_a_kind_of_which_no_bookmarks_come_may_be_silent_for_as_long_as_its_watch_lasts(
    server: Server, session: Session, clock: ManualClock
) -> None:
    server.then(listed("a"), listed("b"))
    async with Watched(session, clock, EVENTS, settings=HALF_OPEN) as events:
        await events.shows("a")
        async with Watched(session, clock, settings=HALF_OPEN) as sets:
            await sets.is_in(StreamPhase.WAITING)
        assert events.health.phase is StreamPhase.LIVE
    server.then(listed("c"))
    async with Watched(session, clock, EVENTS, settings=ReflectorSettings(unmarked_silence_seconds=0.05)) as events:
        await events.is_in(StreamPhase.WAITING)
        assert "stopped answering" in events.health.problem


async def test_a_watch_without_any_word_is_not_resumed_from(
    server: Server, session: Session, clock: ManualClock
) -> None:
    """A watch from a version that the server has not reached is accepted and stays silent."""
    first = listed("a")
    server.then(first, Stream(), listed("b"))
    async with Watched(session, clock, settings=HALF_OPEN) as watched:
        await watched.shows("a")
        first.end()
        await watched.is_in(StreamPhase.WAITING)
        await watched.wait_out()
        await until(lambda: watched.names == ["b"])


async def test_no_answer_at_all(server: Server, session: Session, clock: ManualClock) -> None:
    async def silent(_: Any) -> Any:
        await asyncio.Event().wait()

    server.then(answer({}), silent, listed("a"))
    await session.ping()
    async with Watched(session, clock, settings=ReflectorSettings(answer_seconds=0.25)) as watched:
        await watched.waits()
        assert "does not answer" in watched.health.problem
        await watched.wait_out()
        await watched.shows("a")


@pytest.mark.parametrize(
    "gone", [Stream(EXPIRED), refuse(410, "Expired", "too old")], ids=["in the stream", "over HTTP"]
)
async def test_an_expired_version_brings_a_new_list_at_once(
    server: Server, session: Session, clock: ManualClock, gone: Handler
) -> None:
    first, relist = listed("a", "b"), Stream(added("b"))
    server.then(first, gone, relist)
    async with Watched(session, clock) as watched:
        await watched.shows("a", "b")
        await clock.advance(60)
        first.end()
        await watched.wait_out()
        await server.received(3)
        assert "sendInitialEvents" in server.seen[2].query
        assert watched.names == ["a", "b"], "the old rows are kept until the new list is whole"
        assert watched.health.disconnected_at == 60
        relist.send(added("c"), bookmark(900, end=True))
        await watched.shows("b", "c")
        assert [batch.replace for batch in watched.batches] == [True, True]


async def test_changes_before_an_expiry_are_not_lost(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(Stream(added("a"), bookmark(5, end=True), added("b", 6), EXPIRED), Stream())
    async with Watched(session, clock) as watched:
        await until(lambda: watched.names == ["a", "b"])
        await server.received(2)


async def test_a_storm_of_expiries_is_backed_off_from(server: Server, session: Session, clock: ManualClock) -> None:
    for _ in range(6):
        server.then(Stream(added("a"), bookmark(5, end=True), EXPIRED))
    server.then(listed("a"))
    async with Watched(session, clock) as watched:
        delays = [await watched.wait_out() for _ in range(5)]
        assert delays[4] > 4 * delays[0]
        await watched.shows("a")


async def test_watches_that_end_at_once_are_not_asked_for_without_pause(
    server: Server, session: Session, clock: ManualClock
) -> None:
    server.then(*[answer(b"") for _ in range(20)])
    first = listed("a")
    server.script.appendleft(first)
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.end()
        await watched.waits()
        assert len(server.seen) == 2, "one resume at once, and no second"
        assert watched.health.problem == "the server ends each watch at once"
        delays = [await watched.wait_out() for _ in range(4)]
        assert delays[3] > delays[0]


async def test_a_good_stream_earns_its_successor_a_quick_start(
    server: Server, session: Session, clock: ManualClock
) -> None:
    streams = [listed("a"), Stream(), Stream()]
    server.then(*streams)
    async with Watched(session, clock) as watched:
        for number, stream in enumerate(streams, start=1):
            await server.received(number)
            await watched.shows("a")
            await clock.advance(10)
            stream.end()
        await server.received(4)
        assert StreamPhase.WAITING not in {health.phase for health in watched.healths}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (answer("<html>Log in</html>", headers={"Content-Type": "text/html"}), "not a Kubernetes API"),
        (answer("<html>Bad Gateway", 502, {"Content-Type": "text/html"}), "502"),
        (refuse(500, "InternalError", "etcd is sad"), "etcd is sad"),
        (refuse(503, "ServiceUnavailable", "starting"), "starting"),
        (dropped, "without answering"),
        (Stream(event("ERROR", status(500, message="decoder broke"))), "decoder broke"),
        (Stream(event("ERROR", "nonsense")), "unreadable error"),
    ],
)
async def test_what_goes_wrong_is_told_and_survived(
    server: Server, session: Session, clock: ManualClock, fault: Handler, said: str
) -> None:
    first = listed("a")
    # Whoever hangs up is asked once more by the HTTP library before it believes it.
    faults = [fault, fault] if fault is dropped else [fault]
    server.then(first, *faults, answer(page()), Stream(added("b", 6)))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.end()
        health = await watched.is_in(StreamPhase.WAITING)
        assert said in health.problem
        assert health.problem.isprintable()
        assert watched.names == ["a"]
        if said == "not a Kubernetes API":
            # Not a failure of the cluster: there is no reason to doubt its history.
            server.script.popleft()
        await watched.wait_out()
        await watched.shows("a", "b")


async def test_a_minute_of_500_ends_with_a_new_list(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a")
    server.then(first, *[refuse(500) for _ in range(6)], listed("b"))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.cut()
        while watched.names != ["b"]:
            await watched.wait_out()
            await until(lambda: watched.health.phase in (StreamPhase.WAITING, StreamPhase.LIVE))
        await watched.shows("b")


@pytest.mark.parametrize("code", [429, 503])
async def test_the_server_says_how_long_to_wait(
    server: Server, session: Session, clock: ManualClock, code: int
) -> None:
    server.then(refuse(code, headers={"Retry-After": "17"}), listed("a"))
    async with Watched(session, clock) as watched:
        assert await watched.wait_out() == 17
        await watched.shows("a")


async def test_a_token_that_was_renewed_is_used(server: Server, clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    session = Session(config_for(server.url, credentials=Credentials(token_file=file)), clock)
    first = listed("a")
    server.then(first, refuse(401, "Unauthorized"), Stream(added("b", 6)))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.end()
        health = await watched.is_in(StreamPhase.WAITING)
        assert "log in again" in health.problem
        assert watched.names == ["a"]
        file.write_text("renewed")
        await watched.wait_out()
        await watched.shows("a", "b")
        assert server.seen[-1].headers["Authorization"] == "Bearer renewed"
    await session.close()


@pytest.mark.parametrize(
    ("refusal", "phase", "said"),
    [
        (
            refuse(403, "Forbidden", "no"),
            StreamPhase.FORBIDDEN,
            "you may not list and watch statefulsets in namespace data",
        ),
        (refuse(404, "NotFound", "no"), StreamPhase.ABSENT, "this cluster does not have statefulsets (apps/v1)"),
    ],
)
async def test_a_kind_that_is_refused_from_the_start_is_tried_quietly(
    server: Server, session: Session, clock: ManualClock, refusal: Handler, phase: StreamPhase, said: str
) -> None:
    # Whoever may not watch may be allowed to list, so a try is two requests then.
    requests = 2 if phase is StreamPhase.FORBIDDEN else 1
    server.then(*[refusal] * 4 * requests, listed("a"))
    async with Watched(session, clock, namespace="data") as watched:
        health = await watched.is_in(phase)
        assert (health.problem, health.synced) == (said, False)
        told = len(watched.healths)
        delays = []
        for retry in range(2, 5):
            delays.append(await watched.wait_out())
            await server.received(retry * requests)
            await watched.waits()
        assert {health.phase for health in watched.healths[told:]} == {phase}, "a quiet retry does not flicker"
        delays.append(await watched.wait_out())
        assert all(30 <= delay <= 90 for delay in delays[2:])
        await watched.shows("a")
        assert watched.health.problem == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (STATEFULSETS, "you may not list and watch statefulsets in all namespaces"),
        (NODES, "you may not list and watch nodes in this cluster"),
    ],
)
async def test_where_a_kind_may_not_be_read(
    server: Server, session: Session, clock: ManualClock, kind: Kind, said: str
) -> None:
    server.then(*[refuse(403, "Forbidden", "no")] * 2)
    async with Watched(session, clock, kind=kind) as watched:
        assert (await watched.is_in(StreamPhase.FORBIDDEN)).problem == said


async def test_rights_that_are_taken_away_are_noticed_after_some_patience(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first = listed("a")
    server.then(first, *[refuse(403, "Forbidden", "no more")] * 6, listed("b"))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.end()
        for _ in range(2):
            await watched.waits()
            assert (watched.health.phase, watched.health.problem) == (StreamPhase.WAITING, "no more")
            await watched.wait_out()
        health = await watched.is_in(StreamPhase.FORBIDDEN)
        assert (health.synced, health.disconnected_at) == (False, None), "there is no picture that could get old"
        await watched.wait_out()
        await watched.shows("b")


async def test_what_may_be_listed_but_not_watched_is_polled(
    server: Server, session: Session, clock: ManualClock
) -> None:
    no = refuse(403, "Forbidden", "no watch")
    server.then(no, answer(page(obj("a"))), no, answer(page(obj("a"), obj("b"), version=11)))
    async with Watched(session, clock, namespace="data") as watched:
        health = await watched.is_in(StreamPhase.POLLED)
        assert (watched.names, health.synced, health.disconnected_at) == (["a"], True, None)
        assert health.problem == "you may not watch statefulsets in namespace data"
        told = len(watched.healths)
        assert 27 <= await watched.wait_out() <= 33
        await until(lambda: watched.names == ["a", "b"])
        await watched.waits()
        assert {health.phase for health in watched.healths[told:]} == {StreamPhase.POLLED}, "a poll does not flicker"

        server.then(refuse(500), no, no)
        await watched.wait_out()
        health = await watched.is_in(StreamPhase.WAITING)
        assert (watched.names, health.disconnected_at) == (["a", "b"], clock.monotonic())
        server.script.clear()
        server.then(answer(page()), no, answer(page(obj("b"), version=12)))
        await watched.wait_out()
        await until(lambda: watched.names == ["b"])
        await watched.is_in(StreamPhase.POLLED)

        server.then(Stream(added("c", 13)))
        await watched.wait_out()
        await watched.shows("b", "c")
        assert server.seen[-1].query["resourceVersion"] == "12", "a watch goes on from the last list"
        assert watched.health.problem == ""


async def test_polls_of_a_server_without_streaming_lists_are_one_list_each(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    no = refuse(403, "Forbidden", "no watch")
    server.then(answer(page(obj("a"))), no, no, answer(page(obj("b"))))
    async with Watched(session, clock) as watched:
        await watched.is_in(StreamPhase.POLLED)
        assert len(server.seen) == 2
        await watched.wait_out()
        await until(lambda: watched.names == ["b"])
        assert ["limit" in seen.query for seen in server.seen] == [True, False, False, True]


async def test_a_version_that_the_server_cannot_read_is_given_up(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first = listed("a")
    server.then(first, refuse(400, "BadRequest", "resourceVersion: Invalid value"), listed("b"))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        first.end()
        await watched.wait_out()
        await watched.shows("b")


MALFORMED = [
    {"metadata": "no object"},
    {"metadata": {"name": "broken", "labels": "none"}},
    {"metadata": {"name": "broken"}, "spec": {"replicas": "three"}},
    {"metadata": {}},
    [],
    7,
]


@pytest.mark.parametrize(("broken", "count"), zip(MALFORMED, [2, 1, 1, 2, 2, 2], strict=True))
async def test_one_malformed_object_is_left_out_of_lists_and_watches(
    server: Server, session: Session, clock: ManualClock, broken: Any, count: int
) -> None:
    stream = Stream(added("a"), event("ADDED", broken), added("b"), bookmark(5, end=True))
    server.then(stream)
    async with Watched(session, clock) as watched:
        await watched.shows("a", "b")
        assert watched.health.malformed == 1
        stream.send(added("c", 6), event("MODIFIED", broken), added("d", 7))
        await watched.shows("a", "b", "c", "d")
        assert watched.health.malformed == count, "the same one is counted once, as long as its name can be read"
    session.streaming_lists = False
    server.then(answer(page(obj("a"), broken, obj("b"))))
    async with Watched(session, clock) as watched:
        await until(lambda: watched.names == ["a", "b"])
        assert watched.health.malformed == 1


@pytest.mark.parametrize("streaming", [True, False])
async def test_what_was_malformed_counts_until_it_is_read_again_or_gone(
    server: Server, session: Session, clock: ManualClock, streaming: bool
) -> None:
    session.streaming_lists = streaming
    bad = {name: obj(name, spec={"replicas": "three"}) for name in "abc"}
    watch = Stream(*([event("ADDED", one) for one in bad.values()] + [bookmark(5, end=True)] if streaming else []))
    server.then(*([] if streaming else [answer(page(*bad.values()))]), watch)
    async with Watched(session, clock) as watched:
        await watched.is_in(StreamPhase.LIVE)
        assert (watched.names, watched.health.malformed) == ([], 3)
        watch.send(modified("a", 6), event("DELETED", bad["b"]))
        await watched.shows("a")
        assert watched.health.malformed == 1
        watch.send(event("MODIFIED", bad["a"]))
        await until(lambda: watched.health.malformed == 2)
        assert watched.names == ["a"], "the last that is known of it"
        watch.send(event("DELETED", bad["a"]))
        await watched.shows()
        assert watched.health.malformed == 1
        server.then(listed("c"))
        session.streaming_lists = True
        watch.send(EXPIRED)
        await watched.shows("c")
        assert watched.health.malformed == 0


async def test_nulls_and_unknown_fields_are_no_harm(server: Server, session: Session, clock: ManualClock) -> None:
    strange = obj("a", future={"x": 1}) | {
        "spec": {"replicas": 3, "serviceName": None, "template": None},
        "status": None,
    }
    server.then(Stream(event("ADDED", strange), bookmark(5, end=True)))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        found = watched.objects["a"]
        assert isinstance(found, StatefulSet)
        assert (found.spec.replicas, found.spec.service_name, watched.health.malformed) == (3, "", 0)


async def test_events_of_an_unknown_type_are_skipped(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(Stream(bookmark(5, end=True), event("RENAMED", {}), b"not JSON\n\n", added("a", 6)))
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        assert watched.health.malformed == 1


async def test_events_may_come_twice(server: Server, session: Session, clock: ManualClock) -> None:
    twice = [added("a", 6), modified("a", 7), deleted("b", 8)]
    server.then(Stream(added("a"), added("b"), bookmark(5, end=True), *twice, *twice, added("c", 9)))
    async with Watched(session, clock) as watched:
        await watched.shows("a", "c")


async def test_a_frame_of_five_megabytes(server: Server, session: Session, clock: ManualClock) -> None:
    big = added("big", 6)
    big["object"]["metadata"]["annotations"] = {"note": "x" * 5_000_000}
    server.then(Stream(bookmark(5, end=True), big, added("small", 7)))
    async with Watched(session, clock) as watched:
        await watched.shows("big", "small")
        seen = watched.objects["big"]
        assert isinstance(seen, StatefulSet)
        assert len(seen.metadata.annotations["note"]) == 5_000_000


async def test_reconnecting_cuts_every_wait_short(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a")
    server.then(
        first, answer(page()), Stream(added("b", 6)), refuse(403), refuse(403), answer(page()), Stream(added("c", 7))
    )
    async with Watched(session, clock) as watched:
        await watched.shows("a")
        watched.reflector.reconnect()
        await watched.shows("a", "b")
        await until(first.closed.is_set)
        watched.reflector.reconnect()
        await watched.waits()
        watched.reflector.reconnect()
        await watched.waits()
        watched.reflector.reconnect()
        await watched.shows("a", "b", "c")
        assert clock.monotonic() == 0


async def test_a_listener_that_fails_does_not_end_it(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(Stream(bookmark(5, end=True), added("a", 6)), listed("a"))
    batches: list[Batch] = []

    def apply(batch: Batch) -> None:
        batches.append(batch)
        if len(batches) == 2:
            raise ValueError("a mistake of the listener")

    problems: list[str] = []
    reflector = Reflector(
        session,
        STATEFULSETS,
        "",
        on_batch=apply,
        on_health=lambda health: problems.append(health.problem),
        clock=clock,
        random=Random(1),
    )
    task = asyncio.create_task(reflector.run())
    await until(lambda: clock.next_deadline is not None)
    assert problems[-1] == "internal error: ValueError while reading statefulsets"
    await clock.advance(1)
    await until(lambda: len(batches) == 3)
    assert batches[2].replace, "what the listener missed is told again"
    task.cancel()
    await asyncio.wait((task,))


async def test_a_listener_of_health_that_fails_does_not_end_it(
    server: Server, session: Session, clock: ManualClock
) -> None:
    server.then(listed("a"))
    batches: list[Batch] = []

    def complain(_: object) -> None:
        raise ValueError("a mistake of the listener")

    reflector = Reflector(session, STATEFULSETS, "", batches.append, complain, clock, random=Random(1))
    task = asyncio.create_task(reflector.run())
    await until(lambda: batches)
    task.cancel()
    await asyncio.wait((task,))


async def test_nothing_is_left_behind(server: Server, clock: ManualClock) -> None:
    before = asyncio.all_tasks()
    session = Session(config_for(server.url), clock)
    server.then(listed("a"), refuse(500))
    async with Watched(session, clock) as one, Watched(session, clock) as other:
        await until(lambda: one.health.synced or other.health.synced)
        await until(lambda: StreamPhase.WAITING in (one.health.phase, other.health.phase))
    await session.close()
    await until(
        lambda: all(
            "Server._handle" in repr(task) or "RequestHandler" in repr(task) for task in asyncio.all_tasks() - before
        )
    )
