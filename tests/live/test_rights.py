"""The role for reading: it suffices for all that is read, and without any part of it something is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

from stsview.live.errors import CannotRead
from stsview.live.live import Live
from stsview.live.snapshot import CURRENT
from stsview.model.rights import OPTIONAL, READING, Task
from stsview.objects.kinds import (
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CONFIG_MAPS,
    NODES,
    PODS,
    SECRETS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    Kind,
)
from stsview.objects.log_messages import LogRequest
from stsview.objects.meta import Key
from stsview.simulator.apiserver.resources import PODS as POD_RESOURCE
from stsview.simulator.apiserver.resources import VOLUMES as VOLUME_RESOURCE
from stsview.simulator.cluster import Scenario, SimulatedCluster, ago
from stsview.simulator.scenarios.manifests import ZOOKEEPER
from tests.live.conftest import Rig
from tests.support.actions.granted import Grant, Granted

OTHERS = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: zk}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: zookeeper}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: zk}
spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: zookeeper}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: zk}
---
apiVersion: v1
kind: Secret
metadata: {name: zk}
"""


def deployed(cluster: SimulatedCluster) -> None:
    cluster.apply(ZOOKEEPER)
    cluster.apply(OTHERS)


SCENARIO = Scenario("read", "one of each kind", (ago(deployed, days=1),))
SET = Key("default", "zookeeper")


async def missing(rig: Rig, cluster: SimulatedCluster, tasks: tuple[Task, ...], *namespaces: str) -> list[str]:
    """What cannot be read with the present rights, of all that screens and commands read."""
    live = rig.live(namespaces)
    async with rig.running(live):

        def settled() -> bool:
            health = live.snapshot.health
            return health.link in CURRENT or bool(health.blind)

        await rig.until(settled, "the picture is read as far as it may be")
        health = live.snapshot.health
        found = [*health.degraded, health.blind, *health.polled]
        names = {task.name for task in tasks}
        for kind, key in objects(cluster):
            if kind not in (CONFIG_MAPS, SECRETS) or kind.resource in names:
                found += await described(live, kind, key)
        found.append((await live.namespaces()).problem)
        found.append(await log_problem(live))
        try:
            usage = await live.usage(SET)
        except CannotRead as error:
            found.append(str(error))
        else:
            found += [words for words in usage.unknown if "volumes" in names or "nodes/proxy" not in words]
    return [words for words in found if words]


def objects(cluster: SimulatedCluster) -> Iterator[tuple[Kind, Key]]:
    yield STATEFULSETS, SET
    yield PODS, Key("default", "zookeeper-0")
    yield CLAIMS, Key("default", "data-zookeeper-0")
    yield SERVICES, Key("default", "zk-hs")
    yield VOLUMES, Key("", cluster.storage.list(VOLUME_RESOURCE)[0]["metadata"]["name"])
    yield NODES, Key("", cluster.storage.get(POD_RESOURCE, "default", "zookeeper-0")["spec"]["nodeName"])
    for kind in (BUDGETS, AUTOSCALERS, CONFIG_MAPS, SECRETS):
        yield kind, Key("default", "zk")


async def described(live: Live, kind: Kind, key: Key) -> list[str]:
    try:
        found = await live.describe(kind, key)
    except CannotRead as error:
        return [str(error)]
    return [*found.unknown, found.events_problem]


async def log_problem(live: Live) -> str:
    async with aclosing(live.logs(LogRequest("default", "zookeeper-0", follow=False))) as batches:
        async for batch in batches:
            if batch.health.problem:
                return batch.health.problem
    return ""


async def test_the_role_suffices_and_each_part_of_it_is_needed(rig: Rig) -> None:
    cluster = await rig.cluster(SCENARIO)
    # As before Kubernetes 1.34: with streaming lists, only some requests need `list`.
    cluster.server.faults.streaming_lists = False
    user = Granted(cluster)
    tasks = (*READING, *OPTIONAL)
    granted = user.grant(tasks)
    assert await missing(rig, cluster, tasks) == []
    assert (user.denied, user.asked) == (set(), granted)
    for grant in sorted(granted):
        with user.without(grant):
            assert await missing(rig, cluster, tasks), grant

    user.grant(READING)
    cluster.server.faults.streaming_lists = True
    assert await missing(rig, cluster, READING) == []
    assert user.denied == {Grant("get", "", "nodes/proxy")}, "how full volumes are stays unknown"


async def test_roles_in_a_namespace_suffice_for_it(rig: Rig) -> None:
    cluster = await rig.cluster(SCENARIO)
    user = Granted(cluster)
    tasks = (*READING, *OPTIONAL)
    assert {one.namespace for one in user.grant(tasks, "default")} == {"", "default", "kube-node-lease"}
    assert await missing(rig, cluster, tasks, "default") == []
