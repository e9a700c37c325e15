"""The reflectors of one session: started in order, a few lists at a time, stopped and retried one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest

from stsview.clock import ManualClock
from stsview.cluster.http.session import Session
from stsview.live.streams import FIRST_LISTS, Streams
from stsview.objects.kinds import CLAIMS, NODES, PODS, STATEFULSETS, WATCHED
from stsview.objects.stream_messages import Batch, StreamHealth, StreamPhase
from tests.cluster.conftest import config_for
from tests.support.cluster.reflector_recorder import added, bookmark
from tests.support.cluster.server import Server, Stream, refuse, until


class StreamsRecorder:
    """Streams under test, with what they delivered."""

    def __init__(self, session: Session, clock: ManualClock) -> None:
        self.batches: list[Batch] = []
        self.healths: list[StreamHealth] = []
        self.streams = Streams(session, clock, Random(1), self.batches.append, self.healths.append)

    def phase(self, kind: str, namespace: str = "") -> StreamPhase:
        found = {(one.kind.name, one.namespace): one.phase for one in self.streams.health}
        return found[kind, namespace]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


@pytest.fixture
async def recorder(server: Server) -> AsyncIterator[StreamsRecorder]:
    clock = ManualClock()
    session = Session(config_for(server.url), clock)
    recorder = StreamsRecorder(session, clock)
    yield recorder
    await recorder.streams.stop()
    await session.close()


async def test_first_lists_are_few_at_a_time_and_in_order(server: Server, recorder: StreamsRecorder) -> None:
    wanted = [(kind, f"ns-{number}") for kind in (STATEFULSETS, PODS, CLAIMS) for number in range(FIRST_LISTS)]
    lists = [Stream() for _ in wanted]
    server.then(*lists)
    recorder.streams.reconcile(wanted)
    for begun, finished in enumerate(lists, start=FIRST_LISTS):
        begun = min(begun, len(wanted))
        await server.received(begun)
        seen = [request.path for request in server.seen]
        assert len(seen) == begun
        # Requests that start together may arrive in any order.
        assert set(seen) == {kind.path(namespace) for kind, namespace in wanted[:begun]}
        finished.send(bookmark(5, end=True))
    await until(lambda: all(one.phase is StreamPhase.LIVE for one in recorder.streams.health))


def test_every_kind_can_begin_at_once() -> None:
    assert len(WATCHED) <= FIRST_LISTS


async def test_a_forbidden_or_failing_list_releases_its_slot(server: Server, recorder: StreamsRecorder) -> None:
    server.then(*[refuse(403, "Forbidden", "no")] * 4 * FIRST_LISTS)
    recorder.streams.reconcile([(PODS, f"ns-{number}") for number in range(3 * FIRST_LISTS)])
    await until(lambda: {seen.path for seen in server.seen} >= {PODS.path(f"ns-{n}") for n in range(3 * FIRST_LISTS)})


async def test_only_desired_streams_run(server: Server, recorder: StreamsRecorder) -> None:
    pods, claims = Stream(added("a"), bookmark(5, end=True)), Stream(bookmark(5, end=True))
    server.then(pods, claims)
    assert recorder.streams.reconcile([(PODS, "data"), (CLAIMS, "data")]) == []
    await until(lambda: [one.phase for one in recorder.streams.health] == [StreamPhase.LIVE] * 2)
    seen = len(recorder.healths)
    assert recorder.streams.reconcile([(CLAIMS, "data"), (NODES, "")]) == [(PODS, "data")]
    await until(pods.closed.is_set)
    await server.received(3)
    assert [(one.kind, one.namespace) for one in recorder.streams.health] == [(CLAIMS, "data"), (NODES, "")]
    assert PODS not in {one.kind for one in recorder.healths[seen:]}, "nothing is reported of what has been ended"
    assert not claims.closed.is_set()
    await recorder.streams.stop()
    await until(claims.closed.is_set)
    assert recorder.streams.health == ()


async def test_a_retry_does_not_interrupt_connected_streams(server: Server, recorder: StreamsRecorder) -> None:
    sets = Stream(added("a"), bookmark(5, end=True))
    server.then(sets)
    recorder.streams.reconcile([(STATEFULSETS, "")])
    await until(lambda: recorder.phase("StatefulSet") is StreamPhase.LIVE)
    server.then(refuse(500))
    recorder.streams.reconcile([(STATEFULSETS, ""), (NODES, "")])
    await until(lambda: recorder.phase("Node") is StreamPhase.WAITING)
    server.then(Stream(bookmark(5, end=True)))
    recorder.streams.retry()
    await until(lambda: recorder.phase("Node") is StreamPhase.LIVE)
    assert not sets.closed.is_set()
    recorder.streams.reconnect()
    await until(sets.closed.is_set)
