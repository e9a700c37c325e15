"""Sets of any shape for tests of rollouts, and changes by other clients meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from stsview.model.views import OrdinalView, RolloutView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import with_service
from tests.actions.conftest import ActionHarness, open_harness
from tests.live.conftest import Rig

KAFKA = Key("data", "kafka")

T = TypeVar("T")

OLD, NEW, TYPO = "kafka:3.8", "kafka:3.9", "kafka:3.O"


@asynccontextmanager
async def kafka(folder: Path, replicas: int = 5, **spec: Any) -> AsyncIterator[ActionHarness]:
    """A set with that many replicas, a day old, with these fields in its spec. The image `TYPO` cannot be pulled."""

    def applied(cluster: SimulatedCluster) -> None:
        cluster.images.missing.add(TYPO)
        cluster.apply(with_service("kafka", OLD, replicas, **spec), "data")

    async with AsyncExitStack() as stack:
        yield await open_harness(Rig(folder, stack), stack, Scenario("kafka", "a set", (ago(applied, days=1),)))


async def quickly(harness: ActionHarness, doing: Awaitable[T]) -> T:
    """The result of `doing`, while hardly any time passes for the cluster."""
    return await harness.through(doing, 0.002)


def rollout(harness: ActionHarness) -> RolloutView:
    return harness.view("kafka", "data").rollout


def uid(harness: ActionHarness) -> str:
    return harness.view("kafka", "data").uid


def row(harness: ActionHarness, ordinal: int) -> OrdinalView:
    return next(row for row in harness.view("kafka", "data").ordinals if row.ordinal == ordinal)


def stored(harness: ActionHarness) -> Object:
    return harness.cluster.storage.get(STATEFUL_SETS, "data", "kafka")


def partition(harness: ActionHarness) -> int:
    found: int = ((stored(harness)["spec"]["updateStrategy"].get("rollingUpdate")) or {}).get("partition", 0)
    return found


def annotations_of(harness: ActionHarness) -> Mapping[str, str]:
    """The annotations of the set."""
    found: Mapping[str, str] = stored(harness)["metadata"].get("annotations") or {}
    return found


def annotate(harness: ActionHarness, **values: str | None) -> None:
    """Set annotations of the set; None removes one."""

    def change(one: Object) -> None:
        merged = {**(one["metadata"].get("annotations") or {}), **values}
        one["metadata"]["annotations"] = {name: value for name, value in merged.items() if value is not None}

    harness.cluster.edit(STATEFUL_SETS, "data", "kafka", change)


def set_strategy(harness: ActionHarness, **strategy: Any) -> None:
    harness.cluster.edit(STATEFUL_SETS, "data", "kafka", lambda one: one["spec"].update(updateStrategy=strategy))


def set_partition(harness: ActionHarness, value: int) -> None:
    set_strategy(harness, type="RollingUpdate", rollingUpdate={"partition": value})


async def change_observed(harness: ActionHarness) -> None:
    """Wait until the live view and the controller have observed the last change."""
    generation = stored(harness)["metadata"]["generation"]

    def so() -> bool:
        status = stored(harness).get("status") or {}
        return status.get("observedGeneration") == generation and rollout(harness).observed

    await harness.rig.until(so, "the controller observed the partition")
    update = stored(harness)["status"]["updateRevision"]
    await harness.rig.until(lambda: rollout(harness).update == update, "the picture has the update revision")


async def becomes(harness: ActionHarness, partition: int) -> None:
    await harness.rig.until(lambda: rollout(harness).partition == partition, f"the partition is {partition}")


def images(harness: ActionHarness) -> dict[int, str]:
    """The image of each ordinal."""
    return {
        int(pod["metadata"]["name"].rpartition("-")[2]): pod["spec"]["containers"][0]["image"]
        for pod in harness.cluster.storage.list(PODS, "data")
    }


def add_budget(harness: ActionHarness) -> None:
    """Add PodDisruptionBudget `b`, which allows one disruption."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "kafka"}}}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    harness.cluster.apply(made, "data")


def add_autoscaler(harness: ActionHarness) -> None:
    """Add HorizontalPodAutoscaler `h`."""
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "kafka"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9}
    made = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": spec}
    harness.cluster.apply(made, "data")
