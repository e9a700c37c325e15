"""Rules about other writers of a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest

from stsview.model.derive import derive
from stsview.model.finding import Danger, Finding, Level
from stsview.model.settings import ModelSettings
from stsview.model.timing.sightings import Token
from stsview.objects.meta import FieldsOfSpec, FieldsV1, ManagedFieldsEntry, OwnerReference, Present
from stsview.triage.rule import Rule
from stsview.triage.rules.controller.writers import change_reverted, declared_elsewhere, owned_by_operator, scale_fight
from tests.support.model.build import OLD, around, at, autoscaler, crashing, pod, stateful_set
from tests.support.triage.judge import found, judged

Step = tuple[float, int, str, str]
"""Second, replicas, update revision, and field manager."""

HPA, ARGO, HAND = "kube-controller-manager", "argocd-controller", "kubectl"


def findings_after(rule: Rule, steps: Sequence[Step], until: float = 0) -> tuple[Finding, ...]:
    """The findings of a rule at the end of the observed steps, or at `until`."""
    seen: Mapping[Token, datetime] = {}
    findings: tuple[Finding, ...] = ()
    for when, replicas, update, manager in (*steps, (until, *steps[-1][1:]) if until else steps[-1]):
        fields = FieldsV1(spec=FieldsOfSpec(template=Present(), replicas=Present()))
        # The API server writes no time where an autoscaler writes the subresource scale.
        scale = {"subresource": "scale"} if manager == HPA else {"time": at(when)}
        entry = ManagedFieldsEntry(manager=manager, operation="Update", fields_v1=fields, **scale)
        stateful = stateful_set(replicas, update=update, current=update, managed_fields=(entry,) if manager else ())
        objects = around(stateful, [pod(ordinal, revision=update) for ordinal in range(replicas)])
        view, seen = derive(objects, seen, at(when), at(when), ModelSettings(), lambda case: tuple(rule.find(case)))
        findings = view.findings
    return findings


def scaled(*values: tuple[int, str], apart: float = 60) -> list[Step]:
    return [(100 + apart * number, replicas, "web-new", manager) for number, (replicas, manager) in enumerate(values)]


def test_two_writers_of_replicas_fight() -> None:
    steps = scaled((3, ARGO), (5, HPA), (3, ARGO), (5, HPA))
    (finding,) = findings_after(scale_fight, steps)
    assert finding.headline == ("replicas alternates: argocd-controller sets 3, kube-controller-manager sets 5")
    assert (finding.level, finding.since) == (Level.WARNING, at(160))
    assert [one.value for one in finding.evidence] == [
        "3, by argocd-controller",
        "5, by kube-controller-manager",
        "3, by argocd-controller",
        "5, by kube-controller-manager",
    ]
    assert finding.remedies[-1].text == "remove replicas from what argocd-controller declares"
    assert findings_after(change_reverted, steps) == ()
    assert findings_after(scale_fight, steps, until=3_000) == (), "over after a long time without writes"


@pytest.mark.parametrize(
    "steps",
    [
        scaled((3, HPA), (5, HPA), (3, HPA), (5, HPA)),
        scaled((3, ARGO), (5, HPA), (3, ARGO)),
        scaled((3, ARGO), (5, HPA), (4, ARGO), (6, HPA)),
        scaled((3, ARGO), (5, HPA), (3, ARGO), (5, HPA), apart=2_000),
        scaled((3, ""), (5, ""), (3, ""), (5, "")),
    ],
    ids=["one alone", "once", "other values", "over hours", "no manager"],
)
def test_repeated_changes_by_people_are_no_fight(steps: list[Step]) -> None:
    assert findings_after(scale_fight, steps) == ()


def test_a_reverted_change_is_a_notice() -> None:
    (finding,) = findings_after(change_reverted, scaled((3, ARGO), (5, HAND), (3, ARGO)))
    assert finding.headline == "replicas reverted from 5 to 3 by argocd-controller"
    assert (finding.level, finding.so) == (Level.NOTICE, "the change by kubectl is lost")
    steps = [(100.0, 2, OLD, ARGO), (160.0, 2, "web-new", "kubectl-set"), (220.0, 2, OLD, ARGO)]
    (finding,) = findings_after(change_reverted, steps)
    assert finding.headline == "template reverted from new to old by argocd-controller"


@pytest.mark.parametrize(
    "steps",
    [
        scaled((3, ARGO), (5, HAND), (3, "kubectl-client-side-apply")),
        scaled((3, ARGO), (5, ARGO), (3, ARGO)),
        scaled((3, ARGO), (5, HAND), (4, ARGO)),
        scaled((3, ARGO), (5, HAND)),
        [(100.0, 2, OLD, "helm"), (160.0, 2, "web-new", "helm"), (220.0, 2, OLD, "kubectl-rollout")],
    ],
)
def test_a_change_reverted_by_hand_has_no_finding(steps: list[Step]) -> None:
    assert findings_after(change_reverted, steps) == ()


def test_history_is_bounded_however_fast_a_field_changes() -> None:
    steps = scaled(*[(3 + number % 2, (ARGO, HPA)[number % 2]) for number in range(40)], apart=1)
    (finding,) = findings_after(scale_fight, steps)
    assert len(finding.evidence) == 4


OWNER = (OwnerReference(kind="Redis", name="cache", uid="r", api_version="redis.example.com/v1", controller=True),)
GIT = {"argocd.argoproj.io/instance": "shop", "app.kubernetes.io/managed-by": "Helm"}


def test_owners_and_declaring_tools_are_reported_for_a_set_in_trouble() -> None:
    troubled = around(stateful_set(2, owner_references=OWNER, labels=GIT), [pod(0), crashing(1)])
    (owned,) = found(owned_by_operator, troubled)
    assert owned.headline == "Redis cache owns this StatefulSet: changes made here may be reverted"
    assert owned.remedies[0].command == "kubectl -n default get redis.redis.example.com cache -o yaml"
    (declared,) = found(declared_elsewhere, troubled)
    assert (
        declared.headline
        == "Argo CD shop declares this StatefulSet: changes made here may be reverted at its next sync"
    )
    assert {owned.level, declared.level} == {Level.NOTICE}
    assert {one.danger for one in (*owned.remedies, *declared.remedies)} == {Danger.READ_ONLY}


def test_owners_and_tools_are_not_reported_for_a_healthy_set() -> None:
    stateful = stateful_set(2, owner_references=OWNER, labels=GIT)
    assert judged(around(stateful, [pod(0), pod(1)], autoscalers=(autoscaler(),)), 700).findings == ()


def test_manager_names_are_one_line() -> None:
    (finding,) = findings_after(change_reverted, scaled((3, "argo\ncd"), (5, HAND), (3, "argo\ncd")))
    assert finding.headline == "replicas reverted from 5 to 3 by argo cd"
