"""What must be the same of a set before and after it is recreated, and processes that end at a chosen request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from stsview.actions.intents import Intent, Recreate, ResumeRecreate
from stsview.actions.operations.recreate.journal import unfinished
from stsview.actions.operations.recreate.resuming import intent_to_resume
from stsview.actions.run import Run
from stsview.cluster.http.write_gate import Message
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import CLAIMS, CONTROLLER_REVISIONS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import SimulatedCluster
from tests.actions.conftest import ActionHarness

ZOOKEEPER = Key("default", "zookeeper")

SERVICE = "serviceName=zk-new"


class Belongings(NamedTuple):
    """The pods, revisions and claims of a namespace, with their uids."""

    pods: dict[str, tuple[str, int]]
    """By name: uid and restarts."""
    revisions: dict[str, str]
    claims: dict[str, str]


def belongings(cluster: SimulatedCluster, namespace: str = "default") -> Belongings:
    def restarts(pod: Object) -> int:
        return sum(one.get("restartCount", 0) for one in pod["status"].get("containerStatuses") or ())

    def uids(objects: list[Object]) -> dict[str, str]:
        return {one["metadata"]["name"]: one["metadata"]["uid"] for one in objects}

    pods = {
        one["metadata"]["name"]: (one["metadata"]["uid"], restarts(one))
        for one in cluster.storage.list(PODS, namespace)
    }
    return Belongings(
        pods,
        uids(cluster.storage.list(CONTROLLER_REVISIONS, namespace)),
        uids(cluster.storage.list(CLAIMS, namespace)),
    )


def stateful_set(cluster: SimulatedCluster, key: Key = ZOOKEEPER) -> Object | None:
    found: Object | None = cluster.storage.find(STATEFUL_SETS, key.namespace, key.name)
    return found


def owners(cluster: SimulatedCluster, namespace: str = "default") -> set[str]:
    """The uids that own the pods and revisions of a namespace; empty for none."""
    objects = [*cluster.storage.list(PODS, namespace), *cluster.storage.list(CONTROLLER_REVISIONS, namespace)]
    return {
        next((one["uid"] for one in found["metadata"].get("ownerReferences") or () if one.get("controller")), "")
        for found in objects
    }


def assert_owns_what_it_had(cluster: SimulatedCluster, before: Belongings, key: Key = ZOOKEEPER) -> None:
    """The set owns exactly the pods, revisions and claims of before, none of them restarted."""
    found = stateful_set(cluster, key)
    assert found is not None
    assert belongings(cluster, key.namespace) == before
    assert owners(cluster, key.namespace) == {found["metadata"]["uid"]}


def recreate(harness: ActionHarness, *changes: str, override: str = "") -> Recreate:
    return Recreate(ZOOKEEPER, harness.view().uid, override=override, changes=changes or (SERVICE,))


def resuming(harness: ActionHarness, key: Key = ZOOKEEPER, *, put_back: bool = False) -> Intent | None:
    """What `recreate --continue` asks for now; None where there is nothing to resume."""
    view = harness.live.snapshot.fleet.sets.get(key)
    uids = [row.uid for row in view.ordinals if row.uid is not None] if view is not None else []
    begun = unfinished(harness.log.path.parent, key, view.uid if view is not None else "", uids)
    if view is None:
        return ResumeRecreate(key, "", put_back=put_back)
    return intent_to_resume(view, begun, put_back=put_back)


class Death:
    """A process that ends at its n-th request: before it is sent, or with its answer."""

    def __init__(self, at: int, *, answered: bool) -> None:
        self._left = at
        self._answered = answered
        self.came = asyncio.Event()

    async def _pass(self, moment_is_answer: bool) -> None:
        if moment_is_answer is not self._answered:
            return
        if self._left == 0:
            self.came.set()
            await asyncio.Event().wait()
        self._left -= 1

    @asynccontextmanager
    async def over(self, harness: ActionHarness) -> AsyncIterator[None]:
        session = harness.live.session
        assert session is not None
        write, get_json = session.write, session.get_json

        async def writing(path: str, message: Message, **options: Any) -> bytes:
            await self._pass(moment_is_answer=False)
            answer = await write(path, message, **options)
            await self._pass(moment_is_answer=True)
            return answer

        async def reading(path: str, decoder: Any, **options: Any) -> Any:
            await self._pass(moment_is_answer=False)
            answer = await get_json(path, decoder, **options)
            await self._pass(moment_is_answer=True)
            return answer

        with patch.object(session, "write", writing), patch.object(session, "get_json", reading):
            yield


async def follow_until(run: Run, came: asyncio.Event) -> bool:
    """Follow a run until its process ends. Returns whether it did."""

    async def follow() -> None:
        async for _ in run.follow(None):
            pass

    following, death = asyncio.ensure_future(follow()), asyncio.ensure_future(came.wait())
    await asyncio.wait((following, death), return_when=asyncio.FIRST_COMPLETED)
    died = came.is_set()
    for task in (following, death):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return died


def on_write(harness: ActionHarness, method: str, do: Callable[[], None], *, after: bool = False) -> Any:
    """Do something once, before or after the first request of a method that is not a dry run."""
    session = harness.live.session
    assert session is not None
    write, done = session.write, False

    async def writing(path: str, message: Message, *, query: Any = ()) -> bytes:
        nonlocal done
        mine = message.method == method and not query and not done
        done = done or mine
        if mine and not after:
            do()
        answer = await write(path, message, query=query)
        if mine and after:
            do()
        return answer

    return patch.object(session, "write", writing)


def saved(harness: ActionHarness, folder: str) -> list[Path]:
    return sorted((harness.log.path.parent / folder).glob("*.json"))
