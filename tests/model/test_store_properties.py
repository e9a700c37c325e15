"""Whatever the order of changes, the store equals a derivation of everything from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stsview.model import packing
from stsview.model import store as store_module
from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.objects.claim import PersistentVolumeClaim
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
)
from stsview.objects.meta import ObjectMeta, OwnerReference
from stsview.objects.network import EndpointSlice, Service
from stsview.objects.pod import Pod
from stsview.objects.statefulset import ControllerRevision, RevisionMeta, StatefulSet, UpdateStrategy
from stsview.objects.stream_messages import Applied, Batch, Deleted
from stsview.triage.catalogue import examine
from tests.support.model.build import (
    NEW,
    OLD,
    at,
    attachment,
    autoscaler,
    claim,
    condition,
    crashing,
    death,
    disruption_budget,
    endpoint,
    endpoint_slice,
    event,
    lease,
    node,
    owned_by,
    pod,
    rolling,
    running,
    service,
    starting,
    stateful_set,
    storage_class,
    terminating,
    volume,
)
from tests.support.model.oracle import Oracle

SETTINGS = ModelSettings(
    observe_grace=7,
    act_grace=11,
    termination_slack=5,
    schedule_grace=13,
    ready_grace=17,
    crash_window=19,
    delete_grace=23,
    service_grace=3,
    sighting_grace=4,
    stream_silence=9,
    orphan_grace=14,
    heartbeat_grace=21,
)

SETS = ("web", "web", "web", "web-1")
NAMESPACES = ("default", "default", "default", "default", "other")
VOLUME_NAMES = ("pv-data-web-0", "pv-data-web-0", "pv-data-web-1", "pv-shared")
CLAIM_NAMES = ("data-web-0", "data-web-0", "data-web-1", "logs-web-0", "data-web-1-0", "shared")
SECONDS = st.integers(-30, 60)
UIDS = st.sampled_from(["first", "second"])


@st.composite
def stateful_sets(draw: st.DrawFn) -> StatefulSet:
    strategy = draw(
        st.sampled_from(
            [rolling(), rolling(1), rolling(9), rolling(max_unavailable=1), UpdateStrategy(type="OnDelete")]
        )
    )
    deleted: dict[str, Any] = {"deletion_timestamp": at(draw(SECONDS))} if draw(st.integers(0, 9)) == 9 else {}
    return stateful_set(
        draw(st.sampled_from([2, 3, 1, 0])),
        name=draw(st.sampled_from(SETS)),
        namespace=draw(st.sampled_from(NAMESPACES)),
        uid=draw(UIDS),
        current=draw(st.sampled_from([NEW, OLD, ""])),
        strategy=strategy,
        policy=draw(st.sampled_from(["OrderedReady", "Parallel"])),
        service=draw(st.sampled_from(["web", ""])),
        templates=draw(st.sampled_from([("data",), ("data", "logs"), ()])),
        start=draw(st.integers(0, 1)),
        min_ready_seconds=draw(st.sampled_from([0, 8])),
        generation=draw(st.integers(1, 2)),
        status={"replicas": draw(st.integers(0, 3))},
        **deleted,
    )


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    since = draw(SECONDS)
    common: dict[str, Any] = {
        "set_name": draw(st.sampled_from(SETS)),
        "namespace": draw(st.sampled_from(NAMESPACES)),
        "revision": draw(st.sampled_from([NEW, OLD, ""])),
        "owners": draw(st.sampled_from([owned_by("first"), owned_by("second"), ()])),
        "labels": draw(st.sampled_from([{"app": "web"}, {"app": "other"}, {"app": "web", "b": "c"}])),
        "claims": draw(st.sampled_from([(), ("shared",)])),
        "node": draw(st.sampled_from(["node-1", "node-1", "node-2"])),
    }
    unscheduled = [condition("PodScheduled", "False", since, "Unschedulable", "pod has unbound PersistentVolumeClaims")]
    makers: list[Callable[[int], Pod]] = [
        lambda ordinal: pod(ordinal, ready_since=since, **common),
        lambda ordinal: pod(ordinal, ready="False", ready_since=since, reason="ContainersNotReady", **common),
        lambda ordinal: pod(ordinal, ready="Unknown", ready_since=since, **common),
        lambda ordinal: pod(ordinal, phase="Failed", ready="False", ready_since=since, **common),
        lambda ordinal: pod(ordinal, phase="Pending", containers=(), conditions=unscheduled, **(common | {"node": ""})),
        lambda ordinal: starting(ordinal, started=since, **common),
        lambda ordinal: crashing(ordinal, **common),
        lambda ordinal: terminating(ordinal, asked=since, grace=draw(st.sampled_from([0, 10])), **common),
        lambda ordinal: pod(
            ordinal,
            ready="False",
            ready_since=since,
            containers=[running(ready=False, since=since, restarts=2, last=death(finished=since))],
            **common,
        ),
    ]
    made = draw(st.sampled_from(makers))(draw(st.integers(0, 4)))
    # No two objects of a cluster have one uid; the first sightings of a pod are held by it.
    uid = f"{made.metadata.name}-{draw(st.sampled_from('ab'))}"
    return msgspec.structs.replace(made, metadata=msgspec.structs.replace(made.metadata, uid=uid))


def nobody(set_name: str, ordinal: int) -> Pod:
    """The result of reading a pod by name where there is none."""
    return Pod(metadata=ObjectMeta(name=f"{set_name}-{ordinal}", namespace="default"))


@st.composite
def claims(draw: st.DrawFn) -> PersistentVolumeClaim:
    stale = (OwnerReference(kind="Pod", name="web-0", uid="pod-z"),)
    extra: dict[str, Any] = {"owner_references": stale} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        extra["deletion_timestamp"] = at(draw(SECONDS))
    name = draw(st.sampled_from(CLAIM_NAMES))
    phase = draw(st.sampled_from(["Bound", "Pending", "Lost"]))
    held = claim(name, phase=phase, namespace=draw(st.sampled_from(NAMESPACES)), **extra)
    named = draw(st.sampled_from(["fast", None, ""]))
    return msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, storage_class_name=named))


@st.composite
def services(draw: st.DrawFn) -> Service:
    return service(
        draw(st.sampled_from(["web", "web", "web-hl"])),
        cluster_ip=draw(st.sampled_from(["None", "10.0.0.9"])),
        selector=draw(st.sampled_from([None, {}, {"app": "x"}])),
    )


@st.composite
def slices(draw: st.DrawFn) -> EndpointSlice:
    held = draw(st.lists(pods(), max_size=2))
    readiness = st.sampled_from([True, False, None])
    endpoints = [endpoint(of, ready=draw(readiness), hostname=draw(st.booleans())) for of in held]
    return endpoint_slice(
        *endpoints, name=draw(st.sampled_from(["s1", "s2"])), service_name=draw(st.sampled_from(["web", "x", ""]))
    )


@st.composite
def revisions(draw: st.DrawFn) -> ControllerRevision:
    return ControllerRevision(
        metadata=RevisionMeta(
            name=draw(st.sampled_from([NEW, OLD, "web-bad"])),
            namespace="default",
            owner_references=draw(st.sampled_from([owned_by("first"), owned_by("second"), ()])),
            creation_timestamp=at(draw(SECONDS)),
        )
    )


EVENT: dict[str, Any] = {
    "last": SECONDS,
    "name": st.sampled_from(["e1", "e2", "e3"]),
    "type": st.sampled_from(["Warning", "Warning", "Normal"]),
    "namespace": st.sampled_from(NAMESPACES),
}


OBJECTS: dict[Kind, st.SearchStrategy[Any]] = {
    STATEFULSETS: stateful_sets(),
    PODS: pods(),
    CLAIMS: claims(),
    SERVICES: services(),
    ENDPOINT_SLICES: slices(),
    REVISIONS: revisions(),
    NODES: st.builds(
        node,
        st.sampled_from(["node-1", "node-1", "node-2"]),
        st.sampled_from(["True", "False", "Unknown", ""]),
        since=SECONDS,
        zone=st.sampled_from(["zone-a", ""]),
        cordoned=st.booleans(),
        heartbeat=st.one_of(st.none(), SECONDS),
    ),
    BUDGETS: st.builds(
        disruption_budget,
        st.sampled_from(["one", "two"]),
        labels=st.sampled_from([None, {}, {"app": "x"}, {"app": "web", "b": "c"}]),
        left=st.integers(0, 1),
    ),
    VOLUMES: st.builds(
        volume,
        st.sampled_from(VOLUME_NAMES),
        phase=st.sampled_from(["Bound", "Released"]),
        modes=st.sampled_from([("ReadWriteOnce",), ("ReadWriteMany",)]),
        zone=st.sampled_from(["", "zone-a"]),
    ),
    CLASSES: st.builds(
        storage_class,
        st.sampled_from(["fast", "slow"]),
        default=st.booleans(),
        created=SECONDS,
        allow_volume_expansion=st.booleans(),
    ),
    ATTACHMENTS: st.builds(
        attachment,
        st.sampled_from(VOLUME_NAMES),
        st.sampled_from(["node-1", "node-2"]),
        attached=st.booleans(),
        error=st.sampled_from(["", "no such disk"]),
        deletion_timestamp=st.sampled_from([None, None, at(1)]),
    ),
    AUTOSCALERS: st.builds(
        autoscaler, st.sampled_from(["one", "two"]), target=st.sampled_from(["web", "web", "web-1", "x"])
    ),
    NAMED_PODS: st.one_of(pods(), st.builds(nobody, st.sampled_from(SETS), st.integers(0, 4))),
    LEASES: st.builds(
        lease,
        st.sampled_from(["node-1", "node-2"]),
        st.one_of(st.none(), SECONDS),
        before=st.one_of(st.none(), SECONDS),
        seconds=st.sampled_from([40, 5, 0]),
    ),
    EVENTS: st.one_of(
        st.builds(event, st.just("web-0"), uid=st.sampled_from(["", "web-0-a", "web-0-b"]), **EVENT),
        st.builds(event, st.sampled_from(["web-1", "web-1-0", "web-x"]), **EVENT),
        st.builds(event, st.sampled_from(SETS), kind=st.just("StatefulSet"), uid=UIDS, **EVENT),
        st.builds(event, st.sampled_from(CLAIM_NAMES), kind=st.just("PersistentVolumeClaim"), **EVENT),
    ),
}


@dataclass(frozen=True)
class Covered:
    kind: Kind
    namespace: str
    coverage: KindCoverage | None


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    kind = draw(st.sampled_from([PODS, PODS, CLAIMS, ENDPOINT_SLICES, *WATCHED, LEASES, NAMED_PODS]))
    replace = draw(st.integers(0, 9)) == 9
    namespace = draw(st.sampled_from(["", *NAMESPACES])) if replace else ""
    objects = draw(st.lists(OBJECTS[kind], max_size=4))
    if namespace:
        objects = [o for o in objects if o.metadata.namespace == namespace]
    wrap: list[type[Applied] | type[Deleted]] = [Applied] if replace else [Applied, Applied, Deleted]
    return Batch(kind, tuple(draw(st.sampled_from(wrap))(o) for o in objects), replace, namespace)


coverages = st.builds(
    Covered,
    st.sampled_from([*WATCHED, LEASES]),
    st.sampled_from(["", *NAMESPACES]),
    st.sampled_from([KindCoverage(Coverage.COMPLETE)] * 3 + [None] + [KindCoverage(c, "no") for c in Coverage]),
)
steps = st.lists(
    st.one_of(*[batches()] * 6, coverages, st.integers(-20, 30), st.integers(1, 30)), min_size=1, max_size=40
)


def covered() -> tuple[Store, Oracle]:
    store, oracle = Store(SETTINGS, examine), Oracle(SETTINGS, examine)
    for kind in WATCHED:
        for held in (store, oracle):
            held.cover(kind, "", KindCoverage(Coverage.COMPLETE))
    return store, oracle


READY_ONE_AFTER_ANOTHER = [
    Batch(PODS, (Applied(pod(0, uid="web-0-a")), Applied(pod(1, uid="web-1-a", ready_since=1)))),
    Batch(PODS, ()),
]
WELL_PODS = [pod(ordinal, uid=f"web-{ordinal}-a", owners=owned_by("first"), claims=()) for ordinal in range(2)]
WELL = [
    Batch(PODS, tuple(map(Applied, WELL_PODS))),
    Batch(CLAIMS, tuple(Applied(claim(f"data-{one.metadata.name}")) for one in WELL_PODS)),
    Batch(VOLUMES, tuple(Applied(volume(f"pv-data-{one.metadata.name}")) for one in WELL_PODS)),
    Batch(ATTACHMENTS, tuple(Applied(attachment(f"pv-data-{one.metadata.name}")) for one in WELL_PODS)),
    Batch(CLASSES, (Applied(storage_class()),)),
    Batch(NODES, (Applied(node()),)),
    Batch(ENDPOINT_SLICES, (Applied(endpoint_slice(*map(endpoint, WELL_PODS))),)),
]
"""All that belongs to the set which each sequence of steps begins with."""
REVERSED_READINESS = [
    Batch(PODS, (Applied(pod(0, uid="web-0-a", owners=owned_by("first"), claims=(), ready="False", ready_since=2)),)),
    5,
    Batch(PODS, (Applied(pod(0, uid="web-0-a", owners=owned_by("first"), claims=("shared",), ready_since=4)),)),
    30,
    -20,
    Batch(CLAIMS, (Applied(claim("data-web-1", phase="Lost")),)),
]
ONE_NAME_TWICE = [
    Batch(NAMED_PODS, tuple(Applied(one) for one in (nobody("web", 0), pod(1, uid="b"), pod(0, uid="a"))), replace=True)
]


@pytest.fixture(autouse=True, scope="module")
def _packed_from_the_first() -> Iterator[None]:
    """As in a large cluster, with several dictionaries."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module, "MANY_VIEWS", 0)
        patched.setattr(store_module, "MANY", 0)
        patched.setattr(packing, "_DICTIONARIES_AT", (4, 16, 64))
        patched.setattr(packing, "_SAMPLES", 2)
        yield


@settings(max_examples=70, deadline=None)
@given(st.booleans(), steps)
@example(False, READY_ONE_AFTER_ANOTHER)
@example(False, ONE_NAME_TWICE)
@example(True, REVERSED_READINESS)
def test_incremental_views_equal_views_from_scratch(complete: bool, steps: list[Batch | Covered | int]) -> None:
    """`complete`: begin with a set that is well, of which the next views reuse the former ones."""
    store, oracle = covered()
    now = at(0)
    for batch in (
        Batch(STATEFULSETS, (Applied(stateful_set(2, uid="first")),)),
        Batch(SERVICES, (Applied(service()),)),
        *(WELL if complete else ()),
    ):
        store.apply(batch, now)
        oracle.apply(batch)
    store.refresh(now)
    oracle.fleet(now)
    for step in steps:
        if isinstance(step, int) and step < 0:
            now += timedelta(seconds=step)
            oracle.go_back(now)
        elif isinstance(step, int):
            now = pass_time(store, oracle, now, now + timedelta(seconds=step))
        elif isinstance(step, Covered):
            for held in (store, oracle):
                held.cover(step.kind, step.namespace, step.coverage)
        else:
            store.apply(step, now)
            oracle.apply(step)
        before = store.fleet
        changed = store.refresh(now)
        fresh = oracle.fleet(now)
        assert store.fleet == fresh
        for key, stateful in oracle.held[STATEFULSETS.name].items():
            around = store.objects_of(key)
            assert around is not None
            assert around.events == oracle.surroundings(stateful).events
        assert changed == {
            key for key in before.sets.keys() | fresh.sets.keys() if before.sets.get(key) != fresh.sets.get(key)
        }


def pass_time(store: Store, oracle: Oracle, now: datetime, until: datetime) -> datetime:
    """Let time pass as the loop does, and check just before each `next_change` that nothing has changed yet."""
    while (due := store.next_change) is not None and due <= until:
        assert due > now
        eve = due - timedelta(microseconds=1)
        assert oracle.fleet(eve) == store.fleet
        assert store.refresh(eve) == frozenset()
        now = due
        store.refresh(now)
        assert oracle.fleet(now) == store.fleet
    assert oracle.fleet(until) == store.fleet
    return until


@settings(max_examples=25, deadline=None)
@given(st.lists(batches(), min_size=1, max_size=10))
def test_known_objects_affect_nothing(told: list[Batch]) -> None:
    store, oracle = covered()
    for batch in told:
        store.apply(batch, at(0))
        oracle.apply(batch)
    store.refresh(at(0))
    fleet = store.fleet
    for kind in WATCHED:
        objects = tuple(Applied(o) for o in oracle.held[kind.name].values())
        for again in (Batch(kind, objects), Batch(kind, objects, replace=True)):
            store.apply(again, at(1))
            assert store.refresh(at(0)) == frozenset()
            assert store.fleet is fleet
