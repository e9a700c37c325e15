"""Terminating pods that a finalizer holds, now or as the next step."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.pods.diagnosis import Cause
from stsview.triage.rule import Situation, kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.terminating import consequence_until_gone, deadline_evidence, finalizers_of, stuck_pods

_FINALIZERS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"


@rule(
    level=Level.ERROR,
    title="Finalizer holds a terminated pod",
    meaning="The containers have terminated, or the pod was force-deleted, but the Pod object stays until the "
    "controller that owns the finalizer removes it. Meanwhile the name is taken, so no new pod is created. A "
    "force-delete does not help.",
    remedy="Find which controller owns the finalizer and why it hasn't removed it. Remove the finalizer by hand only "
    "as a last resort: that skips the cleanup it protects.",
    danger=Danger.LOSS,
    source=_FINALIZERS,
    reaches=Reaches.ORDINALS,
    needs=Situation.ENDING,
)
def finalizer_holds_pod(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.FINALIZER):
        held_by = finalizers_of(pod)
        command = kubectl(case, "get", "pod", row.name, "-o", "jsonpath={.metadata.finalizers}")
        them = "it" if len(pod.metadata.finalizers) == 1 else "them"
        find = f"find which controller owns {held_by} and why it hasn't removed {them}"
        yield finalizer_holds_pod.finding(
            row_ref(case, row),
            f"{row.name}: held by {held_by}",
            row.state.since,
            (
                Evidence(f"Pod {row.name}", "metadata.finalizers", ", ".join(pod.metadata.finalizers)),
                *deadline_evidence(row, pod),
            ),
            (
                Remedy(find, Danger.READ_ONLY, command=command),
                *node_remedies.remove_finalizers(case, row),
            ),
            ordinals=[row.ordinal],
            so=consequence_until_gone(row, case),
        )


@rule(
    level=Level.WARNING,
    title="Finalizer must be removed next",
    meaning="The pod also has a finalizer: when the kubelet has finished, the Pod object stays until the finalizer is "
    "removed.",
    remedy="Fix the problem with the kubelet first. Meanwhile find which controller owns the finalizer.",
    danger=Danger.READ_ONLY,
    source=_FINALIZERS,
    needs=Situation.ENDING,
)
def finalizer_pending(case: RuleInput) -> Iterator[Finding]:
    for row, pod in stuck_pods(case, Cause.KUBELET, Cause.UNKNOWN_NODE, Cause.NODE):
        if pod.metadata.finalizers:
            command = kubectl(case, "get", "pod", row.name, "-o", "jsonpath={.metadata.finalizers}")
            find = f"find which controller owns {finalizers_of(pod)}"
            yield finalizer_pending.finding(
                row_ref(case, row),
                f"{row.name}: {finalizers_of(pod)} must also be removed after the containers have terminated",
                None,
                (Evidence(f"Pod {row.name}", "metadata.finalizers", ", ".join(pod.metadata.finalizers)),),
                (Remedy(f"{find}: a force-delete does not remove finalizers", Danger.READ_ONLY, command=command),),
                ordinals=[row.ordinal],
            )


RULES = (finalizer_holds_pod, finalizer_pending)
