"""A set that is well: its next view reuses the former one, and equals the one from scratch, whatever changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model import derive as derive_module
from stsview.model import store as store_module
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.storage.claims import claims_of
from stsview.model.store import Store
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    LEASES,
    NAMED_PODS,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
    KubernetesObject,
)
from stsview.objects.meta import OwnerReference
from stsview.objects.statefulset import ControllerRevision, RevisionMeta
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.objects.volume import ClaimReference
from stsview.triage.catalogue import examine
from tests.model.test_store_properties import SETTINGS
from tests.support.model.build import (
    OLD,
    at,
    attachment,
    autoscaler,
    claim,
    disruption_budget,
    endpoint,
    endpoint_slice,
    event,
    lease,
    node,
    owned_by,
    pod,
    service,
    stateful_set,
    storage_class,
    terminating,
    volume,
)
from tests.support.model.oracle import Oracle

_PODS = [pod(ordinal) for ordinal in range(3)]
_WELL: dict[Kind, list[KubernetesObject]] = {
    STATEFULSETS: [stateful_set()],
    PODS: list(_PODS),
    SERVICES: [service()],
    CLAIMS: [claim(f"data-{one.metadata.name}") for one in _PODS],
    VOLUMES: [volume(f"pv-data-{one.metadata.name}") for one in _PODS],
    ATTACHMENTS: [attachment(f"pv-data-{one.metadata.name}") for one in _PODS],
    CLASSES: [storage_class()],
    NODES: [node(), node("node-2")],
    ENDPOINT_SLICES: [endpoint_slice(*map(endpoint, _PODS))],
    BUDGETS: [disruption_budget()],
}


class Pair:
    """A store, and the naive model that it must equal after each step."""

    def __init__(self) -> None:
        self.store, self._oracle = Store(SETTINGS, examine), Oracle(SETTINGS, examine)
        self._now = at(100)
        for kind in WATCHED:
            self.cover(kind, Coverage.COMPLETE)
        for kind, objects in _WELL.items():
            self.apply(Batch(kind, tuple(map(Applied, objects)), replace=True))
        self.look()

    def cover(self, kind: Kind, coverage: Coverage) -> None:
        for held in (self.store, self._oracle):
            held.cover(kind, "", KindCoverage(coverage))

    def apply(self, batch: Batch) -> None:
        self.store.apply(batch, self._now)
        self._oracle.apply(batch)

    def look(self, later: float = 0) -> None:
        """Derive, so many seconds later; negative: the clock was ahead."""
        self._now += timedelta(seconds=later)
        if later < 0:
            self._oracle.go_back(self._now)
        self.store.refresh(self._now)
        assert self.store.fleet == self._oracle.fleet(self._now)

    def flip(self, ordinal: int = 1) -> None:
        """The pod is not Ready for a second, and then again."""
        for ready in ("False", "True"):
            since = (self._now - at(0)).total_seconds()
            self.apply(Batch(PODS, (Applied(pod(ordinal, ready=ready, ready_since=since)),)))
            self.look(1)


@pytest.fixture(autouse=True)
def _packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a large cluster."""
    monkeypatch.setattr(store_module, "MANY_VIEWS", 0)


@pytest.fixture
def claims_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the ordinals whose claims are derived."""
    read: list[str] = []

    def counted(slot: Any, *rest: Any) -> Any:
        read.append(slot.name)
        return claims_of(slot, *rest)

    monkeypatch.setattr(derive_module, "claims_of", counted)
    return read


def _set(**changed: Any) -> Batch:
    return Batch(STATEFULSETS, (Applied(stateful_set(**changed)),))


def _one(kind: Kind, found: KubernetesObject) -> Batch:
    return Batch(kind, (Applied(found),))


def _reserved(name: str) -> Any:
    held = volume(name)
    return replace(held, spec=replace(held.spec, claim_ref=ClaimReference(namespace="default", name="another")))


_OWNED = (OwnerReference(kind="Pod", name="web-1", uid="web-1-uid"),)
_CHANGES: dict[str, Batch | Callable[[Pair], None]] = {
    "status of the set": _set(status={"ready_replicas": 2}, current=OLD),
    "role of the set": _set(annotations={SETTINGS.role_label_annotation: "app"}),
    "more replicas": _set(replicas=4),
    "fewer replicas": _set(replicas=2),
    "claim templates": _set(templates=("data", "logs")),
    "policy and minReadySeconds": _set(policy="Parallel", min_ready_seconds=5),
    "another set of its name": _set(uid="another-uid"),
    "set is gone": Batch(STATEFULSETS, (Deleted(stateful_set()),)),
    "pod is recreated": _one(PODS, pod(1, uid="again", ready_since=100)),
    "pod is on another node": _one(PODS, pod(1, node="node-2")),
    "pod is gone": Batch(PODS, (Deleted(_PODS[1]),)),
    "pod terminates": _one(PODS, terminating(1, asked=90)),
    "pod mounts another claim": _one(PODS, pod(1, claims=("data-web-1", "shared"))),
    "orphan": _one(PODS, pod(7, owners=())),
    "pod of another owner": _one(PODS, pod(1, owners=owned_by("another-uid"), uid="other")),
    "all pods again": Batch(PODS, tuple(map(Applied, _PODS[:2])), replace=True),
    "pod read by name": _one(NAMED_PODS, pod(1, ready="False", ready_since=90)),
    "claim is lost": _one(CLAIMS, claim("data-web-1", phase="Lost")),
    "claim terminates": _one(CLAIMS, claim("data-web-1", deletion_timestamp=at(90))),
    "claim is owned by its pod": _one(CLAIMS, claim("data-web-1", owner_references=_OWNED)),
    "claim has grown": _one(CLAIMS, claim("data-web-1", requested="20Gi")),
    "leftover claim": _one(CLAIMS, claim("data-web-5")),
    "claim is gone": Batch(CLAIMS, (Deleted(claim("data-web-1")),)),
    "volume is released": _one(VOLUMES, volume("pv-data-web-1", phase="Released")),
    "volume is reserved": _one(VOLUMES, _reserved("pv-data-web-1")),
    "volume is gone": Batch(VOLUMES, (Deleted(volume("pv-data-web-1")),)),
    "attached elsewhere too": _one(ATTACHMENTS, attachment("pv-data-web-1", "node-2")),
    "detached": Batch(ATTACHMENTS, (Deleted(attachment("pv-data-web-1")),)),
    "class cannot grow": _one(CLASSES, storage_class(allow_volume_expansion=True)),
    "class is gone": Batch(CLASSES, (Deleted(storage_class()),)),
    "node is not Ready": _one(NODES, node(ready="Unknown", since=90)),
    "node is silent": _one(NODES, node(heartbeat=10)),
    "node is gone": Batch(NODES, (Deleted(node()),)),
    "lease": _one(LEASES, lease(renewed=20)),
    "service has an IP": _one(SERVICES, service(cluster_ip="10.0.0.9")),
    "service is gone": Batch(SERVICES, (Deleted(service()),)),
    "endpoint is not ready": _one(ENDPOINT_SLICES, endpoint_slice(*(endpoint(one, ready=False) for one in _PODS))),
    "slice is gone": Batch(ENDPOINT_SLICES, (Deleted(endpoint_slice()),)),
    "budget is used up": _one(BUDGETS, disruption_budget(left=0)),
    "budget is gone": Batch(BUDGETS, (Deleted(disruption_budget()),)),
    "autoscaler": _one(AUTOSCALERS, autoscaler()),
    "revision": _one(
        REVISIONS, ControllerRevision(metadata=RevisionMeta(name=OLD, namespace="default", owner_references=owned_by()))
    ),
    "event": _one(EVENTS, event("web-1", last=99)),
    **{
        f"{kind.name} cannot be read": partial(Pair.cover, kind=kind, coverage=Coverage.FORBIDDEN)
        for kind in (CLAIMS, VOLUMES, CLASSES, ATTACHMENTS, SERVICES, ENDPOINT_SLICES, NODES, BUDGETS)
    },
    "time passes": lambda pair: pair.look(400),
    "the clock was ahead": lambda pair: pair.look(-30),
}


@pytest.mark.parametrize("name", _CHANGES)
def test_reused_views_equal_views_from_scratch(name: str) -> None:
    pair, change = Pair(), _CHANGES[name]
    pair.flip()
    before = pair.store.fleet
    if isinstance(change, Batch):
        pair.apply(change)
        # Together with a change of a pod, which is reused.
        pair.apply(_one(PODS, pod(0, ready="False", ready_since=100)))
    else:
        change(pair)
    pair.look()
    assert pair.store.fleet is not before or name in ("time passes", "the clock was ahead")
    pair.flip(2)
    pair.look(60)
    for kind, objects in _WELL.items():
        pair.apply(Batch(kind, tuple(map(Applied, objects)), replace=True))
        pair.cover(kind, Coverage.COMPLETE)
        pair.look()
    pair.flip()
    pair.look(-20)
    pair.look(500)


def test_a_change_of_a_pod_leaves_storage_alone(claims_read: list[str]) -> None:
    pair = Pair()
    claims_read.clear()
    store = pair.store
    for second, ready in enumerate(("False", "True", "False")):
        store.apply(_one(PODS, pod(1, ready=ready, ready_since=100 + second)), at(101 + second))
        assert store.refresh(at(101 + second))
        assert not claims_read
    store.apply(_one(CLAIMS, claim("data-web-1", phase="Lost")), at(110))
    assert store.refresh(at(110))
    assert claims_read == ["web-0", "web-1", "web-2"]
