"""Rules about leftover PVCs, and PVCs that differ from the template."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from stsview.model.cache.set_objects import SetObjects
from stsview.model.finding import Danger, Growth, Level
from stsview.model.views import Severity
from stsview.objects.claim import ClaimSpec, Resources
from stsview.objects.kinds import CLAIMS
from stsview.objects.meta import OwnerReference
from stsview.objects.statefulset import StatefulSet
from stsview.triage.rules.storage.leftover_claims import leftover_claims
from stsview.triage.rules.storage.template_drift import claims_differ_from_template
from tests.support.model.build import around, at, claim, condition, pod, stateful_set, storage_class, without
from tests.support.triage.claims import claimed
from tests.support.triage.judge import found, judged


def with_template(size: str, replicas: int = 3, **spec: Any) -> StatefulSet:
    stateful = stateful_set(replicas)
    wanted = ClaimSpec(storage_class_name="fast", resources=Resources(requests={"storage": size}), **spec)
    templates = tuple(replace(one, spec=wanted) for one in stateful.spec.volume_claim_templates)
    return replace(stateful, spec=replace(stateful.spec, volume_claim_templates=templates))


def test_claims_with_the_same_drift_are_one_notice() -> None:
    sizes = {0: "10Gi", 1: "10Gi", 2: "25Gi"}
    claims = [claim(f"data-web-{ordinal}", size=size) for ordinal, size in sizes.items()]
    classes = {"fast": storage_class(allow_volume_expansion=True)}
    objects = around(with_template("25Gi"), [pod(ordinal) for ordinal in range(3)], claims=claims, classes=classes)
    (finding,) = found(claims_differ_from_template, objects)
    assert (finding.level, finding.ordinals) == (Level.NOTICE, (0, 1))
    assert finding.headline == "web-0 and web-1: PVCs differ from template data: size: template has 25 Gi"
    assert [(one.object, one.value) for one in finding.evidence] == [
        ("StatefulSet web", "25Gi"),
        ("PersistentVolumeClaim data-web-0", "10Gi"),
        ("PersistentVolumeClaim data-web-1", "10Gi"),
    ]
    assert [one.danger for one in finding.remedies] == [Danger.READ_ONLY, Danger.DISRUPTIVE, Danger.DISRUPTIVE]
    assert finding.remedies[1].command == (
        "kubectl -n default patch pvc data-web-0 --type=merge"
        ' -p \'{"spec":{"resources":{"requests":{"storage":"25Gi"}}}}\''
    )
    assert judged(objects).severity is Severity.HEALTHY


@pytest.mark.parametrize(("size", "expandable"), [("5Gi", True), ("25Gi", False)])
def test_claims_that_cannot_expand_get_no_expand_step(size: str, expandable: bool) -> None:
    classes = {"fast": storage_class(allow_volume_expansion=expandable)}
    (finding,) = found(claims_differ_from_template, around(with_template(size, 1), [pod(0)], classes=classes))
    assert not any("grow" in one.text for one in finding.remedies)
    too = [one.growth for one in finding.remedies if one.growth is not None]
    assert too == ([Growth("data", "10Gi", (), with_template=True)] if expandable else [])


@pytest.mark.parametrize("size", ["10Gi", "10240Mi"])
def test_claims_that_match_the_template(size: str) -> None:
    assert found(claims_differ_from_template, around(with_template(size, 1), [pod(0)])) == ()


def with_claims(*more: Any, replicas: int = 2, **parts: Any) -> SetObjects:
    pods = [pod(ordinal) for ordinal in range(replicas)]
    return around(
        stateful_set(replicas), pods, claims=[*(claim(f"data-web-{o}") for o in range(replicas)), *more], **parts
    )


def test_claims_above_the_range_are_leftover() -> None:
    objects = with_claims(claim("data-web-3"), claim("data-web-10", size="20Gi"))
    (finding,) = found(leftover_claims, objects)
    assert (finding.level, finding.since, finding.ordinals) == (Level.NOTICE, None, ())
    assert finding.headline == "leftover PVCs of web-3 and web-10: scaling up would reuse their old data"
    assert finding.so == "the new pods would start with the old data in 2 PVCs (30 Gi in total)"
    assert [(one.object, one.value) for one in finding.evidence] == [
        ("PersistentVolumeClaim data-web-3", "2026-03-01T12:00:00Z"),
        ("PersistentVolumeClaim data-web-10", "2026-03-01T12:00:00Z"),
    ]
    assert [(one.danger, one.command) for one in finding.remedies] == [
        (Danger.READ_ONLY, "kubectl -n default get pvc data-web-3 data-web-10"),
        (Danger.LOSS, "kubectl -n default delete pvc data-web-3 data-web-10"),
    ]
    assert judged(objects).severity is Severity.HEALTHY


def test_newer_servers_report_since_when_a_claim_is_unused() -> None:
    unused = claimed("data-web-3", status={"conditions": (condition("Unused", "True", 30),)})
    (finding,) = found(leftover_claims, with_claims(unused))
    assert finding.since == at(30)
    assert finding.so == "the new pod would start with the old data (10 Gi)"


def test_many_old_claims_are_not_all_quoted() -> None:
    (finding,) = found(leftover_claims, with_claims(*(claim(f"data-web-{ordinal}") for ordinal in range(5, 30))))
    assert finding.evidence[-1].object == "15 more PVCs"


@pytest.mark.parametrize(
    "objects",
    [
        with_claims(),
        with_claims(claim("logs-web-3")),
        with_claims(claim("data-web-03")),
        with_claims(claim("data-web-3", deletion_timestamp=at(50))),
        with_claims(claim("data-web-3", owner_references=(OwnerReference(kind="Pod", name="web-3", uid="gone"),))),
        with_claims(claim("data-web-3", labels={"app": "other"})),
        with_claims(
            claim("data-web-3", creation_timestamp=at(55))
        ),  # of a scale-up that the watch has not delivered yet
        with_claims(claim("data-web-3"), coverage=without(CLAIMS)),
        around(stateful_set(2), [pod(0), pod(1), pod(2)]),
        around(stateful_set(2), [pod(0)], claims=[claim("data-web-0"), claim("data-web-1")]),
    ],
)
def test_claims_in_use_terminating_or_of_others_are_not_leftover(objects: SetObjects) -> None:
    assert found(leftover_claims, objects) == ()


def test_claims_below_the_first_ordinal_are_leftover_too() -> None:
    objects = around(stateful_set(1, start=5), [pod(5)], claims=[claim("data-web-5"), claim("data-web-0")])
    (finding,) = found(leftover_claims, objects)
    assert finding.headline == "leftover PVC of web-0: lowering ordinals.start would reuse its old data"
