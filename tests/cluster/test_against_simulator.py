"""Reflectors against the simulated API server: after any fault, the data equals a fresh list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stsview.clock import ManualClock
from stsview.cluster.config import Credentials
from stsview.cluster.errors import NotFound
from stsview.cluster.http.session import Session
from stsview.cluster.watch.list_pager import list_all
from stsview.objects.kinds import CLAIMS, REVISIONS, STATEFULSETS, Kind
from stsview.objects.statefulset import ControllerRevision, StatefulSet
from stsview.objects.stream_messages import StreamPhase
from stsview.simulator.apiserver import resources
from stsview.simulator.apiserver.faults.faults import Refusal
from stsview.simulator.apiserver.server import ApiServer
from stsview.simulator.apiserver.storage.storage import Storage
from tests.cluster.conftest import config_for
from tests.support.cluster.plugins import Plugin, credential
from tests.support.cluster.reflector_recorder import ReflectorRecorder
from tests.support.cluster.server import until


def stateful_set(name: str, replicas: int = 1) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "web:1"}]}}
    return {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def scale(storage: Storage, name: str, replicas: int) -> None:
    storage.modify(resources.STATEFUL_SETS, "default", name, lambda obj: obj["spec"].update(replicas=replicas))


@pytest.fixture
def storage(clock: ManualClock) -> Storage:
    return Storage(clock, seed=7)


@pytest.fixture
async def api(storage: Storage, clock: ManualClock) -> AsyncIterator[ApiServer]:
    served = ApiServer(storage, clock, token="secret")
    await served.start()
    yield served
    await served.stop()


@pytest.fixture
async def session(api: ApiServer, clock: ManualClock) -> AsyncIterator[Session]:
    session = Session(config_for(api.url, credentials=Credentials(token="secret")), clock)
    yield session
    await session.close()


async def fresh(session: Session, kind: Kind = STATEFULSETS) -> dict[str, object]:
    listing = await list_all(session, kind, "", lambda *_: None)
    return {found.metadata.name: found for found in listing.objects}


async def catches_up(recorder: ReflectorRecorder, condition: Callable[[], bool]) -> None:
    """Let time pass while the reflector waits, until the data matches and the stream is live."""

    def live() -> bool:
        return condition() and recorder.health.phase is StreamPhase.LIVE

    while not live():
        await until(lambda: live() or recorder.health.retry_at is not None)
        if recorder.health.retry_at is not None:
            await recorder.clock.advance(max(0.0, recorder.health.retry_at - recorder.clock.monotonic()))


async def test_a_watch_continues_while_tokens_change_and_resumes_with_the_new_one(
    api: ApiServer, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    plugin = Plugin(tmp_path)
    plugin.says(credential("secret"))
    session = Session(config_for(api.url, credentials=plugin.credentials()), clock)
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows()
        api.users["admin"].token = "renewed"
        storage.create(resources.STATEFUL_SETS, stateful_set("a"))
        await recorder.shows("a")
        plugin.says(credential("renewed"))
        recorder.reflector.reconnect()
        storage.create(resources.STATEFUL_SETS, stateful_set("b"))
        await recorder.shows("a", "b")
        assert plugin.runs == 2
    await session.close()


async def test_a_lasting_401_keeps_the_data_and_is_retried(
    api: ApiServer, storage: Storage, clock: ManualClock, tmp_path: Path
) -> None:
    plugin = Plugin(tmp_path)
    plugin.says(credential("secret"))
    session = Session(config_for(api.url, credentials=plugin.credentials()), clock)
    storage.create(resources.STATEFUL_SETS, stateful_set("a"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        api.faults.refusals.append(Refusal(401))
        recorder.reflector.reconnect()
        for _ in range(12):
            await recorder.wait_out()
        assert "rejects the credentials of user 'me' (401); log in again" in recorder.health.problem
        assert recorder.names == ["a"]
        assert recorder.health.synced
        assert 2 <= plugin.runs <= 8
        api.faults.refusals.clear()
        await catches_up(recorder, lambda: recorder.health.phase is StreamPhase.LIVE)
        await recorder.shows("a")
    await session.close()


@pytest.mark.parametrize("streaming", [True, False])
async def test_the_life_of_a_set(storage: Storage, session: Session, clock: ManualClock, streaming: bool) -> None:
    session.streaming_lists = streaming
    storage.create(resources.STATEFUL_SETS, stateful_set("a"))
    async with ReflectorRecorder(session, clock) as recorder:
        await recorder.shows("a")
        storage.create(resources.STATEFUL_SETS, stateful_set("b"))
        scale(storage, "a", 5)
        await recorder.shows("a", "b")
        storage.delete(resources.STATEFUL_SETS, "default", "b")
        await recorder.shows("a")
        found = recorder.objects["a"]
        assert isinstance(found, StatefulSet)
        assert found.spec.replicas == 5
        assert recorder.objects == await fresh(session)
        assert await session.get(STATEFULSETS, "default", "a") == found
        with pytest.raises(NotFound):
            await session.get(STATEFULSETS, "default", "b")
    assert session.streaming_lists is streaming


async def test_a_list_of_several_pages(storage: Storage, session: Session, clock: ManualClock) -> None:
    session.streaming_lists = False
    for number in range(1001):
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        storage.create(resources.CLAIMS, {"metadata": {"name": f"data-{number}", "namespace": "default"}, "spec": spec})
    async with ReflectorRecorder(session, clock, CLAIMS) as recorder:
        await until(lambda: recorder.health.phase is StreamPhase.LIVE)
        assert len(recorder.objects) == 1001
        assert [health.remaining for health in recorder.healths if health.remaining] == [501, 1]


async def test_revisions_are_read_as_metadata_only(storage: Storage, session: Session, clock: ManualClock) -> None:
    revision = {"metadata": {"name": "web-1", "namespace": "default"}, "revision": 1, "data": {"spec": {}}}
    storage.create(resources.CONTROLLER_REVISIONS, revision)
    async with ReflectorRecorder(session, clock, REVISIONS) as recorder:
        await recorder.shows("web-1")
        assert isinstance(recorder.objects["web-1"], ControllerRevision)
        body = await session.get_raw(
            REVISIONS.path("default"), accept="application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        )
        assert b'"revision"' not in body


async def test_the_version_namespaces_and_time(api: ApiServer, session: Session, clock: ManualClock) -> None:
    assert await session.ping() == "v1.36.2"
    assert "default" in await session.list_namespaces()
    assert session.server_now() == clock.now()


class Chaos:
    """Random changes of a cluster and faults of the connection, one at a time."""

    def __init__(self, storage: Storage, api: ApiServer, rng: Random) -> None:
        self._storage = storage
        self._api = api
        self._rng = rng
        self._down = False

    async def something(self) -> None:
        await self._rng.choice(
            [self._life, self._life, self._life, self._cut, self._down_or_up, self._expire, self._refuse]
        )()

    async def heal(self) -> None:
        self._api.faults.clear()
        if self._down:
            await self._down_or_up()

    async def _life(self) -> None:
        name = self._rng.choice("abcde")
        if self._storage.find(resources.STATEFUL_SETS, "default", name) is None:
            self._storage.create(resources.STATEFUL_SETS, stateful_set(name))
        elif self._rng.random() < 0.5:
            scale(self._storage, name, self._rng.randint(0, 9))
        else:
            self._storage.delete(resources.STATEFUL_SETS, "default", name)

    async def _cut(self) -> None:
        self._api.cut_connections()

    async def _down_or_up(self) -> None:
        await (self._api.listen_again() if self._down else self._api.stop_listening())
        self._down = not self._down

    async def _expire(self) -> None:
        self._api.expire_watches()

    async def _refuse(self) -> None:
        code = self._rng.choice([401, 403, 410, 429, 500, 503])
        self._api.faults.refusals.append(Refusal(code, times=self._rng.randint(1, 4)))


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_fault_the_data_equals_a_fresh_list(
    storage: Storage, api: ApiServer, session: Session, clock: ManualClock, seed: int
) -> None:
    rng = Random(seed)
    chaos = Chaos(storage, api, rng)
    session.streaming_lists = seed % 2 == 0
    async with ReflectorRecorder(session, clock) as recorder:
        for _ in range(40):
            await chaos.something()
            await clock.advance(rng.choice([0, 0.1, 1, 5]))
        await chaos.heal()
        last = f"last-{seed}"
        storage.create(resources.STATEFUL_SETS, stateful_set(last))
        await catches_up(recorder, lambda: last in recorder.objects)
        assert recorder.objects == await fresh(session)
        assert recorder.health.problem == ""
