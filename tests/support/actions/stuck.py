"""Sets with a pod that is stuck Terminating, each for another reason, and changes of their nodes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from stsview.actions.intents import ForceDelete
from stsview.actions.plan import Answers, Plan
from stsview.clock import Clock
from stsview.model.views import OrdinalView
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import LEASES, NODES, PODS
from stsview.simulator.apiserver.wire import Object, micro_timestamp
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.nodes.node_specs import LEASE_NAMESPACE
from stsview.simulator.scenarios import zookeeper
from tests.actions.conftest import ActionHarness, agreeing

ZOOKEEPER = Key("default", "zookeeper")

POD = "zookeeper-1"


def node_of(cluster: SimulatedCluster, pod: str = POD) -> str:
    name: str = cluster.storage.get(PODS, "default", pod)["spec"]["nodeName"]
    return name


def _dies(cluster: SimulatedCluster) -> None:
    cluster.fail_node(node_of(cluster))


def _sticks(cluster: SimulatedCluster) -> None:
    """For its kubelet: it never confirms the end."""
    annotate(cluster, "stuck", "true")


def _is_deleted(cluster: SimulatedCluster) -> None:
    cluster.storage.delete(PODS, "default", POD)


_APPLIED = ago(zookeeper.deploy, days=1)

DEAD = Scenario("dead", "its node is silent", (_APPLIED, ago(_dies, minutes=19)))
"""Of nine nodes, so that the successor has somewhere to go."""

ALIVE = Scenario(
    "alive", "its kubelet does not end it", (_APPLIED, ago(_sticks, minutes=20), ago(_is_deleted, minutes=5))
)

DEAD_AND_STUCK = Scenario(
    "both", "it would stay if its node came back", (_APPLIED, ago(_sticks, hours=1), ago(_dies, minutes=19))
)


def annotate(cluster: SimulatedCluster, name: str, value: str, pod: str = POD) -> None:
    def change(one: Object) -> None:
        one["metadata"].setdefault("annotations", {})[PREFIX + name] = value

    cluster.edit(PODS, "default", pod, change)


def row(harness: ActionHarness, name: str = POD) -> OrdinalView:
    return next(row for row in harness.view().ordinals if row.name == name)


def force(harness: ActionHarness, override: str = "") -> ForceDelete:
    return ForceDelete(ZOOKEEPER, harness.view().uid, POD, row(harness).uid or "", override=override)


async def planned(harness: ActionHarness, override: str = "") -> Plan:
    return await harness.plan(force(harness, override))


def answers(plan: Plan, **changes: Any) -> Answers:
    """All that it asks for but for `changes`."""
    return replace(agreeing(plan), **changes)


def renew(harness: ActionHarness, node: str, at: datetime | None = None) -> None:
    """Its kubelet renews its lease, and does nothing else."""
    stamp = micro_timestamp(at or harness.cluster.now())
    harness.cluster.edit(LEASES, LEASE_NAMESPACE, node, lambda one: one["spec"].update(renewTime=stamp), "kubelet")


def set_ready(harness: ActionHarness, node: str, status: str | None, reason: str = "") -> None:
    """Let its Ready condition say something, or not be there."""

    def change(one: Object) -> None:
        conditions = [kept for kept in one["status"]["conditions"] if kept["type"] != "Ready"]
        ready = next(kept for kept in one["status"]["conditions"] if kept["type"] == "Ready")
        one["status"]["conditions"] = [*conditions, *([ready | {"status": status, "reason": reason}] if status else [])]

    harness.cluster.storage.modify(NODES, "", node, change, subresource="status", manager="test")


def set_taints(harness: ActionHarness, node: str, *taints: Object) -> None:
    harness.cluster.edit(NODES, "", node, lambda one: one["spec"].update(taints=list(taints)))


class OtherTime:
    """A clock that shows another time of day."""

    def __init__(self, clock: Clock, ahead: timedelta) -> None:
        self._clock = clock
        self._ahead = ahead

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
