"""Hypothesis strategies: sets of any shape in any state, and intents."""

from __future__ import annotations

from typing import Any, NamedTuple

from stsview.actions.intents import (
    CanaryAbort,
    CanaryStart,
    CanaryStep,
    Order,
    OrderedRestart,
    PauseRollout,
    RemovalMethod,
    Restart,
    ResumeRollout,
    SetIntent,
    Unblock,
    Undo,
)
from stsview.objects.meta import Key
from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.apiserver.resources import BUDGETS, PODS, STATEFUL_SETS
from stsview.simulator.apiserver.wire import Object
from stsview.simulator.cluster import Scenario, SimulatedCluster, Step, ago
from stsview.simulator.fault_annotations import PREFIX
from stsview.simulator.latencies import Latencies
from stsview.simulator.scenarios.manifests import with_service
from stsview.simulator.settings import Settings
from tests.actions.conftest import ActionHarness

ZOOKEEPER = Key("default", "zookeeper")

OLD, NEW, NEWER, BAD = "zookeeper:3.7", "zookeeper:3.8", "zookeeper:3.9", "zookeeper:3.8.l"

_QUICK = Latencies(
    schedule=0.1, provision=0.2, attach=0.2, notice=0.1, pull=0.4, start=0.2, ready=0.8, crash=0.8, stop=0.8
)


class Shape(NamedTuple):
    """A set, and what has become of it."""

    replicas: int = 3
    parallel: bool = False
    on_delete: bool = False
    partition: int = 0
    start: int = 0
    min_ready: int = 0
    storage: bool = False
    quorum: str = ""
    budget: str = "1"
    """Its `maxUnavailable`; empty: there is none."""
    story: str = ""
    """`stuck`: an image that cannot be pulled; `blocked`: the same, and another image since; `sick`: its highest pods
    crash; `unready`: they run and are not Ready; `rolling`: in the middle of an update; `canary`, `paused`: held by its
    partition; `bad canary`: one that does not start; empty: all is well."""

    def pod(self, number: int) -> str:
        return f"zookeeper-{self.start + number % self.replicas}"


class Deed(NamedTuple):
    """What is asked for."""

    kind: type[SetIntent] = OrderedRestart
    order: Order = Order.HIGHEST_FIRST
    only: tuple[int, ...] = ()
    """Counted from the first ordinal."""
    last: str = ""
    means: RemovalMethod = RemovalMethod.EVICTION
    soak: float = 0.0
    command: str = ""
    other_revision: bool = True
    pods: int = 1
    hasty: bool = True
    """Whether a plan that changed is confirmed at once, without a look."""
    seconds: float = 45.0
    """How long it may take."""


def scenario(shape: Shape) -> Scenario:
    def prepare(settings: Settings, _: dict[str, Any]) -> None:
        settings.latencies = _QUICK

    def applied(cluster: SimulatedCluster) -> None:
        cluster.images.missing.add(BAD)
        cluster.apply(_manifests(shape))
        if shape.budget:
            budget(cluster, {"maxUnavailable": int(shape.budget)})

    def updated(cluster: SimulatedCluster) -> None:
        cluster.set_image("default", "zookeeper", NEW)

    chapters = [ago(applied, days=12), ago(updated, days=2), *_chapters(shape)]
    return Scenario("moved", "a set", tuple(chapters), prepare)


def _manifests(shape: Shape) -> list[Object]:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": shape.partition}}
    more: dict[str, Any] = {"ordinals": {"start": shape.start}} if shape.start else {}
    service, made = with_service(
        "zookeeper",
        OLD,
        shape.replicas,
        storage="1Gi" if shape.storage else None,
        podManagementPolicy="Parallel" if shape.parallel else "OrderedReady",
        updateStrategy={"type": "OnDelete"} if shape.on_delete else rolling,
        minReadySeconds=shape.min_ready,
        **more,
    )
    if shape.quorum:
        made["metadata"]["annotations"] = {"stsview.io/quorum": shape.quorum}
    return [service, made]


def _chapters(shape: Shape) -> list[Step]:
    def broken(cluster: SimulatedCluster) -> None:
        cluster.set_image("default", "zookeeper", BAD)

    def sick(cluster: SimulatedCluster) -> None:
        for number in range(max(0, shape.replicas - 2), shape.replicas):
            says(cluster, shape.pod(number), "unready" if shape.story == "unready" else "crash", "1")

    def newer(cluster: SimulatedCluster) -> None:
        cluster.set_image("default", "zookeeper", NEWER)

    def held(cluster: SimulatedCluster) -> None:
        name = "stsview.io/paused-partition" if shape.story == "paused" else "stsview.io/canary-partition"
        rolling = {"partition": max(1, shape.replicas - 1)}

        def change(one: Object) -> None:
            annotations = one["metadata"].get("annotations") or {}
            one["metadata"]["annotations"] = {**annotations, name: str(shape.partition)}
            one["spec"]["updateStrategy"] = {"type": "RollingUpdate", "rollingUpdate": rolling}
            image = BAD if shape.story == "bad canary" else NEWER
            one["spec"]["template"]["spec"]["containers"][0]["image"] = image

        cluster.edit(STATEFUL_SETS, "default", "zookeeper", change)

    match shape.story:
        case "stuck":
            return [ago(broken, minutes=20)]
        case "blocked":
            return [ago(broken, minutes=20), ago(newer, minutes=10)]
        case "sick" | "unready":
            return [ago(sick, minutes=20)]
        case "rolling":
            return [ago(newer, seconds=3)]
        case "canary" | "bad canary" | "paused":
            return [ago(held, minutes=20)]
    return []


def intent(deed: Deed, shape: Shape, harness: ActionHarness) -> SetIntent:
    """As a screen asks for it, from what it shows."""
    view = harness.view()
    about, uid, seen, held = ZOOKEEPER, view.uid, view.rollout.update, view.rollout.partition
    kind = deed.kind
    if kind is OrderedRestart:
        only = tuple(shape.start + number for number in dict.fromkeys(one % shape.replicas for one in deed.only))
        if deed.order is Order.LISTED and not only:
            only = tuple(range(shape.start, shape.start + shape.replicas))
        options = (deed.order, only, deed.last, deed.means, deed.soak, deed.command, deed.other_revision)
        return OrderedRestart(about, uid, seen, *options)
    if kind is CanaryStart:
        return CanaryStart(about, uid, seen, deed.pods, (("zookeeper", NEWER),))
    if kind is CanaryStep:
        return CanaryStep(about, uid, seen, held, deed.pods > 1)
    made: dict[type[SetIntent], SetIntent] = {
        CanaryAbort: CanaryAbort(about, uid, seen, held),
        PauseRollout: PauseRollout(about, uid, seen, held),
        ResumeRollout: ResumeRollout(about, uid, seen, held),
        Undo: Undo(about, uid, seen),
        Unblock: Unblock(about, uid, seen),
        Restart: Restart(about, uid, seen),
    }
    return made[kind]


def says(cluster: SimulatedCluster, pod: str, name: str, value: str | None) -> None:
    """How it behaves; None: no longer so."""

    def change(one: Object) -> None:
        annotations = one["metadata"].get("annotations") or {}
        merged = {**annotations, PREFIX + name: value}
        one["metadata"]["annotations"] = {key: said for key, said in merged.items() if said is not None}

    cluster.edit(PODS, "default", pod, change)


def leads(cluster: SimulatedCluster, pod: str) -> None:
    cluster.edit(PODS, "default", pod, lambda one: one["metadata"]["labels"].update(role="leader"))


def budget(cluster: SimulatedCluster, spec: dict[str, Any], name: str = "zk") -> None:
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "zookeeper"}}, **spec},
    }
    try:
        cluster.storage.create(BUDGETS, body)
    except ApiError:
        cluster.edit(BUDGETS, "default", name, lambda one: one["spec"].update(spec))
    cluster.engine.run_due()
