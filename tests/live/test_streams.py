"""The reflectors of one session, begun in order, a few lists at a time; ended and hurried one by one."""

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
from tests.support.cluster.server import Server, Stream, refuse, until
from tests.support.cluster.watching import added, bookmark


class Told:
    """What the streams told, and the streams."""

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
async def told(server: Server) -> AsyncIterator[Told]:
    clock = ManualClock()
    session = Session(config_for(server.url), clock)
    told = Told(session, clock)
    yield told
    await told.streams.stop()
    await session.close()


async def test_first_lists_are_few_at_a_time_and_in_order(server: Server, told: Told) -> None:
    wanted = [(kind, f"ns-{number}") for kind in (STATEFULSETS, PODS, CLAIMS) for number in range(FIRST_LISTS)]
    lists = [Stream() for _ in wanted]
    server.then(*lists)
    told.streams.reconcile(wanted)
    for begun, finished in enumerate(lists, start=FIRST_LISTS):
        begun = min(begun, len(wanted))
        await server.received(begun)
        seen = [request.path for request in server.seen]
        assert len(seen) == begun
        # Those that begin together may arrive in any order.
        assert set(seen) == {kind.path(namespace) for kind, namespace in wanted[:begun]}
        finished.send(bookmark(5, end=True))
    await until(lambda: all(one.phase is StreamPhase.LIVE for one in told.streams.health))


def test_every_kind_can_begin_at_once() -> None:
    assert len(WATCHED) <= FIRST_LISTS


async def test_what_is_refused_or_fails_makes_room_for_the_others(server: Server, told: Told) -> None:
    server.then(*[refuse(403, "Forbidden", "no")] * 4 * FIRST_LISTS)
    told.streams.reconcile([(PODS, f"ns-{number}") for number in range(3 * FIRST_LISTS)])
    await until(lambda: {seen.path for seen in server.seen} >= {PODS.path(f"ns-{n}") for n in range(3 * FIRST_LISTS)})


async def test_only_what_is_wanted_is_kept(server: Server, told: Told) -> None:
    pods, claims = Stream(added("a"), bookmark(5, end=True)), Stream(bookmark(5, end=True))
    server.then(pods, claims)
    assert told.streams.reconcile([(PODS, "data"), (CLAIMS, "data")]) == []
    await until(lambda: [one.phase for one in told.streams.health] == [StreamPhase.LIVE] * 2)
    seen = len(told.healths)
    assert told.streams.reconcile([(CLAIMS, "data"), (NODES, "")]) == [(PODS, "data")]
    await until(pods.closed.is_set)
    await server.received(3)
    assert [(one.kind, one.namespace) for one in told.streams.health] == [(CLAIMS, "data"), (NODES, "")]
    assert PODS not in {one.kind for one in told.healths[seen:]}, "nothing is told of what has been ended"
    assert not claims.closed.is_set()
    await told.streams.stop()
    await until(claims.closed.is_set)
    assert told.streams.health == ()


async def test_a_retry_leaves_alone_what_is_being_read(server: Server, told: Told) -> None:
    sets = Stream(added("a"), bookmark(5, end=True))
    server.then(sets)
    told.streams.reconcile([(STATEFULSETS, "")])
    await until(lambda: told.phase("StatefulSet") is StreamPhase.LIVE)
    server.then(refuse(500))
    told.streams.reconcile([(STATEFULSETS, ""), (NODES, "")])
    await until(lambda: told.phase("Node") is StreamPhase.WAITING)
    server.then(Stream(bookmark(5, end=True)))
    told.streams.retry()
    await until(lambda: told.phase("Node") is StreamPhase.LIVE)
    assert not sets.closed.is_set()
    told.streams.reconnect()
    await until(sets.closed.is_set)
