"""Reflectors with faults, one by one: the reported health, and that the data is correct again afterwards."""

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
from tests.support.cluster.server import Handler, Server, Stream, answer, close_without_answer, refuse, status, until

HALF_OPEN = ReflectorSettings(watch_silence_seconds=0.05)


def listed(*names: str, version: int = 5) -> Stream:
    """A streaming list of these objects that continues as a watch."""
    return Stream(*[added(name) for name in names], bookmark(version, end=True))


EXPIRED = event("ERROR", status(410, "Expired", "too old resource version: 1 (781)"))

LAGS = refuse(504, "Timeout", "Too large resource version: 5, current: 3")
"""The answer of a server whose history ends before the requested version."""


async def test_connection_refused_at_the_start(server: Server, session: Session, clock: ManualClock) -> None:
    await server.stop()
    async with ReflectorRecorder(session, clock) as recorder:
        delays = []
        for _ in range(9):
            delays.append(await recorder.waits())
            assert recorder.health.phase is StreamPhase.WAITING
            assert "connection refused" in recorder.health.problem
            assert not recorder.health.synced
            await recorder.wait_out()
        for delay, unjittered in zip(delays, [0.5, 1, 2, 4, 8, 16, 30, 30, 30], strict=True):
            assert unjittered * 0.5 <= delay <= unjittered * 1.5
        await server.start()
        server.then(listed("a"))
        await recorder.wait_out()
        await recorder.shows("a")
        assert recorder.health.problem == ""


async def test_connection_refused_while_watching(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(listed("a"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        await server.stop()
        await recorder.wait_out()
        health = await recorder.is_in(StreamPhase.WAITING)
        assert health.disconnected_at == 0
        assert recorder.names == ["a"]
        await server.start()
        server.then(answer(page()), Stream(added("b", 6)))
        await recorder.wait_out()
        await recorder.shows("a", "b")
        assert server.seen[1].query == {"limit": "1", "resourceVersion": "5", "resourceVersionMatch": "NotOlderThan"}
        assert server.seen[2].query["resourceVersion"] == "5"


async def test_a_successful_request_elsewhere_ends_a_long_wait(
    server: Server, session: Session, clock: ManualClock
) -> None:
    await server.stop()
    async with ReflectorRecorder(session, clock) as recorder:
        for _ in range(8):
            await recorder.wait_out()
        assert await recorder.waits() > 10
        await server.start()
        server.then(answer({}), listed("a"))
        await session.ping()
        await clock.advance(1)
        await recorder.shows("a")
        assert clock.next_deadline is None


async def test_a_server_restored_from_a_backup_is_listed_again(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first = listed("a", "lost-with-the-backup")
    server.then(first, LAGS, listed("a", version=3))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a", "lost-with-the-backup")
        first.cut()
        await recorder.wait_out()
        await recorder.shows("a")


@pytest.mark.parametrize("tail", [b'{"type":"DELE', b'{"type":"DELETED","object":{"metadata":{"name":"a"}}}'])
@pytest.mark.parametrize("clean", [True, False])
async def test_a_connection_cut_within_an_event_resumes(
    server: Server, session: Session, clock: ManualClock, tail: bytes, clean: bool
) -> None:
    first = listed("a")
    server.then(first, answer(page()), Stream(deleted("a", 6), added("b", 7)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        await clock.advance(1)
        first.send(tail)
        await until(lambda: recorder.health.last_event_at == 1)
        first.end() if clean else first.cut()
        await recorder.wait_out()
        await recorder.shows("b")
        assert recorder.health.malformed == 0
        assert "limit" in server.seen[1].query, "an end within a frame is no end in good order"


async def test_a_half_open_watch_resumes(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(listed("a"), answer(page()), Stream(added("b", 6)))
    async with ReflectorRecorder(session, clock, settings=HALF_OPEN) as recorder:
        await recorder.is_in(StreamPhase.WAITING)
        assert "stopped answering" in recorder.health.problem
        await recorder.wait_out()
        await until(lambda: recorder.names == ["a", "b"])
        assert server.seen[2].query["resourceVersion"] == "5"


async def test_a_kind_without_bookmarks_may_be_silent_for_the_whole_watch(
    server: Server, session: Session, clock: ManualClock
) -> None:
    server.then(listed("a"), listed("b"))
    async with ReflectorRecorder(session, clock, EVENTS, settings=HALF_OPEN) as events:
        await events.shows("a")
        async with ReflectorRecorder(session, clock, settings=HALF_OPEN) as sets:
            await sets.is_in(StreamPhase.WAITING)
        assert events.health.phase is StreamPhase.LIVE
    server.then(listed("c"))
    async with ReflectorRecorder(
        session, clock, EVENTS, settings=ReflectorSettings(unmarked_silence_seconds=0.05)
    ) as events:
        await events.is_in(StreamPhase.WAITING)
        assert "stopped answering" in events.health.problem


async def test_a_watch_without_any_event_is_listed_again(server: Server, session: Session, clock: ManualClock) -> None:
    """A watch from a version that the server has not reached is accepted and stays silent."""
    first = listed("a")
    server.then(first, Stream(), listed("b"))
    async with ReflectorRecorder(session, clock, settings=HALF_OPEN) as recorder:
        await recorder.shows("a")
        first.end()
        await recorder.is_in(StreamPhase.WAITING)
        await recorder.wait_out()
        await until(lambda: recorder.names == ["b"])


async def test_a_request_without_an_answer_times_out(server: Server, session: Session, clock: ManualClock) -> None:
    async def silent(_: Any) -> Any:
        await asyncio.Event().wait()

    server.then(answer({}), silent, listed("a"))
    await session.ping()
    async with ReflectorRecorder(session, clock, settings=ReflectorSettings(answer_seconds=0.25)) as recorder:
        await recorder.waits()
        assert "does not answer" in recorder.health.problem
        await recorder.wait_out()
        await recorder.shows("a")


@pytest.mark.parametrize(
    "gone", [Stream(EXPIRED), refuse(410, "Expired", "too old")], ids=["in the stream", "over HTTP"]
)
async def test_an_expired_version_causes_a_new_list_at_once(
    server: Server, session: Session, clock: ManualClock, gone: Handler
) -> None:
    first, relist = listed("a", "b"), Stream(added("b"))
    server.then(first, gone, relist)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a", "b")
        await clock.advance(60)
        first.end()
        await recorder.wait_out()
        await server.received(3)
        assert "sendInitialEvents" in server.seen[2].query
        assert recorder.names == ["a", "b"], "the old rows are kept until the new list is whole"
        assert recorder.health.disconnected_at == 60
        relist.send(added("c"), bookmark(900, end=True))
        await recorder.shows("b", "c")
        assert [batch.replace for batch in recorder.batches] == [True, True]


async def test_changes_before_an_expiry_are_not_lost(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(Stream(added("a"), bookmark(5, end=True), added("b", 6), EXPIRED), Stream())
    async with ReflectorRecorder(session, clock) as recorder:
        await until(lambda: recorder.names == ["a", "b"])
        await server.received(2)


async def test_repeated_expiries_are_backed_off(server: Server, session: Session, clock: ManualClock) -> None:
    for _ in range(6):
        server.then(Stream(added("a"), bookmark(5, end=True), EXPIRED))
    server.then(listed("a"))
    async with ReflectorRecorder(session, clock) as recorder:
        delays = [await recorder.wait_out() for _ in range(5)]
        assert delays[4] > 4 * delays[0]
        await recorder.shows("a")


async def test_watches_that_end_at_once_are_backed_off(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(*[answer(b"") for _ in range(20)])
    first = listed("a")
    server.script.appendleft(first)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.end()
        await recorder.waits()
        assert len(server.seen) == 2, "one resume at once, and no second"
        assert recorder.health.problem == "the server ends each watch at once"
        delays = [await recorder.wait_out() for _ in range(4)]
        assert delays[3] > delays[0]


async def test_a_healthy_stream_resets_the_back_off(server: Server, session: Session, clock: ManualClock) -> None:
    streams = [listed("a"), Stream(), Stream()]
    server.then(*streams)
    async with ReflectorRecorder(session, clock) as recorder:
        for number, stream in enumerate(streams, start=1):
            await server.received(number)
            await recorder.shows("a")
            await clock.advance(10)
            stream.end()
        await server.received(4)
        assert StreamPhase.WAITING not in {health.phase for health in recorder.healths}


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (answer("<html>Log in</html>", headers={"Content-Type": "text/html"}), "not a Kubernetes API"),
        (answer("<html>Bad Gateway", 502, {"Content-Type": "text/html"}), "502"),
        (refuse(500, "InternalError", "etcd is sad"), "etcd is sad"),
        (refuse(503, "ServiceUnavailable", "starting"), "starting"),
        (close_without_answer, "without answering"),
        (Stream(event("ERROR", status(500, message="decoder broke"))), "decoder broke"),
        (Stream(event("ERROR", "nonsense")), "unreadable error"),
    ],
)
async def test_a_failure_is_reported_and_retried(
    server: Server, session: Session, clock: ManualClock, fault: Handler, problem: str
) -> None:
    first = listed("a")
    # The HTTP library repeats a request whose connection is closed without an answer.
    faults = [fault, fault] if fault is close_without_answer else [fault]
    server.then(first, *faults, answer(page()), Stream(added("b", 6)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.end()
        health = await recorder.is_in(StreamPhase.WAITING)
        assert problem in health.problem
        assert health.problem.isprintable()
        assert recorder.names == ["a"]
        if problem == "not a Kubernetes API":
            # Not a failure of the cluster: its history need not be checked.
            server.script.popleft()
        await recorder.wait_out()
        await recorder.shows("a", "b")


async def test_a_minute_of_500_leads_to_a_new_list(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a")
    server.then(first, *[refuse(500) for _ in range(6)], listed("b"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.cut()
        while recorder.names != ["b"]:
            await recorder.wait_out()
            await until(lambda: recorder.health.phase in (StreamPhase.WAITING, StreamPhase.LIVE))
        await recorder.shows("b")


@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after_is_honoured(server: Server, session: Session, clock: ManualClock, code: int) -> None:
    server.then(refuse(code, headers={"Retry-After": "17"}), listed("a"))
    async with ReflectorRecorder(session, clock) as recorder:
        assert await recorder.wait_out() == 17
        await recorder.shows("a")


async def test_a_renewed_token_is_used(server: Server, clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    session = Session(config_for(server.url, credentials=Credentials(token_file=file)), clock)
    first = listed("a")
    server.then(first, refuse(401, "Unauthorized"), Stream(added("b", 6)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.end()
        health = await recorder.is_in(StreamPhase.WAITING)
        assert "log in again" in health.problem
        assert recorder.names == ["a"]
        file.write_text("renewed")
        await recorder.wait_out()
        await recorder.shows("a", "b")
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
async def test_a_forbidden_or_absent_kind_is_retried_once_a_minute(
    server: Server, session: Session, clock: ManualClock, refusal: Handler, phase: StreamPhase, said: str
) -> None:
    # A user without watch permission may be allowed to list, so an attempt is two requests.
    requests = 2 if phase is StreamPhase.FORBIDDEN else 1
    server.then(*[refusal] * 4 * requests, listed("a"))
    async with ReflectorRecorder(session, clock, namespace="data") as recorder:
        health = await recorder.is_in(phase)
        assert (health.problem, health.synced) == (said, False)
        seen = len(recorder.healths)
        delays = []
        for retry in range(2, 5):
            delays.append(await recorder.wait_out())
            await server.received(retry * requests)
            await recorder.waits()
        assert {health.phase for health in recorder.healths[seen:]} == {phase}, "a quiet retry does not flicker"
        delays.append(await recorder.wait_out())
        assert all(30 <= delay <= 90 for delay in delays[2:])
        await recorder.shows("a")
        assert recorder.health.problem == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (STATEFULSETS, "you may not list and watch statefulsets in all namespaces"),
        (NODES, "you may not list and watch nodes in this cluster"),
    ],
)
async def test_the_problem_names_where_a_kind_is_forbidden(
    server: Server, session: Session, clock: ManualClock, kind: Kind, said: str
) -> None:
    server.then(*[refuse(403, "Forbidden", "no")] * 2)
    async with ReflectorRecorder(session, clock, kind=kind) as recorder:
        assert (await recorder.is_in(StreamPhase.FORBIDDEN)).problem == said


async def test_revoked_permissions_are_believed_after_three_denials(
    server: Server, session: Session, clock: ManualClock
) -> None:
    first = listed("a")
    server.then(first, *[refuse(403, "Forbidden", "no more")] * 6, listed("b"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.end()
        for _ in range(2):
            await recorder.waits()
            assert (recorder.health.phase, recorder.health.problem) == (StreamPhase.WAITING, "no more")
            await recorder.wait_out()
        health = await recorder.is_in(StreamPhase.FORBIDDEN)
        assert (health.synced, health.disconnected_at) == (False, None), "there is no picture that could get old"
        await recorder.wait_out()
        await recorder.shows("b")


async def test_a_kind_that_may_be_listed_but_not_watched_is_polled(
    server: Server, session: Session, clock: ManualClock
) -> None:
    no = refuse(403, "Forbidden", "no watch")
    server.then(no, answer(page(obj("a"))), no, answer(page(obj("a"), obj("b"), version=11)))
    async with ReflectorRecorder(session, clock, namespace="data") as recorder:
        health = await recorder.is_in(StreamPhase.POLLED)
        assert (recorder.names, health.synced, health.disconnected_at) == (["a"], True, None)
        assert health.problem == "you may not watch statefulsets in namespace data"
        seen = len(recorder.healths)
        assert 27 <= await recorder.wait_out() <= 33
        await until(lambda: recorder.names == ["a", "b"])
        await recorder.waits()
        assert {health.phase for health in recorder.healths[seen:]} == {StreamPhase.POLLED}, "a poll does not flicker"

        server.then(refuse(500), no, no)
        await recorder.wait_out()
        health = await recorder.is_in(StreamPhase.WAITING)
        assert (recorder.names, health.disconnected_at) == (["a", "b"], clock.monotonic())
        server.script.clear()
        server.then(answer(page()), no, answer(page(obj("b"), version=12)))
        await recorder.wait_out()
        await until(lambda: recorder.names == ["b"])
        await recorder.is_in(StreamPhase.POLLED)

        server.then(Stream(added("c", 13)))
        await recorder.wait_out()
        await recorder.shows("b", "c")
        assert server.seen[-1].query["resourceVersion"] == "12", "the watch starts at the last list"
        assert recorder.health.problem == ""


async def test_each_poll_of_a_server_without_streaming_lists_is_one_list(
    server: Server, session: Session, clock: ManualClock
) -> None:
    session.streaming_lists = False
    no = refuse(403, "Forbidden", "no watch")
    server.then(answer(page(obj("a"))), no, no, answer(page(obj("b"))))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.is_in(StreamPhase.POLLED)
        assert len(server.seen) == 2
        await recorder.wait_out()
        await until(lambda: recorder.names == ["b"])
        assert ["limit" in seen.query for seen in server.seen] == [True, False, False, True]


async def test_a_rejected_resource_version_is_dropped(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a")
    server.then(first, refuse(400, "BadRequest", "resourceVersion: Invalid value"), listed("b"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        first.end()
        await recorder.wait_out()
        await recorder.shows("b")


MALFORMED = [
    {"metadata": "no object"},
    {"metadata": {"name": "broken", "labels": "none"}},
    {"metadata": {"name": "broken"}, "spec": {"replicas": "three"}},
    {"metadata": {}},
    [],
    7,
]


@pytest.mark.parametrize(("broken", "count"), zip(MALFORMED, [2, 1, 1, 2, 2, 2], strict=True))
async def test_a_malformed_object_is_skipped_in_lists_and_watches(
    server: Server, session: Session, clock: ManualClock, broken: Any, count: int
) -> None:
    stream = Stream(added("a"), event("ADDED", broken), added("b"), bookmark(5, end=True))
    server.then(stream)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a", "b")
        assert recorder.health.malformed == 1
        stream.send(added("c", 6), event("MODIFIED", broken), added("d", 7))
        await recorder.shows("a", "b", "c", "d")
        assert recorder.health.malformed == count, "the same one is counted once, as long as its name can be read"
    session.streaming_lists = False
    server.then(answer(page(obj("a"), broken, obj("b"))))
    async with ReflectorRecorder(session, clock) as recorder:
        await until(lambda: recorder.names == ["a", "b"])
        assert recorder.health.malformed == 1


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_malformed_object_counts_until_it_is_decoded_or_deleted(
    server: Server, session: Session, clock: ManualClock, streaming: bool
) -> None:
    session.streaming_lists = streaming
    bad = {name: obj(name, spec={"replicas": "three"}) for name in "abc"}
    watch = Stream(*([event("ADDED", one) for one in bad.values()] + [bookmark(5, end=True)] if streaming else []))
    server.then(*([] if streaming else [answer(page(*bad.values()))]), watch)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.is_in(StreamPhase.LIVE)
        assert (recorder.names, recorder.health.malformed) == ([], 3)
        watch.send(modified("a", 6), event("DELETED", bad["b"]))
        await recorder.shows("a")
        assert recorder.health.malformed == 1
        watch.send(event("MODIFIED", bad["a"]))
        await until(lambda: recorder.health.malformed == 2)
        assert recorder.names == ["a"], "the last that is known of it"
        watch.send(event("DELETED", bad["a"]))
        await recorder.shows()
        assert recorder.health.malformed == 1
        server.then(listed("c"))
        session.streaming_lists = True
        watch.send(EXPIRED)
        await recorder.shows("c")
        assert recorder.health.malformed == 0


async def test_nulls_and_unknown_fields_are_ignored(server: Server, session: Session, clock: ManualClock) -> None:
    strange = obj("a", future={"x": 1}) | {
        "spec": {"replicas": 3, "serviceName": None, "template": None},
        "status": None,
    }
    server.then(Stream(event("ADDED", strange), bookmark(5, end=True)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        found = recorder.objects["a"]
        assert isinstance(found, StatefulSet)
        assert (found.spec.replicas, found.spec.service_name, recorder.health.malformed) == (3, "", 0)


async def test_events_of_an_unknown_type_are_skipped(server: Server, session: Session, clock: ManualClock) -> None:
    server.then(Stream(bookmark(5, end=True), event("RENAMED", {}), b"not JSON\n\n", added("a", 6)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        assert recorder.health.malformed == 1


async def test_repeated_events_are_harmless(server: Server, session: Session, clock: ManualClock) -> None:
    twice = [added("a", 6), modified("a", 7), deleted("b", 8)]
    server.then(Stream(added("a"), added("b"), bookmark(5, end=True), *twice, *twice, added("c", 9)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a", "c")


async def test_an_event_of_five_megabytes(server: Server, session: Session, clock: ManualClock) -> None:
    big = added("big", 6)
    big["object"]["metadata"]["annotations"] = {"note": "x" * 5_000_000}
    server.then(Stream(bookmark(5, end=True), big, added("small", 7)))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("big", "small")
        seen = recorder.objects["big"]
        assert isinstance(seen, StatefulSet)
        assert len(seen.metadata.annotations["note"]) == 5_000_000


async def test_reconnect_ends_every_wait(server: Server, session: Session, clock: ManualClock) -> None:
    first = listed("a")
    server.then(
        first, answer(page()), Stream(added("b", 6)), refuse(403), refuse(403), answer(page()), Stream(added("c", 7))
    )
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        recorder.reflector.reconnect()
        await recorder.shows("a", "b")
        await until(first.closed.is_set)
        recorder.reflector.reconnect()
        await recorder.waits()
        recorder.reflector.reconnect()
        await recorder.waits()
        recorder.reflector.reconnect()
        await recorder.shows("a", "b", "c")
        assert clock.monotonic() == 0


async def test_a_failing_batch_listener_does_not_end_the_reflector(
    server: Server, session: Session, clock: ManualClock
) -> None:
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
    assert batches[2].replace, "what the listener missed is delivered again"
    task.cancel()
    await asyncio.wait((task,))


async def test_a_failing_health_listener_does_not_end_the_reflector(
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
    async with ReflectorRecorder(session, clock) as one, ReflectorRecorder(session, clock) as other:
        await until(lambda: one.health.synced or other.health.synced)
        await until(lambda: StreamPhase.WAITING in (one.health.phase, other.health.phase))
    await session.close()
    await until(
        lambda: all(
            "Server._handle" in repr(task) or "RequestHandler" in repr(task) for task in asyncio.all_tasks() - before
        )
    )
