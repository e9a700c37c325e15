"""The controller itself: whether it looks at the set at all, and does what is due."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.ordinals.rows import Row
from stsview.model.views import Severity, WaitReason
from stsview.objects.event import Event
from stsview.triage.rule import Rule, kubectl, row_ref, rule, set_ref
from stsview.triage.support.events import event_evidence, last_warning, message_of
from stsview.triage.support.missing_pods import reconcile


@rule(
    level=Level.ERROR,
    title="The StatefulSet controller does not act",
    meaning="The set was changed, and the controller has not looked at it since. What its status says is of before, "
    "and nothing that is asked of the set happens.",
    remedy="See whether kube-controller-manager runs and has a leader; its lease tells who that is and since when.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/concepts/architecture/leases/ and pkg/controller/statefulset/stateful_set.go",
    reaches=Reaches.SET,
)
def controller_not_acting(case: RuleInput) -> Iterator[Finding]:
    wait = case.view.wait
    if wait.reason is not WaitReason.NOT_OBSERVED:
        return
    meta, status = case.facts.set.metadata, case.facts.set.status
    about = set_ref(case)
    yield controller_not_acting.finding(
        about,
        f"the StatefulSet controller has not observed generation {meta.generation}",
        wait.since,
        (
            Evidence(str(about), "metadata.generation", str(meta.generation)),
            Evidence(str(about), "status.observedGeneration", str(status.observed_generation)),
        ),
        (
            Remedy(
                "see who leads the controllers, and whether that lease is renewed",
                Danger.READ_ONLY,
                command="kubectl -n kube-system get lease kube-controller-manager -o yaml",
            ),
        ),
        so="nothing that is asked of this set happens",
    )


@rule(
    level=Level.ERROR,
    title="What is due is not done",
    meaning="A pod should have been replaced, or removed, and nothing of the set holds that up. The controller is "
    "refused, or it has silently stopped looking at this set.",
    remedy="Read the set's events and the controller's log. Nudge the set: any write to it, such as an annotation, "
    "makes the controller look again.",
    danger=Danger.REVERSIBLE,
    source="pkg/controller/statefulset/stateful_set.go: a sync follows a change, or a resync after hours",
    reaches=Reaches.ORDINALS,
)
def controller_stuck(case: RuleInput) -> Iterator[Finding]:
    wait = case.view.wait
    row = _due(case)
    if row is None:
        return
    removed = wait.reason is WaitReason.SCALING_DOWN
    done = "removed" if removed else "replaced"
    refused = last_warning(case, "StatefulSet", case.view.name, "FailedDelete")
    refusal = _told_of(refused, row.name) if refused is not None else ""
    about = str(set_ref(case))
    yield controller_stuck.finding(
        row_ref(case, row),
        f"{row.name}: not {done}: {refusal}" if refusal else f"{row.name}: not {done}, and nothing holds that up",
        wait.since,
        (
            Evidence(about, "spec.replicas", str(case.facts.set.spec.replicas))
            if removed
            else Evidence(f"Pod {row.name}", "metadata.labels.controller-revision-hash", row.revision),
            *(() if removed else (Evidence(about, "status.updateRevision", case.facts.rollout.update),)),
            Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", "absent"),
            *((event_evidence(refused),) if refused is not None and refusal else ()),
        ),
        (
            Remedy("read the events of the set", Danger.READ_ONLY, command=_describe(case)),
            reconcile(case, wait.since, "nudge the set: the controller looks at it again"),
        ),
        ordinals=[row.ordinal],
        so=wait.so,
        certainty=Certainty.LIKELY if refusal else Certainty.CERTAIN,
    )


def _due(case: RuleInput) -> Row | None:
    """The pod whose turn it has been for too long."""
    wait, rows = case.view.wait, case.facts.rows
    if wait.severity is not Severity.STUCK or wait.ordinal is None:
        return None
    if wait.reason is WaitReason.REPLACING:
        return next((row for row in rows.expected if row.ordinal == wait.ordinal), None)
    if wait.reason is not WaitReason.SCALING_DOWN:
        return None
    row = next(row for row in rows.surplus if row.ordinal == wait.ordinal)
    waits = case.facts.ordered and row is not rows.surplus[-1]
    return None if row.terminating or waits else row


def _told_of(event: Event, pod: str) -> str:
    """The error of `delete Pod web-2 in StatefulSet web failed error: …`, where it is about this pod."""
    words, _, error = message_of(event).partition(" failed error: ")
    return error if words.startswith(f"delete Pod {pod} ") else ""


def _describe(case: RuleInput) -> str:
    return kubectl(case, "describe", "statefulset", case.view.name)


RULES: tuple[Rule, ...] = (controller_not_acting,)

IDLE: tuple[Rule, ...] = (controller_stuck,)
"""Of one pod alone: other causes of its trouble come before it."""
