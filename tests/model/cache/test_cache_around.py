"""Changes of objects around a set affect only the sets that depend on them."""

from __future__ import annotations

import msgspec
import pytest

from stsview.model.cache.cache import Cache
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    NODES,
    PODS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import Key
from stsview.objects.node import Node
from stsview.objects.stream_messages import Applied, Batch, Deleted
from tests.support.model.build import (
    LABELS,
    attachment,
    autoscaler,
    claim,
    disruption_budget,
    node,
    pod,
    service,
    stateful_set,
    storage_class,
    volume,
)

WEB = Key("default", "web")
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"


def unclassed(name: str) -> PersistentVolumeClaim:
    held = claim(name, phase="Pending")
    return msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, storage_class_name=None))


def placed(name: str, selected: str) -> PersistentVolumeClaim:
    """A claim whose volume is to be provisioned for a node."""
    return claim(name, phase="Pending", annotations={"volume.kubernetes.io/selected-node": selected})


@pytest.fixture
def cache() -> Cache:
    held = Cache()
    for kind, objects in (
        (STATEFULSETS, [stateful_set(), stateful_set(name="db", uid="db-uid")]),
        (PODS, [pod(0, labels={**LABELS, "edited": "yes"}), pod(0, set_name="db", node="node-2")]),
        (CLAIMS, [claim("data-web-0"), claim("data-db-0"), unclassed("data-web-1"), placed("data-web-2", "node-4")]),
    ):
        held.apply(Batch(kind, tuple(Applied(one) for one in objects)))
    derived(held)
    return held


def derived(held: Cache) -> None:
    """Collect the objects of all sets, as their derivation does."""
    for key in held.set_keys:
        assert held.objects_of(key) is not None


@pytest.mark.parametrize(
    ("kind", "held", "touched"),
    [
        (NODES, node("node-1"), {WEB}),
        (NODES, node("node-3"), set()),
        (VOLUMES, volume("pv-data-web-0"), {WEB}),
        (VOLUMES, volume("pv-other"), set()),
        (ATTACHMENTS, attachment("pv-data-web-0"), {WEB}),
        (ATTACHMENTS, attachment("pv-other"), set()),
        (CLASSES, storage_class("fast"), {WEB, Key("default", "db")}),
        (CLASSES, storage_class("slow"), set()),
        (NODES, node("node-4"), {WEB}),
        (CLASSES, storage_class("slow", default=True), {WEB}),
        (AUTOSCALERS, autoscaler(), {WEB}),
        (AUTOSCALERS, autoscaler(kind="Deployment"), set()),
        (BUDGETS, disruption_budget(), {WEB, Key("default", "db")}),
        (BUDGETS, disruption_budget(labels={}), {WEB, Key("default", "db")}),
        (BUDGETS, disruption_budget(labels={"app": "other"}), set()),
        (BUDGETS, disruption_budget(labels={"edited": "yes"}), {WEB}),
        (BUDGETS, disruption_budget(labels={POD_NAME_LABEL: "web-0"}), {WEB, Key("default", "db")}),
    ],
)
def test_which_sets_a_change_affects(cache: Cache, kind: Kind, held: KubernetesObject, touched: set[Key]) -> None:
    assert cache.apply(Batch(kind, (Applied(held),))) == touched
    assert cache.apply(Batch(kind, (Applied(held),))) == set()
    derived(cache)
    assert cache.apply(Batch(kind, (Deleted(held),))) == touched


def test_a_heartbeat_affects_no_set(cache: Cache) -> None:
    def beat(second: int) -> Node:
        condition = {"type": "Ready", "status": "True", "lastHeartbeatTime": f"2026-03-01T12:00:{second:02}Z"}
        held = {"metadata": {"name": "node-1", "resourceVersion": str(second)}, "status": {"conditions": [condition]}}
        decoded = NODES.decoder.decode(msgspec.json.encode(held))
        assert isinstance(decoded, Node)
        return decoded

    assert cache.apply(Batch(NODES, (Applied(beat(1)),))) == {WEB}
    assert cache.apply(Batch(NODES, (Applied(beat(11)),))) == set()


def test_which_classes_and_budgets_a_set_gets(cache: Cache) -> None:
    """Default classes only if a claim gets one by default; budgets by the labels of the pods."""
    for kind, objects in (
        (CLASSES, [storage_class("fast"), storage_class("slow", default=True), storage_class("other")]),
        (
            BUDGETS,
            [disruption_budget("edited", labels={"edited": "yes"}), disruption_budget("x", labels={"app": "x"})],
        ),
    ):
        cache.apply(Batch(kind, tuple(Applied(one) for one in objects)))
    for kind in WATCHED:
        cache.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    web, db = cache.objects_of(WEB), cache.objects_of(Key("default", "db"))
    assert web is not None
    assert db is not None
    assert (set(web.classes), set(db.classes)) == ({"fast", "slow"}, {"fast"})
    assert [[one.metadata.name for one in of.budgets] for of in (web, db)] == [["edited"], []]


def test_a_node_with_a_volume_of_a_set_affects_it(cache: Cache) -> None:
    cache.apply(Batch(ATTACHMENTS, (Applied(attachment("pv-data-web-0", "node-9")),)))
    derived(cache)
    assert cache.apply(Batch(NODES, (Applied(node("node-9")),))) == {WEB}
    objects = cache.objects_of(WEB)
    assert objects is not None
    assert "node-9" in objects.nodes


def test_other_headless_services_affect_sets_without_one_of_their_own() -> None:
    cache = Cache()

    def apply(*changes: Applied | Deleted) -> set[Key]:
        return cache.apply(Batch(SERVICES, changes))

    cache.apply(Batch(STATEFULSETS, (Applied(stateful_set()), Applied(stateful_set(name="db", uid="db-uid")))))
    other, strange = service("web-hl"), service("strange", selector={"app": "web", "tier": "x"})
    assert apply(Applied(other), Applied(service("web-lb", cluster_ip="10.1.2.3"))) == set(), "no set was derived yet"
    assert cache.objects_of(WEB) is not None
    assert apply(Applied(strange), Deleted(other)) == {WEB}
    assert apply(Applied(other)) == {WEB}
    assert selecting(cache) == (other,)

    assert apply(Applied(service("web"))) == {WEB, Key("default", "db")}, "it governs both"
    assert selecting(cache) == ()
    assert apply(Deleted(other)) == set()


def selecting(cache: Cache) -> tuple[object, ...]:
    objects = cache.objects_of(WEB)
    assert objects is not None
    return objects.selecting
