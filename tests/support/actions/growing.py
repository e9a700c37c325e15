"""Helpers of the tests of growing storage."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

from stsview.actions.intents import Grow
from stsview.actions.run import Run
from stsview.simulator.apiserver.resources import CLAIMS, PODS, STATEFUL_SETS, STORAGE_CLASSES
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.fault_annotations import PREFIX
from tests.actions.conftest import ActionHarness
from tests.support.actions.restarting import ZOOKEEPER, quietly

CLASS = "my-fast-storage"

NAMES = ("data-zookeeper-2", "data-zookeeper-1", "data-zookeeper-0")
"""In the order of a growth."""


def grow(harness: ActionHarness, size: str = "20Gi", **options: Any) -> Grow:
    return Grow(ZOOKEEPER, harness.view().uid, size, **options)


def driver(harness: ActionHarness, expansion: str, limit: str = "", claim: str = "") -> None:
    """How the driver expands volumes: all of them, or that of one claim."""
    annotations = {f"{PREFIX}expand": expansion, **({f"{PREFIX}expand-limit": limit} if limit else {})}

    def change(one: Object) -> None:
        one["metadata"].setdefault("annotations", {}).update(annotations)

    if claim:
        harness.cluster.edit(CLAIMS, "default", claim, change)
    else:
        harness.cluster.edit(STORAGE_CLASSES, "", CLASS, change)


def sizes(harness: ActionHarness) -> dict[str, tuple[str, str]]:
    """What each claim requests, and what it has."""
    return {
        one["metadata"]["name"]: (one["spec"]["resources"]["requests"]["storage"], one["status"]["capacity"]["storage"])
        for one in harness.cluster.storage.list(CLAIMS, "default")
    }


def set_of(harness: ActionHarness) -> Object:
    found: Object = harness.cluster.storage.get(STATEFUL_SETS, "default", "zookeeper")
    return found


def template_size(stateful: Object) -> str:
    size: str = stateful["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
    return size


def owned(harness: ActionHarness) -> dict[str, str]:
    """The uid of the owner of each pod."""
    pods = harness.cluster.storage.list(PODS, "default")
    return {one["metadata"]["name"]: one["metadata"]["ownerReferences"][0]["uid"] for one in pods}


def replace_claim(harness: ActionHarness, name: str) -> None:
    """Another client removes the claim although a pod uses it, and creates one of that name."""
    storage = harness.cluster.storage
    claim = storage.get(CLAIMS, "default", name)
    storage.modify(CLAIMS, "default", name, lambda one: one["metadata"].pop("finalizers", None), manager="test")
    storage.delete(CLAIMS, "default", name)
    metadata = {"name": name, "namespace": "default", "labels": claim["metadata"].get("labels") or {}}
    spec = {field: value for field, value in claim["spec"].items() if field != "volumeName"}
    storage.create(CLAIMS, {**claim, "metadata": metadata, "spec": spec, "status": {"phase": "Pending"}})


def asked(harness: ActionHarness) -> list[str]:
    """Names of the claims for which a patch was sent, in that order; once for each sending."""
    return [
        entry["request"]["about"]["name"]
        for entry in harness.written()
        if entry["moment"] == "before" and entry["request"]["about"]["kind"] == "PersistentVolumeClaim"
    ]


_KILLED: ContextVar[bool] = ContextVar("killed", default=False)
"""Whether the code runs in the process that is killed; the live picture does not."""


async def killed(harness: ActionHarness, run: Run, at: int | str, *, carried_out: bool = False) -> bool:
    """Follow a run up to its request of that number, or its write of that method, and then as if the process were gone.

    `carried_out`: whether a write reaches the server before that. Returns whether it was not over before.
    """
    session = harness.live.session
    assert session is not None
    write, read, sent, dead = session.write, session.get_raw, 0, False

    def is_last(method: str = "") -> bool:
        nonlocal sent, dead
        sent += _KILLED.get()
        dead = dead or (_KILLED.get() and (sent > at if isinstance(at, int) else method == at))
        return dead and _KILLED.get()

    async def writing(path: str, message: Any, *, query: Any = ()) -> bytes:
        last = is_last(message.method)
        if not last or carried_out:
            answer = await write(path, message, query=query)
        if last:
            raise asyncio.CancelledError
        return answer

    async def reading(*given: Any, **options: Any) -> bytes:
        if is_last():
            raise asyncio.CancelledError
        return await read(*given, **options)

    async def follow() -> None:
        _KILLED.set(True)
        await quietly(run)

    with patch.object(session, "write", writing), patch.object(session, "get_raw", reading):
        task = asyncio.create_task(follow())
        await harness.rig.until(task.done, "it is killed, or through", step=0.25)
    with suppress(asyncio.CancelledError):
        await task
    return dead
