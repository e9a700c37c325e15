"""Helpers of the tests of ordered restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from stsview.actions.intents import OrderedRestart
from stsview.actions.progress import Progress
from stsview.actions.run import Run
from stsview.objects.meta import Key
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.handlers.eviction import evict
from stsview.simulator.apiserver.resources import BUDGETS, PODS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import ZOOKEEPER as MANIFESTS
from tests.actions.conftest import Doorway

ZOOKEEPER = Key("default", "zookeeper")


def restart(doorway: Doorway, **options: Any) -> OrderedRestart:
    view = doorway.view()
    return OrderedRestart(ZOOKEEPER, view.uid, view.rollout.update, **options)


def uids(doorway: Doorway) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in doorway.cluster.storage.list(PODS, "default")}


def new(doorway: Doorway, before: dict[str, str]) -> set[str]:
    """Names of pods that are others now."""
    return {name for name, uid in uids(doorway).items() if before.get(name) != uid}


def budget(doorway: Doorway, name: str = "zk", **spec: Any) -> None:
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "zookeeper"}}, **spec},
    }
    doorway.cluster.storage.create(BUDGETS, body)
    doorway.cluster.engine.run_due()


def spend(doorway: Doorway, pod: str = "zookeeper-0") -> None:
    """Another client's eviction fails on its precondition: it uses up the budget nevertheless, for two minutes."""
    with pytest.raises(ApiError):
        evict(doorway.cluster.storage, "default", pod, {"uid": "another"})
    doorway.cluster.engine.run_due()


def label(doorway: Doorway, pod: str, name: str, value: str | None) -> None:
    def change(one: Object) -> None:
        one["metadata"]["labels"].pop(name, None)
        if value is not None:
            one["metadata"]["labels"][name] = value

    doorway.cluster.edit(PODS, "default", pod, change)


def dies(doorway: Doorway, pod: str) -> None:
    """Its object goes at once, and the controller makes another."""
    doorway.cluster.storage.delete(PODS, "default", pod, grace_seconds=0)


def lose_image(doorway: Doorway) -> None:
    """The registry has lost the image, and so have the nodes."""
    doorway.cluster.images.missing.add("zookeeper:3.8.1")
    doorway.cluster.images._pulled.clear()


def altered(**spec: Any) -> Scenario:
    """The ensemble with another spec, a day old."""

    def change(cluster: SimulatedCluster) -> None:
        service, stateful = yaml.safe_load_all(MANIFESTS)
        stateful["spec"].update(spec)
        cluster.apply([service, stateful])

    return Scenario("altered", "an ensemble with another spec", (ago(change, days=1),))


def evictions(doorway: Doorway) -> list[str]:
    """Names of the pods for which something was sent, in that order; once for each sending."""
    return [entry["request"]["about"]["name"] for entry in doorway.written() if entry["moment"] == "before"]


def words(told: list[Progress]) -> set[str]:
    """All that was ever said of a step, with its detail."""
    return {f"{step.words}: {step.detail}" if step.detail else step.words for one in told for step in one.steps}


async def follow(doorway: Doorway, run: Run, each: Callable[[Progress], None], seconds: float | None = None) -> None:
    """To its end, with something that is done at every progress."""

    async def go() -> None:
        async for progress in run.follow(seconds):
            each(progress)

    await doorway.through(go(), 0.5)


async def quietly(run: Run) -> None:
    """Follow it to its end, while another task moves the clock."""
    async for _ in run.follow():
        pass


def done(progress: Progress, step: str) -> bool:
    return any(one.words == step and one.done for one in progress.steps)


class Once:
    """Something that happens the first time that it is called."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._happens = happens
        self.happened = False

    def __call__(self) -> None:
        if not self.happened:
            self.happened = True
            self._happens()


@contextmanager
def before_sending(doorway: Doorway, happens: Callable[[str], object]) -> Iterator[None]:
    """Before each request that writes and is no trial; `happens` is given its path."""
    session = doorway.live.session
    assert session is not None
    write = session.write

    async def writing(path: str, message: Any, *, query: Any = ()) -> bytes:
        if not query:
            happens(path)
        return await write(path, message, query=query)

    with patch.object(session, "write", writing):
        yield


@contextmanager
def before_reading(doorway: Doorway, pod: str, happens: Callable[[], object]) -> Iterator[None]:
    """Before each GET of a pod: that is the last look before it goes."""
    session = doorway.live.session
    assert session is not None
    get = session.get

    async def getting(kind: Any, namespace: str, name: str) -> Any:
        if name == pod:
            happens()
        return await get(kind, namespace, name)

    with patch.object(session, "get", getting):
        yield
