"""Pods that a finalizer keeps, now or next."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.pods.diagnosis import Cause
from stsview.triage.rule import kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.terminating import consequence_until_gone, deadline_evidence, finalizers_of, stuck_pods

_FINALIZERS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"


@rule(
    level=Level.ERROR,
    title="A finalizer holds a pod that has ended",
    meaning="Its containers have ended, or it was deleted by force, and the object stays until whoever set the "
    "finalizer takes it off. Its name is taken until then, so it has no successor. Force does not help.",
    remedy="Find out who sets the finalizer, and why that does not take it off. Only as the last resort take it off by "
    "hand: what it guards is then skipped.",
    danger=Danger.LOSS,
    source=_FINALIZERS,
    reaches=Reaches.ORDINALS,
)
def finalizer_holds_pod(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.FINALIZER):
        named = finalizers_of(pod)
        look = kubectl(case, "get", "pod", row.name, "-o", "jsonpath={.metadata.finalizers}")
        yield finalizer_holds_pod.finding(
            row_ref(case, row),
            f"{row.name}: held by {named}",
            row.state.since,
            (
                Evidence(f"Pod {row.name}", "metadata.finalizers", ", ".join(pod.metadata.finalizers)),
                *deadline_evidence(row, pod),
            ),
            (
                Remedy("find out who sets it, and why that does not take it off", Danger.READ_ONLY, command=look),
                *node_remedies.remove_finalizers(case, row),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.WARNING,
    title="A finalizer comes next",
    meaning="The pod has a finalizer as well: once the kubelet is through with it, the object stays until that is "
    "taken off.",
    remedy="See to the kubelet first. Meanwhile find out who sets the finalizer.",
    danger=Danger.READ_ONLY,
    source=_FINALIZERS,
)
def finalizer_pending(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.KUBELET, Cause.UNKNOWN_NODE, Cause.NODE):
        if pod.metadata.finalizers:
            look = kubectl(case, "get", "pod", row.name, "-o", "jsonpath={.metadata.finalizers}")
            yield finalizer_pending.finding(
                row_ref(case, row),
                f"{row.name}: {finalizers_of(pod)} must be removed too, once its containers have ended",
                None,
                (Evidence(f"Pod {row.name}", "metadata.finalizers", ", ".join(pod.metadata.finalizers)),),
                (Remedy("find out who sets it; force does not help against it", Danger.READ_ONLY, command=look),),
                ordinals=[row.ordinal],
            )


RULES = (finalizer_holds_pod, finalizer_pending)
