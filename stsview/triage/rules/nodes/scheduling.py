"""Pods that no node is found for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed, one_line
from stsview.model.pods.diagnosis import Cause
from stsview.model.pods.scheduling import VOLUME_AFFINITY, without_preemption
from stsview.triage.rule import Rule, kubectl, kubectl_cluster, rule
from stsview.triage.support.pod_groups import (
    DownPod,
    condition_evidence,
    describe_command,
    down_pods,
    earliest_since,
    group_by,
    it,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.template_remedies import safest_first, template_fixes

_VERDICT = re.compile(
    r"0/(?P<nodes>\d+) nodes are available: (?P<reasons>.+?)\.?\s*(?:(?:preemption|no new claims)\b.*)?"
)
"""pkg/scheduler/framework/types.go, FitError.Error: so many nodes for each reason."""

_SOURCE = "https://kubernetes.io/docs/concepts/scheduling-eviction/; pkg/scheduler/framework/types.go"

_MENDED_BY = {
    "Insufficient": "add a node, or free room on one: the pod is then scheduled by itself",
    "Too many pods": "add a node, or free room on one: the pod is then scheduled by itself",
    "exceed max volume count": "add a node: each takes only so many volumes",
    "taint": "remove the taint where it has done its duty, or add a node without it",
    "unschedulable": "uncordon a node that is fit again",
    "node affinity/selector": "add a node that the pod's affinity and selector allow, or label one",
    "topology spread": "add a node where the topology spread constraints want the pod",
    "free ports": "add a node where the host port is free",
}
"""By what the scheduler's reason has in it (pkg/scheduler/framework/plugins): what mends it from outside."""


@rule(
    level=Level.ERROR,
    title="Anti-affinity leaves no node for a pod",
    meaning="The pods must not share a node, and every node that could take one more already has one, or is not to be "
    "used. As many nodes are needed as there are replicas.",
    remedy="Add a node, or make one usable again. Members that may share a node need a preferred anti-affinity.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
    reaches=Reaches.ORDINALS,
)
def anti_affinity_exhausted(case: RuleInput) -> Iterator[Finding]:
    repelled = [one for one in _refused(case) if "anti-affinity" in _message(one)]
    for group in group_by(repelled, _message):
        rows, first = [one.row for one in group], group[0]
        others = [step for step in _from_outside(_message(first)) if "uncordon" in step or "taint" in step]
        yield anti_affinity_exhausted.finding(
            subject(case, rows),
            f"{pod_names(rows)}: anti-affinity leaves no node: {_reasons(first)}",
            earliest_since(rows),
            [condition_evidence(each.pod, "PodScheduled") for each in sample(group)],
            safest_first(
                (
                    _look(),
                    *(Remedy(step, Danger.REVERSIBLE) for step in others),
                    Remedy("add a node: the pod is then scheduled by itself", Danger.REVERSIBLE),
                    *template_fixes(case, first.row, "make the anti-affinity in the template a preferred one"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="A pod fits on no node",
    meaning="The scheduler has looked at all nodes and found none that may take the pod. It tries again by itself "
    "whenever something changes.",
    remedy="Add what is lacking, or lower what the pod asks for.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
)
def unschedulable(case: RuleInput) -> Iterator[Finding]:
    for group in group_by((one for one in _refused(case) if "anti-affinity" not in _message(one)), _message):
        rows, first = [one.row for one in group], group[0]
        yield unschedulable.finding(
            subject(case, rows),
            f"{pod_names(rows)}: no node can take {it(rows)}: {_reasons(first)}",
            earliest_since(rows),
            [condition_evidence(each.pod, "PodScheduled") for each in sample(group)],
            safest_first(
                (
                    _look(),
                    *(Remedy(step, Danger.REVERSIBLE) for step in _from_outside(_message(first))),
                    *template_fixes(case, first.row, "lower what the template asks for"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.ERROR,
    title="A scheduling gate is not removed",
    meaning="The pod asks not to be scheduled before some controller has removed its scheduling gates.",
    remedy="Find out which controller is to remove them, and why it does not.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/",
    reaches=Reaches.ORDINALS,
)
def scheduling_gated(case: RuleInput) -> Iterator[Finding]:
    gated = [one for one in down_pods(case, Cause.GATE) if not one.pod.spec.node_name]
    for group in group_by(gated, _gates):
        rows, first = [one.row for one in group], group[0]
        gates = _gates(first)
        yield scheduling_gated.finding(
            subject(case, rows),
            f"{pod_names(rows)}: scheduling {'gate' if len(gates) == 1 else 'gates'} {listed(gates)} not removed",
            earliest_since(rows),
            [
                Evidence(f"Pod {each.row.name}", "spec.schedulingGates", quoted(", ".join(_gates(each))))
                for each in sample(group)
            ],
            (
                Remedy(
                    "find out which controller is to remove them, and read its log",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pod", first.row.name, "-o", "yaml"),
                ),
                Remedy("mend that controller: the pod is then scheduled by itself", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.ERROR,
    title="No scheduler takes a pod up",
    meaning="The pod has no node, and its scheduler has not said a word about it.",
    remedy="See whether the scheduler runs and has a leader, and whether the pod names one that exists.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/",
    reaches=Reaches.ORDINALS,
)
def no_scheduler(case: RuleInput) -> Iterator[Finding]:
    for group in group_by((one for one in _unscheduled(case) if not _answered(one)), _scheduler):
        rows, first = [one.row for one in group], group[0]
        name = _scheduler(first)
        lease = kubectl_cluster("-n", "kube-system", "get", "lease", "kube-scheduler", "-o", "yaml")
        yield no_scheduler.finding(
            subject(case, rows),
            f"{pod_names(rows)}: scheduler {name} has not taken {it(rows)} up",
            earliest_since(rows),
            [
                one
                for each in sample(group)
                for one in (
                    Evidence(f"Pod {each.row.name}", "spec.nodeName", "absent"),
                    Evidence(f"Pod {each.row.name}", "spec.schedulerName", quoted(each.pod.spec.scheduler_name)),
                    condition_evidence(each.pod, "PodScheduled"),
                )
            ],
            (
                Remedy(
                    f"see whether scheduler {name} runs, and whether its lease is renewed",
                    Danger.READ_ONLY,
                    command=lease if name == _DEFAULT else "",
                ),
                Remedy("read the events of the pod", Danger.READ_ONLY, command=describe_command(case, first.row)),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


_DEFAULT = "default-scheduler"


def _unscheduled(case: RuleInput) -> list[DownPod]:
    """What waits for its claims is not the scheduler's fault."""
    return [one for one in down_pods(case, Cause.SCHEDULING) if not one.pod.spec.node_name]


def _refused(case: RuleInput) -> list[DownPod]:
    return [one for one in _unscheduled(case) if _answered(one) and not VOLUME_AFFINITY.search(_message(one))]


def _answered(one: DownPod) -> bool:
    held = one.pod.condition("PodScheduled")
    return held is not None and held.status == "False"


def _message(one: DownPod) -> str:
    """What the scheduler says of the nodes, without what it says of preemption."""
    held = one.pod.condition("PodScheduled")
    return without_preemption(held.message) if held is not None else ""


def _reasons(one: DownPod) -> str:
    message = _message(one)
    verdict = _VERDICT.fullmatch(message)
    return verdict["reasons"] if verdict is not None else message or "the scheduler does not say why"


def _from_outside(message: str) -> Iterator[str]:
    yield from dict.fromkeys(step for words, step in _MENDED_BY.items() if words in message)


def _look() -> Remedy:
    return Remedy("see what the nodes are and have", Danger.READ_ONLY, command=kubectl_cluster("describe", "nodes"))


def _gates(one: DownPod) -> tuple[str, ...]:
    return tuple(one_line(gate.name) for gate in one.pod.spec.scheduling_gates)


def _scheduler(one: DownPod) -> str:
    return one_line(one.pod.spec.scheduler_name) or _DEFAULT


RULES: tuple[Rule, ...] = (anti_affinity_exhausted, unschedulable, scheduling_gated, no_scheduler)
