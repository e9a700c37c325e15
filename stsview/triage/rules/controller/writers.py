"""Who else writes a set: fights, changes that are put back, and whom to ask before a change."""

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

_BY_HAND = ("kubectl", "stsview", "k9s", "Lens", "OpenLens", "Mozilla")
"""What the field managers of people begin with: these change their mind, where others put back what is declared."""

_SCALER = "kube-controller-manager"
"""Of `replicas` it is the HPA's own name: the controller is part of it (pkg/controller/podautoscaler)."""


@rule(
    level=Level.WARNING,
    title="Two writers fight over replicas",
    meaning="`replicas` goes to and fro between two values, each written by somebody else: an autoscaler and a "
    "pipeline, mostly. Pods are made and removed all the time.",
    remedy="Let one of them own `replicas`: take it out of what Git declares, or take the autoscaler away.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/"
    "#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
)
def scale_fight(case: RuleInput) -> Iterator[Finding]:
    course = _replicas(case)
    if not _fights(course):
        return
    other, now = course[-2][0], course[-1][0]
    yield scale_fight.finding(
        set_ref(case),
        f"replicas goes to and fro: {other.manager} writes {other.value}, {now.manager} writes {now.value}",
        course[-3][1],
        (*_written(case, "spec.replicas", course), *_declared(case)),
        (
            _see_managers(case),
            Remedy(f"take replicas out of what {_first(now, other).manager} declares", Danger.REVERSIBLE),
        ),
        so="pods are made and removed each time",
    )


@rule(
    level=Level.NOTICE,
    title="A change was put back",
    meaning="Somebody changed `replicas` or the pod template, and the program that declares it wrote the former value "
    "again. Whatever is changed by hand does not stay.",
    remedy="Change it where that program has it from: in Git, in the resource that owns the set, or in the "
    "autoscaler's bounds.",
    danger=Danger.READ_ONLY,
    source=_MANAGED,
)
def change_reverted(case: RuleInput) -> Iterator[Finding]:
    replicas = _replicas(case)
    template = _template(case)
    for field, what, course in (("spec.replicas", "replicas", replicas), ("spec.template", "template", template)):
        if not _put_back(course) or _fights(course):
            continue
        changed, now = course[-2][0], course[-1][0]
        shown = case.facts.short
        yield change_reverted.finding(
            set_ref(case),
            f"{what} put back from {shown(changed.value)} to {shown(now.value)} by {now.manager}",
            course[-1][1],
            (*_written(case, field, course), *_declared(case)),
            (Remedy(f"change it where {now.manager} has it from", Danger.READ_ONLY), _see_managers(case)),
            so=f"what {changed.manager} wrote does not stay",
        )


@rule(
    level=Level.NOTICE,
    title="An operator owns the set",
    meaning="The set was made by a controller for another resource, and that controller puts back what it did not "
    "write itself. Said only while something is wrong, since it concerns what can be done about it.",
    remedy="Change the resource that owns the set. Deleting single pods is safe from it, as far as it does not say "
    "otherwise.",
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
        f"{owner.kind} {owner.name} owns the set: what is changed here may be put back",
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
    title="The set is declared elsewhere",
    meaning="A tool writes the set from Git or from a chart, and puts back what is changed by hand, at once or with "
    "its next run. Said only while something is wrong, since it concerns what can be done about it.",
    remedy="Make the change there.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
)
def declared_elsewhere(case: RuleInput) -> Iterator[Finding]:
    tools = [writer for writer in case.view.writers if writer.kind not in ("HPA", "owner")]
    if not tools or not _in_trouble(case):
        return
    for tool in tools:
        when = "with its next upgrade" if tool.kind == "Helm" else "with its next run"
        yield declared_elsewhere.finding(
            set_ref(case),
            f"{_called(tool)} declares the set: what is changed here may be put back {when}",
            None,
            (Evidence(str(set_ref(case)), "metadata.labels or annotations", _called(tool)),),
            (Remedy(f"make the change in what {_called(tool)} declares", Danger.READ_ONLY),),
        )


def _replicas(case: RuleInput) -> Sequence[tuple[FieldValue, datetime]]:
    stateful = case.facts.set
    return history_of("replicas", str(stateful.spec.replicas), lambda: replicas_manager(stateful), case.facts)


def _template(case: RuleInput) -> Sequence[tuple[FieldValue, datetime]]:
    rollout = case.facts.rollout
    return history_of("template", rollout.update, lambda: rollout.manager, case.facts)


def _put_back(course: Sequence[tuple[FieldValue, datetime]]) -> bool:
    """Whether the last change was undone by a program, and by another than made it."""
    if len(course) < 3:
        return False
    before, changed, now = (written for written, _ in course[-3:])
    other = bool(now.manager and changed.manager) and now.manager != changed.manager
    return before.value == now.value and other and not now.manager.startswith(_BY_HAND)


def _fights(course: Sequence[tuple[FieldValue, datetime]]) -> bool:
    """To and fro, and to again: once may be a change of mind."""
    if len(course) < 4:
        return False
    first, second, third, fourth = (written for written, _ in course[-4:])
    same = first.value == third.value and second.value == fourth.value
    return same and bool(third.manager) and third.manager != fourth.manager == second.manager != ""


def _first(now: FieldValue, other: FieldValue) -> FieldValue:
    """Of two who fight, the one that only declares: an autoscaler has a reason for each change."""
    return other if now.manager == _SCALER else now


def _in_trouble(case: RuleInput) -> bool:
    return case.view.severity >= Severity.AT_RISK or bool(case.troubled)


def _called(writer: WriterView) -> str:
    return f"{writer.kind} {writer.name}" if writer.name else writer.kind


def _written(case: RuleInput, field: str, course: Sequence[tuple[FieldValue, datetime]]) -> Iterator[Evidence]:
    for written, _ in course[-4:]:
        value = case.facts.short(written.value)
        yield Evidence(str(set_ref(case)), field, f"{value}, by {written.manager or 'nobody named'}")


def _declared(case: RuleInput) -> Iterator[Evidence]:
    for writer in case.view.writers:
        yield Evidence(
            str(set_ref(case)), "also written by", " ".join(part for part in (_called(writer), writer.detail) if part)
        )


def _see_managers(case: RuleInput) -> Remedy:
    look = kubectl(case, "get", "statefulset", case.view.name, "-o", "yaml", "--show-managed-fields")
    return Remedy("see in its managed fields who writes what", Danger.READ_ONLY, command=look)


RULES = (scale_fight, change_reverted, owned_by_operator, declared_elsewhere)
