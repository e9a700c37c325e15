"""Rules about PVCs without a volume."""

from __future__ import annotations

from typing import Any

import pytest

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Certainty, Danger, Finding, Level
from stsview.objects.event import Event
from stsview.objects.kinds import CLASSES, NODES
from stsview.objects.pod import Pod
from stsview.triage.rule import Rule
from stsview.triage.rules.storage import provisioning
from stsview.triage.rules.storage.provisioning import (
    claim_without_class,
    class_missing,
    provisioner_unresponsive,
    provisioning_failed,
    selected_node_gone,
)
from tests.support.model.build import around, at, event, node, pod, stateful_set, storage_class, without
from tests.support.triage.claims import claimed, unscheduled
from tests.support.triage.judge import found, judged

ASKED = {"volume.kubernetes.io/storage-provisioner": "csi.example.com"}
LATER = storage_class(volume_binding_mode="WaitForFirstConsumer")
NO_SPACE = 'failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted'
NOT_FOUND = 'storageclass.storage.k8s.io "fast" not found'


def pending(*members: Pod, classes: Any = (), events: Any = (), **parts: Any) -> SetObjects:
    """Two pods that wait for similar PVCs."""
    more = {name: parts.pop(name) for name in ("coverage", "nodes") if name in parts}
    claims = [claimed(f"data-web-{ordinal}", phase="Pending", **parts) for ordinal in range(2)]
    return around(
        stateful_set(2, policy="Parallel"),
        members or [unscheduled(0), unscheduled(1)],
        claims=claims,
        classes={one.metadata.name: one for one in classes},
        events=events,
        **more,
    )


def findings_of(objects: SetObjects, now: float = 300, first_seen: float | None = 0) -> list[Finding]:
    return [one for rule in provisioning.RULES for one in found(rule, objects, now, first_seen=first_seen)]


def failure(message: str, ordinal: int = 0, first: float = 10) -> Event:
    return event(f"data-web-{ordinal}", "ProvisioningFailed", message, kind="PersistentVolumeClaim", first=first)


@pytest.mark.parametrize(
    ("named", "classes", "headline", "dangers"),
    [
        (None, [storage_class()], "name no StorageClass, and there is no default", [0, 1, 2]),
        (None, [storage_class(default=True)], "name no StorageClass, and none was assigned", [0, 2]),
        ("", [storage_class(default=True)], 'have the StorageClass "", and no volume matches', [0, 1]),
    ],
)
def test_a_claim_without_a_class(named: str | None, classes: Any, headline: str, dangers: list[int]) -> None:
    (finding,) = findings_of(pending(storage_class_name=named, classes=classes))
    assert (finding.rule, finding.level, finding.since) == (claim_without_class.id, Level.ERROR, at(0))
    assert finding.headline == f"web-0 and web-1: PVCs data-web-0 and data-web-1 {headline}"
    assert finding.ordinals == (0, 1)
    assert [remedy.danger for remedy in finding.remedies] == dangers


@pytest.mark.parametrize(
    ("now", "parts"),
    [
        (100, {"storage_class_name": None}),
        (300, {"storage_class_name": None, "volume_name": "made-by-hand"}),
    ],
)
def test_a_claim_without_a_class_that_may_still_get_one(now: float, parts: dict[str, Any]) -> None:
    assert findings_of(pending(**parts), now) == []


def test_a_class_that_does_not_exist() -> None:
    (finding,) = findings_of(pending(events=(failure(NOT_FOUND),)))
    assert (finding.rule, finding.certainty) == (class_missing.id, Certainty.CERTAIN)
    assert finding.headline == "web-0 and web-1: StorageClass fast of PVCs data-web-0 and data-web-1 does not exist"
    assert [remedy.danger for remedy in finding.remedies] == [Danger.READ_ONLY, Danger.REVERSIBLE, Danger.DISRUPTIVE]


def test_without_classes_the_volume_controllers_event_is_used() -> None:
    hidden = without(CLASSES)
    (finding,) = findings_of(pending(events=(failure(NOT_FOUND),), coverage=hidden))
    assert (finding.rule, finding.certainty, finding.ordinals) == (class_missing.id, Certainty.LIKELY, (0,))
    assert findings_of(pending(coverage=hidden)) == []


def test_a_provisioner_that_fails() -> None:
    warnings = (failure(NO_SPACE), failure(NO_SPACE, 1))
    (finding,) = findings_of(pending(classes=[storage_class()], events=warnings))
    assert (finding.rule, finding.certainty, finding.since) == (provisioning_failed.id, Certainty.LIKELY, at(10))
    assert finding.headline == (
        "web-0 and web-1: no volume provisioned for PVCs data-web-0 and data-web-1: rpc error: code = ResourceExhausted"
    )
    assert findings_of(pending(classes=[storage_class()], events=warnings), 100) == []


def test_a_bound_claim_has_no_provisioning_failure() -> None:
    objects = around(stateful_set(1), [pod(0)], events=(failure(NO_SPACE),))
    assert findings_of(objects) == []


@pytest.mark.parametrize(
    ("parts", "since"),
    [
        ({"classes": [storage_class()]}, 0),
        ({"classes": [LATER], "annotations": ASKED}, 20),
        ({"annotations": ASKED, "coverage": without(CLASSES)}, 20),
    ],
)
def test_a_provisioner_that_does_not_respond(parts: dict[str, Any], since: float) -> None:
    (finding,) = findings_of(pending(**parts), first_seen=20)
    assert (finding.rule, finding.certainty, finding.since) == (
        provisioner_unresponsive.id,
        Certainty.CERTAIN,
        at(since),
    )
    assert finding.headline == (
        "web-0 and web-1: csi.example.com does not respond: no volume, no error for PVCs data-web-0 and data-web-1"
    )
    assert findings_of(pending(**parts), 110, first_seen=20) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"classes": [LATER]},
        {"classes": [storage_class(provisioner="kubernetes.io/no-provisioner")]},
        {"coverage": without(CLASSES)},
    ],
)
def test_a_claim_that_waits_for_its_first_consumer_or_a_manual_volume(parts: dict[str, Any]) -> None:
    assert findings_of(pending(**parts), 90_000) == []


@pytest.mark.parametrize("rule", provisioning.RULES)
def test_a_healthy_set(rule: Rule) -> None:
    assert found(rule, around(stateful_set(1), [pod(0)]), 300, first_seen=0) == ()


def test_an_unscheduled_pod_is_only_a_symptom() -> None:
    (head,) = judged(pending(), 300, first_seen=0).findings
    assert head.rule == class_missing.id
    assert head.so == ""


def test_the_beta_annotation_names_the_class() -> None:
    annotations = {**ASKED, "volume.beta.kubernetes.io/storage-class": "fast"}
    classes = [storage_class(), storage_class("standard", default=True)]
    (finding,) = findings_of(pending(classes=classes, storage_class_name=None, annotations=annotations))
    assert (finding.rule, finding.ordinals) == (provisioner_unresponsive.id, (0, 1))
    assert finding.evidence[2].field == "metadata.annotations[volume.beta.kubernetes.io/storage-class]"
    assert finding.evidence[2].value == "fast"


def test_a_volume_for_a_node_that_does_not_exist() -> None:
    annotations = {**ASKED, "volume.kubernetes.io/selected-node": "node-9"}
    events = (failure('failed to get target node: node "node-9" not found'),)
    objects = pending(classes=[LATER], annotations=annotations, events=events)
    first, _ = found(selected_node_gone, objects, 300, first_seen=0)
    assert (
        first.headline == "web-0: the volume of PVC data-web-0 is to be created for node node-9, which does not exist"
    )
    assert first.remedies[0].command.endswith("annotate pvc data-web-0 volume.kubernetes.io/selected-node-")
    rules = [one.rule for one in judged(objects, 300, first_seen=0).findings]
    assert rules == [selected_node_gone.id, selected_node_gone.id, "members-down"]
    assert not found(selected_node_gone, objects, 5)
    known = pending(classes=[LATER], annotations=annotations, nodes={"node-9": node("node-9")})
    hidden = pending(classes=[LATER], annotations=annotations, coverage=without(NODES))
    assert not found(selected_node_gone, known, 300, first_seen=0)
    assert not found(selected_node_gone, hidden, 300, first_seen=0)
