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
from tests.actions.conftest import ActionHarness

ZOOKEEPER = Key("default", "zookeeper")


def restart(harness: ActionHarness, **options: Any) -> OrderedRestart:
    view = harness.view()
    return OrderedRestart(ZOOKEEPER, view.uid, view.rollout.update, **options)


def uids(harness: ActionHarness) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in harness.cluster.storage.list(PODS, "default")}


def new(harness: ActionHarness, before: dict[str, str]) -> set[str]:
    """Names of pods that are others now."""
    return {name for name, uid in uids(harness).items() if before.get(name) != uid}


def budget(harness: ActionHarness, name: str = "zk", **spec: Any) -> None:
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "zookeeper"}}, **spec},
    }
    harness.cluster.storage.create(BUDGETS, body)
    harness.cluster.engine.run_due()


def spend(harness: ActionHarness, pod: str = "zookeeper-0") -> None:
    """Another client's eviction fails on its precondition: it uses up the budget nevertheless, for two minutes."""
    with pytest.raises(ApiError):
        evict(harness.cluster.storage, "default", pod, {"uid": "another"})
    harness.cluster.engine.run_due()


def label(harness: ActionHarness, pod: str, name: str, value: str | None) -> None:
    def change(one: Object) -> None:
        one["metadata"]["labels"].pop(name, None)
        if value is not None:
            one["metadata"]["labels"][name] = value

    harness.cluster.edit(PODS, "default", pod, change)


def dies(harness: ActionHarness, pod: str) -> None:
    """Its object goes at once, and the controller makes another."""
    harness.cluster.storage.delete(PODS, "default", pod, grace_seconds=0)


def lose_image(harness: ActionHarness) -> None:
    """The registry has lost the image, and so have the nodes."""
    harness.cluster.images.missing.add("zookeeper:3.8.1")
    harness.cluster.images._pulled.clear()


def altered(**spec: Any) -> Scenario:
    """The ensemble with another spec, a day old."""

    def change(cluster: SimulatedCluster) -> None:
        service, stateful = yaml.safe_load_all(MANIFESTS)
        stateful["spec"].update(spec)
        cluster.apply([service, stateful])

    return Scenario("altered", "an ensemble with another spec", (ago(change, days=1),))


def evictions(harness: ActionHarness) -> list[str]:
    """Names of the pods for which something was sent, in that order; once for each sending."""
    return [entry["request"]["about"]["name"] for entry in harness.written() if entry["moment"] == "before"]


def words(told: list[Progress]) -> set[str]:
    """All that was ever said of a step, with its detail."""
    return {f"{step.words}: {step.detail}" if step.detail else step.words for one in told for step in one.steps}


async def follow(
    harness: ActionHarness, run: Run, each: Callable[[Progress], None], seconds: float | None = None
) -> None:
    """To its end, with something that is done at every progress."""

    async def go() -> None:
        async for progress in run.follow(seconds):
            each(progress)

    await harness.through(go(), 0.5)


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
def before_sending(harness: ActionHarness, happens: Callable[[str], object]) -> Iterator[None]:
    """Before each request that writes and is no trial; `happens` is given its path."""
    session = harness.live.session
    assert session is not None
    write = session.write

    async def writing(path: str, message: Any, *, query: Any = ()) -> bytes:
        if not query:
            happens(path)
        return await write(path, message, query=query)

    with patch.object(session, "write", writing):
        yield


@contextmanager
def before_reading(harness: ActionHarness, pod: str, happens: Callable[[], object]) -> Iterator[None]:
    """Before each GET of a pod: that is the last look before it goes."""
    session = harness.live.session
    assert session is not None
    get = session.get

    async def getting(kind: Any, namespace: str, name: str) -> Any:
        if name == pod:
            happens()
        return await get(kind, namespace, name)

    with patch.object(session, "get", getting):
        yield
