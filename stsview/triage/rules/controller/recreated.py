"""Pods that fail and are recreated without end."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.triage.rule import Rule, Situation, kubectl, kubectl_cluster, row_ref, rule
from stsview.triage.support.events import event_evidence
from stsview.triage.support.pod_groups import quoted, wait_consequence
from stsview.triage.support.replaced_pods import replaced_without_end
from stsview.triage.support.template_remedies import template_fixes


@rule(
    level=Level.ERROR,
    title="Pod fails and is recreated without end",
    meaning="Each new pod of the ordinal fails soon after its creation, as its node rejects or evicts it, or something "
    "deletes it. The controller recreates it at once, every time.",
    remedy="Resolve the reason that the pod gives. If it is its node, cordon the node: the next pod is then scheduled "
    "elsewhere. The controller needs no help.",
    danger=Danger.DISRUPTIVE,
    source="pkg/controller/statefulset/stateful_set_control.go, processReplica; "
    "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase",
    reaches=Reaches.ORDINALS,
    needs=Situation.UNAVAILABLE,
)
def pod_recreated_repeatedly(case: RuleInput) -> Iterator[Finding]:
    for loop in replaced_without_end(case):
        row, event, pod = loop.row, loop.event, loop.row.slot.pod
        failed = pod is not None and pod.status.phase == "Failed"
        message = f": {one_line(pod.status.message)}" if pod is not None and failed and pod.status.message else ""
        why = loop.reason or (pod.status.reason if pod is not None and failed else "")
        node = pod.spec.node_name if pod is not None else ""
        seen = [*loop.pods, *([event.first_seen] if event is not None and event.first_seen is not None else [])]
        what = "fails and is recreated without end" if why or event is not None else "is recreated without end"
        yield pod_recreated_repeatedly.finding(
            row_ref(case, row),
            f"{row.name}: {what}{f': {why}' if why else ''}{message}",
            min(seen, default=None),
            (
                *(
                    [
                        Evidence(f"Pod {row.name}", "status.phase", "Failed"),
                        Evidence(f"Pod {row.name}", "status.reason", quoted(pod.status.reason)),
                    ]
                    if pod is not None and failed
                    else []
                ),
                Evidence(f"Pod {row.name}", "metadata.uid", f"at least {len(loop.pods)} in 10 min")
                if event is None
                else event_evidence(event),
            ),
            (
                Remedy(
                    f"read the reason in the events of {row.name}",
                    Danger.READ_ONLY,
                    command=kubectl(case, "describe", "pod", row.name),
                ),
                *(
                    [
                        Remedy(
                            f"if only node {node} rejects it, cordon {node}: the next {row.name} starts elsewhere",
                            Danger.REVERSIBLE,
                            command=kubectl_cluster("cordon", node),
                        )
                    ]
                    if node
                    else []
                ),
                *(step for step in template_fixes(case, row, "or change what the template requests") if not step.pod),
            ),
            ordinals=(row.ordinal,),
            so=wait_consequence(case, [row]),
            certainty=Certainty.CERTAIN if event is None else Certainty.LIKELY,
        )


RULES: tuple[Rule, ...] = (pod_recreated_repeatedly,)
