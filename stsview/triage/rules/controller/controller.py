"""The StatefulSet controller itself: whether it observes the set and acts on it."""

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
    title="StatefulSet controller is not acting",
    meaning="The spec has changed, but the controller has not observed the new generation. The status still describes "
    "the old spec, and no requested change is carried out.",
    remedy="Check that kube-controller-manager is running and has a leader: its Lease shows the holder and the last "
    "renewal.",
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
        f"StatefulSet controller has not observed generation {meta.generation}",
        wait.since,
        (
            Evidence(str(about), "metadata.generation", str(meta.generation)),
            Evidence(str(about), "status.observedGeneration", str(status.observed_generation)),
        ),
        (
            Remedy(
                "check which kube-controller-manager is the leader and whether its Lease is renewed",
                Danger.READ_ONLY,
                command="kubectl -n kube-system get lease kube-controller-manager -o yaml",
            ),
        ),
        so="no change to this StatefulSet is carried out",
    )


@rule(
    level=Level.ERROR,
    title="Controller is stuck",
    meaning="A pod is due to be replaced or removed, and nothing in the set prevents it. Either the API server rejects "
    "the controller's requests, or the controller has silently stopped syncing this set.",
    remedy="Read the events of the StatefulSet and the log of kube-controller-manager, then trigger a reconcile: any "
    "write to the StatefulSet, such as an annotation, makes the controller sync it again.",
    danger=Danger.REVERSIBLE,
    source="pkg/controller/statefulset/stateful_set.go: a sync follows a change, or a resync after hours",
    reaches=Reaches.ORDINALS,
)
def controller_stuck(case: RuleInput) -> Iterator[Finding]:
    wait = case.view.wait
    row = _overdue_pod(case)
    if row is None:
        return
    removed = wait.reason is WaitReason.SCALING_DOWN
    done = "removed" if removed else "replaced"
    refused = last_warning(case, "StatefulSet", case.view.name, "FailedDelete")
    refusal = _delete_error(refused, row.name) if refused is not None else ""
    about = str(set_ref(case))
    yield controller_stuck.finding(
        row_ref(case, row),
        f"{row.name}: not {done}: {refusal}" if refusal else f"{row.name}: not {done}, although nothing blocks it",
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
            Remedy("read the events of the StatefulSet", Danger.READ_ONLY, command=_describe(case)),
            reconcile(case, wait.since, "trigger a reconcile: the controller syncs the StatefulSet again"),
        ),
        ordinals=[row.ordinal],
        so=wait.so,
        certainty=Certainty.LIKELY if refusal else Certainty.CERTAIN,
    )


def _overdue_pod(case: RuleInput) -> Row | None:
    """The pod that should have been replaced or removed by now, if any."""
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


def _delete_error(event: Event, pod: str) -> str:
    """The error in `delete Pod web-2 in StatefulSet web failed error: …`.

    Empty if the event is about another pod.
    """
    request, _, error = message_of(event).partition(" failed error: ")
    return error if request.startswith(f"delete Pod {pod} ") else ""


def _describe(case: RuleInput) -> str:
    return kubectl(case, "describe", "statefulset", case.view.name)


RULES: tuple[Rule, ...] = (controller_not_acting,)

STUCK: tuple[Rule, ...] = (controller_stuck,)
"""Listed after the rules that explain the pod's own problem: those are the cause."""
