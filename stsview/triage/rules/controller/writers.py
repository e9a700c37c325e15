"""Other writers of a set: fights over a field, reverted changes, owners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.related.writers import replicas_manager
from stsview.model.views import Severity, WriterView
from stsview.triage.rule import kubectl, rule, set_ref
from stsview.triage.support.field_history import FieldValue, history_of

_MANAGED = "https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management"

_INTERACTIVE = ("kubectl", "stsview", "k9s", "Lens", "OpenLens", "Mozilla")
"""Prefixes of the field managers of people: people change their minds, programs restore what they declare."""

_SCALER = "kube-controller-manager"
"""Field manager of the HPA for `replicas`: its controller is part of that binary (pkg/controller/podautoscaler)."""


@rule(
    level=Level.WARNING,
    title="Two writers fight over replicas",
    meaning="`replicas` alternates between two values, each set by another writer, usually an autoscaler and a "
    "pipeline. Pods are created and deleted continuously.",
    remedy="Let one of them own `replicas`: remove the field from the manifests in Git, or remove the autoscaler.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/"
    "#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
)
def scale_fight(case: RuleInput) -> Iterator[Finding]:
    course = case.once(_replicas)
    if not _fights(course):
        return
    other, now = course[-2][0], course[-1][0]
    yield scale_fight.finding(
        set_ref(case),
        f"replicas alternates: {other.manager} sets {other.value}, {now.manager} sets {now.value}",
        course[-3][1],
        (*_written(case, "spec.replicas", course), *_declared(case)),
        (
            _see_managers(case),
            Remedy(f"remove replicas from what {_declarer(now, other).manager} declares", Danger.REVERSIBLE),
        ),
        so="pods are created or deleted at each change",
    )


@rule(
    level=Level.NOTICE,
    title="Change was reverted",
    meaning="`replicas` or the pod template was changed, and the program that declares it restored the former value. "
    "Manual changes do not last.",
    remedy="Make the change at the source: in Git, in the resource that owns the set, or in the autoscaler's bounds.",
    danger=Danger.READ_ONLY,
    source=_MANAGED,
)
def change_reverted(case: RuleInput) -> Iterator[Finding]:
    replicas, template = case.once(_replicas), _template(case)
    if len(replicas) == 1 and len(template) == 1:
        return
    for field, what, course in (("spec.replicas", "replicas", replicas), ("spec.template", "template", template)):
        if not _reverted(course) or _fights(course):
            continue
        changed, now = course[-2][0], course[-1][0]
        short = case.facts.short
        yield change_reverted.finding(
            set_ref(case),
            f"{what} reverted from {short(changed.value)} to {short(now.value)} by {now.manager}",
            course[-1][1],
            (*_written(case, field, course), *_declared(case)),
            (Remedy(f"make the change in the source of {now.manager}", Danger.READ_ONLY), _see_managers(case)),
            so=f"the change by {changed.manager} is lost",
        )


@rule(
    level=Level.NOTICE,
    title="An operator owns the StatefulSet",
    meaning="A controller created the set for another resource and reverts changes made by others. Shown only while "
    "the set has a problem, because it affects how to fix that.",
    remedy="Change the resource that owns the set. Deleting single pods is safe unless the operator's documentation "
    "says otherwise.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/",
)
def owned_by_operator(case: RuleInput) -> Iterator[Finding]:
    owner = case.facts.set.metadata.controller
    if owner is None or not _in_trouble(case):
        return
    group = owner.api_version.partition("/")[0]
    resource = f"{owner.kind.lower()}.{group}" if "/" in owner.api_version else owner.kind.lower()
    yield owned_by_operator.finding(
        set_ref(case),
        f"{owner.kind} {owner.name} owns this StatefulSet: changes made here may be reverted",
        None,
        (Evidence(str(set_ref(case)), "metadata.ownerReferences[].name", f"{owner.kind} {owner.name}"),),
        (
            Remedy(
                f"change {owner.kind} {owner.name} instead",
                Danger.READ_ONLY,
                command=kubectl(case, "get", resource, owner.name, "-o", "yaml"),
            ),
        ),
    )


@rule(
    level=Level.NOTICE,
    title="StatefulSet is declared elsewhere",
    meaning="A tool applies the set from Git or from a chart and reverts manual changes, immediately or at its next "
    "run. Shown only while the set has a problem, because it affects how to fix that.",
    remedy="Make the change in that source.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
)
def declared_elsewhere(case: RuleInput) -> Iterator[Finding]:
    tools = [writer for writer in case.view.writers if writer.kind not in ("HPA", "owner")]
    if not tools or not _in_trouble(case):
        return
    for tool in tools:
        when = "at its next upgrade" if tool.kind == "Helm" else "at its next sync"
        yield declared_elsewhere.finding(
            set_ref(case),
            f"{_label(tool)} declares this StatefulSet: changes made here may be reverted {when}",
            None,
            (Evidence(str(set_ref(case)), "metadata.labels or annotations", _label(tool)),),
            (Remedy(f"make the change in the source of {_label(tool)}", Danger.READ_ONLY),),
        )


def _replicas(case: RuleInput) -> Sequence[tuple[FieldValue, datetime]]:
    stateful = case.facts.set
    return history_of("replicas", str(stateful.spec.replicas), lambda: replicas_manager(stateful), case.facts)


def _template(case: RuleInput) -> Sequence[tuple[FieldValue, datetime]]:
    rollout = case.facts.rollout
    return history_of("template", rollout.update, lambda: rollout.manager, case.facts)


def _reverted(course: Sequence[tuple[FieldValue, datetime]]) -> bool:
    """Whether a program restored the previous value after another manager changed it."""
    if len(course) < 3:
        return False
    before, changed, now = (written for written, _ in course[-3:])
    other = bool(now.manager and changed.manager) and now.manager != changed.manager
    return before.value == now.value and other and not now.manager.startswith(_INTERACTIVE)


def _fights(course: Sequence[tuple[FieldValue, datetime]]) -> bool:
    """Whether two managers alternate: there, back, and there again.

    Once could be a change of mind.
    """
    if len(course) < 4:
        return False
    first, second, third, fourth = (written for written, _ in course[-4:])
    same = first.value == third.value and second.value == fourth.value
    return same and bool(third.manager) and third.manager != fourth.manager == second.manager != ""


def _declarer(now: FieldValue, other: FieldValue) -> FieldValue:
    """Of two fighting writers, the one that only declares a value.

    An autoscaler has a reason for each change.
    """
    return other if now.manager == _SCALER else now


def _in_trouble(case: RuleInput) -> bool:
    return case.view.severity >= Severity.AT_RISK or bool(case.troubled)


def _label(writer: WriterView) -> str:
    return f"{writer.kind} {writer.name}" if writer.name else writer.kind


def _written(case: RuleInput, field: str, course: Sequence[tuple[FieldValue, datetime]]) -> Iterator[Evidence]:
    for written, _ in course[-4:]:
        value = case.facts.short(written.value)
        yield Evidence(str(set_ref(case)), field, f"{value}, by {written.manager or 'an unnamed manager'}")


def _declared(case: RuleInput) -> Iterator[Evidence]:
    for writer in case.view.writers:
        yield Evidence(
            str(set_ref(case)), "also written by", " ".join(part for part in (_label(writer), writer.detail) if part)
        )


def _see_managers(case: RuleInput) -> Remedy:
    command = kubectl(case, "get", "statefulset", case.view.name, "-o", "yaml", "--show-managed-fields")
    return Remedy("check in the managed fields which manager writes which field", Danger.READ_ONLY, command=command)


RULES = (scale_fight, change_reverted, owned_by_operator, declared_elsewhere)
