"""No value that the API allows, or that an attacker invents, may break the model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.model.cache.coverage import Coverage, KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.store import Store
from stsview.objects.kinds import (
    ATTACHMENTS,
    AUTOSCALERS,
    BUDGETS,
    CLAIMS,
    CLASSES,
    ENDPOINT_SLICES,
    EVENTS,
    NODES,
    PODS,
    REVISIONS,
    SERVICES,
    STATEFULSETS,
    VOLUMES,
    WATCHED,
    Kind,
)
from stsview.objects.meta import Malformed, decode
from stsview.objects.stream_messages import Applied, Batch
from tests.support.model.build import at

HUGE = 2**63 - 1
NUMBERS = st.sampled_from([0, 1, 2, -1, 2**31 - 1, -(2**31), HUGE, -HUGE])
WORDS = ["", "web", "web-0", "data", "\x1b]0;x\x07", "\n", "[red]", "99%", "Ready", "True", "None", "Ei", "1e99"]
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=6))
TIMES = st.sampled_from(
    [None, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00+14:00"]
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def whole(metadata: st.SearchStrategy[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"metadata": metadata}, optional=fields)


def many(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, max_size=3)


META = {
    "uid": TEXTS,
    "generation": NUMBERS,
    "creationTimestamp": TIMES,
    "deletionTimestamp": TIMES,
    "deletionGracePeriodSeconds": NUMBERS,
    "labels": st.dictionaries(st.sampled_from(["app", "role", "controller-revision-hash"]), TEXTS),
    "annotations": st.dictionaries(st.just("stsview.io/role-label"), TEXTS),
    "finalizers": many(TEXTS),
    "ownerReferences": many(some(kind=TEXTS, name=TEXTS, uid=TEXTS, controller=st.booleans())),
    "managedFields": many(some(manager=TEXTS, time=TIMES, subresource=st.sampled_from(["", "status"]))),
}


def named(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    required = {"name": st.sampled_from(names), "namespace": st.just("default")}
    return st.fixed_dictionaries(required, optional=META)


STATE = some(
    waiting=some(reason=TEXTS, message=TEXTS),
    running=some(startedAt=TIMES),
    terminated=some(exitCode=NUMBERS, signal=NUMBERS, reason=TEXTS, finishedAt=TIMES),
)
CONTAINERS = many(some(name=TEXTS, ready=st.booleans(), restartCount=NUMBERS, state=STATE, lastState=STATE))
CONDITIONS = many(
    some(
        type=st.sampled_from(["Ready", "PodScheduled", "ContainersReady", "Initialized"]),
        status=st.sampled_from(["True", "False", "Unknown", ""]),
        reason=TEXTS,
        message=TEXTS,
        lastTransitionTime=TIMES,
    )
)
CLAIM_SPEC = some(
    resources=some(requests=st.just({"storage": "1E"}) | st.dictionaries(st.just("storage"), TEXTS)),
    storageClassName=TEXTS,
    volumeName=TEXTS,
    volumeMode=TEXTS,
    accessModes=many(TEXTS),
)
OBJECTS: dict[Kind, st.SearchStrategy[dict[str, Any]]] = {
    STATEFULSETS: whole(
        named("web"),
        spec=some(
            replicas=st.one_of(NUMBERS, st.integers(0, 3)),
            serviceName=TEXTS,
            podManagementPolicy=TEXTS,
            minReadySeconds=NUMBERS,
            ordinals=some(start=NUMBERS),
            updateStrategy=some(
                type=st.sampled_from(["RollingUpdate", "OnDelete", "Recreate"]),
                rollingUpdate=some(partition=NUMBERS, maxUnavailable=st.one_of(NUMBERS, TEXTS)),
            ),
            volumeClaimTemplates=many(some(metadata=some(name=TEXTS), spec=CLAIM_SPEC)),
        ),
        status=some(observedGeneration=NUMBERS, replicas=NUMBERS, currentRevision=TEXTS, updateRevision=TEXTS),
    ),
    PODS: whole(
        named("web-0", "web-1", "web-2147483647"),
        spec=some(nodeName=TEXTS, volumes=many(some(persistentVolumeClaim=some(claimName=TEXTS)))),
        status=some(
            phase=st.sampled_from(["Running", "Pending", "Failed", "Succeeded", "Unknown", ""]),
            reason=TEXTS,
            podIP=TEXTS,
            startTime=TIMES,
            conditions=CONDITIONS,
            containerStatuses=CONTAINERS,
            initContainerStatuses=CONTAINERS,
        ),
    ),
    CLAIMS: whole(
        named("data-web-0", "-web-0"),
        spec=CLAIM_SPEC,
        status=some(phase=TEXTS, capacity=st.dictionaries(st.just("storage"), TEXTS)),
    ),
    SERVICES: whole(named("web"), spec=some(clusterIP=TEXTS, selector=st.dictionaries(TEXTS, TEXTS))),
    ENDPOINT_SLICES: whole(
        st.just({"name": "s", "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}}),
        endpoints=many(some(hostname=TEXTS, targetRef=some(uid=TEXTS, name=TEXTS))),
    ),
    REVISIONS: whole(named("web-a", "web-b")),
    NODES: whole(
        some(name=TEXTS, labels=st.dictionaries(st.just("topology.kubernetes.io/zone"), TEXTS)),
        spec=some(unschedulable=st.booleans(), taints=many(some(key=TEXTS))),
        status=some(conditions=CONDITIONS),
    ),
    BUDGETS: whole(
        named("web", "other"),
        spec=some(
            selector=some(matchLabels=st.dictionaries(TEXTS, TEXTS)),
            maxUnavailable=st.one_of(NUMBERS, TEXTS),
            minAvailable=st.one_of(NUMBERS, TEXTS),
        ),
        status=some(disruptionsAllowed=NUMBERS, expectedPods=NUMBERS, observedGeneration=NUMBERS),
    ),
    VOLUMES: whole(some(name=TEXTS), spec=some(accessModes=many(TEXTS)), status=some(phase=TEXTS)),
    CLASSES: whole(some(name=TEXTS), provisioner=TEXTS, volumeBindingMode=TEXTS),
    ATTACHMENTS: whole(
        some(name=TEXTS, deletionTimestamp=TIMES),
        spec=some(nodeName=TEXTS, source=some(persistentVolumeName=TEXTS)),
        status=some(attached=st.booleans(), attachError=some(message=TEXTS), detachError=some(message=TEXTS)),
    ),
    AUTOSCALERS: whole(
        named("web"),
        spec=some(
            scaleTargetRef=some(kind=st.sampled_from(["StatefulSet", "x"]), name=TEXTS, apiVersion=TEXTS),
            minReplicas=NUMBERS,
            maxReplicas=NUMBERS,
        ),
    ),
    EVENTS: whole(
        named("e1", "e2"),
        type=st.sampled_from(["Warning", "Normal"]),
        involvedObject=some(
            kind=st.sampled_from(["StatefulSet", "Pod", "PersistentVolumeClaim", "x"]),
            name=st.one_of(TEXTS, st.sampled_from(["web-0", "data-web-0"])),
            uid=TEXTS,
        ),
        reason=TEXTS,
        message=TEXTS,
        count=NUMBERS,
        series=some(count=NUMBERS, lastObservedTime=TIMES),
        firstTimestamp=TIMES,
        lastTimestamp=TIMES,
        eventTime=TIMES,
    ),
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_object_breaks_the_model(data: st.DataObject) -> None:
    store = Store(ModelSettings(max_rows=20))
    for kind in WATCHED:
        store.cover(kind, "", KindCoverage(Coverage.COMPLETE))
        for value in data.draw(many(OBJECTS[kind]), label=kind.name):
            try:
                held = decode(json.dumps(value).encode(), kind.decoder)
            except Malformed:
                continue
            store.apply(Batch(kind, (Applied(held),)), at(0))
    for seconds in (0, 1, 10_000):
        store.refresh(at(seconds))
        for view in store.fleet.sets.values():
            assert view.why.severity is view.severity
            assert all(len(row.state.label.split()) <= 3 for row in view.ordinals)


@pytest.mark.parametrize("stamp", ["2026-03-01T12:00:00", "yesterday", 5])
def test_an_instant_without_a_time_zone_is_malformed(stamp: object) -> None:
    value = {"metadata": {"name": "web-0", "creationTimestamp": stamp}}
    with pytest.raises(Malformed):
        decode(json.dumps(value).encode(), PODS.decoder)
