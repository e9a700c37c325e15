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
from tests.actions.conftest import Doorway, open_doorway
from tests.live.conftest import Rig

KAFKA = Key("data", "kafka")

T = TypeVar("T")

OLD, NEW, TYPO = "kafka:3.8", "kafka:3.9", "kafka:3.O"


@asynccontextmanager
async def kafka(folder: Path, replicas: int = 5, **spec: Any) -> AsyncIterator[Doorway]:
    """A set with that many replicas, a day old, with these fields in its spec. The image `TYPO` cannot be pulled."""

    def applied(cluster: SimulatedCluster) -> None:
        cluster.images.missing.add(TYPO)
        cluster.apply(with_service("kafka", OLD, replicas, **spec), "data")

    async with AsyncExitStack() as stack:
        yield await open_doorway(Rig(folder, stack), stack, Scenario("kafka", "a set", (ago(applied, days=1),)))


async def quickly(doorway: Doorway, doing: Awaitable[T]) -> T:
    """The result of `doing`, while hardly any time passes for the cluster."""
    return await doorway.through(doing, 0.002)


def rollout(doorway: Doorway) -> RolloutView:
    return doorway.view("kafka", "data").rollout


def uid(doorway: Doorway) -> str:
    return doorway.view("kafka", "data").uid


def row(doorway: Doorway, ordinal: int) -> OrdinalView:
    return next(row for row in doorway.view("kafka", "data").ordinals if row.ordinal == ordinal)


def stored(doorway: Doorway) -> Object:
    return doorway.cluster.storage.get(STATEFUL_SETS, "data", "kafka")


def partition(doorway: Doorway) -> int:
    found: int = ((stored(doorway)["spec"]["updateStrategy"].get("rollingUpdate")) or {}).get("partition", 0)
    return found


def annotations_of(doorway: Doorway) -> Mapping[str, str]:
    """The annotations of the set."""
    found: Mapping[str, str] = stored(doorway)["metadata"].get("annotations") or {}
    return found


def annotate(doorway: Doorway, **values: str | None) -> None:
    """Set annotations of the set; None removes one."""

    def change(one: Object) -> None:
        merged = {**(one["metadata"].get("annotations") or {}), **values}
        one["metadata"]["annotations"] = {name: value for name, value in merged.items() if value is not None}

    doorway.cluster.edit(STATEFUL_SETS, "data", "kafka", change)


def set_strategy(doorway: Doorway, **strategy: Any) -> None:
    doorway.cluster.edit(STATEFUL_SETS, "data", "kafka", lambda one: one["spec"].update(updateStrategy=strategy))


def set_partition(doorway: Doorway, value: int) -> None:
    set_strategy(doorway, type="RollingUpdate", rollingUpdate={"partition": value})


async def change_observed(doorway: Doorway) -> None:
    """Wait until the live view and the controller have observed the last change."""
    generation = stored(doorway)["metadata"]["generation"]

    def so() -> bool:
        status = stored(doorway).get("status") or {}
        return status.get("observedGeneration") == generation and rollout(doorway).observed

    await doorway.rig.until(so, "the controller observed the partition")
    update = stored(doorway)["status"]["updateRevision"]
    await doorway.rig.until(lambda: rollout(doorway).update == update, "the picture has the update revision")


async def becomes(doorway: Doorway, partition: int) -> None:
    await doorway.rig.until(lambda: rollout(doorway).partition == partition, f"the partition is {partition}")


def images(doorway: Doorway) -> dict[int, str]:
    """The image of each ordinal."""
    return {
        int(pod["metadata"]["name"].rpartition("-")[2]): pod["spec"]["containers"][0]["image"]
        for pod in doorway.cluster.storage.list(PODS, "data")
    }


def add_budget(doorway: Doorway) -> None:
    """Add PodDisruptionBudget `b`, which allows one disruption."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "kafka"}}}
    made = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    doorway.cluster.apply(made, "data")


def add_autoscaler(doorway: Doorway) -> None:
    """Add HorizontalPodAutoscaler `h`."""
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "kafka"}
    spec = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 9}
    made = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec": spec}
    doorway.cluster.apply(made, "data")
