"""Pods that are not scheduled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
"""The count of nodes for each reason (pkg/scheduler/framework/types.go, FitError.Error)."""

_SOURCE = "https://kubernetes.io/docs/concepts/scheduling-eviction/; pkg/scheduler/framework/types.go"

_FIXES = {
    "Insufficient": "add a node or free resources on one: the pod is then scheduled",
    "Too many pods": "add a node or free resources on one: the pod is then scheduled",
    "exceed max volume count": "add a node: each node accepts a limited number of volumes",
    "taint": "remove the taint if it is no longer needed, or add a node without it",
    "unschedulable": "uncordon a node that is healthy again",
    "node affinity/selector": "add or label a node to match the pod's affinity and selector",
    "topology spread": "add a node that satisfies the topology spread constraints",
    "free ports": "add a node on which the host port is free",
}
"""Fixes outside the template, by a part of the scheduler's reason (pkg/scheduler/framework/plugins)."""

_CHANGES = {
    "Insufficient": "lower the requests in the template",
    "taint": "add a toleration to the template if the pods may run there",
    "node affinity/selector": "correct the node affinity or nodeSelector in the template",
    "topology spread": "relax the topology spread constraints in the template",
    "free ports": "remove the host port from the template",
}
"""Changes of the template, by a part of the scheduler's reason; none changes how many volumes or pods a node takes."""

_USABLE = ("taint", "unschedulable")
"""Those that make an existing node usable again."""


@rule(
    level=Level.ERROR,
    title="Anti-affinity leaves no node",
    meaning="The pods must not share a node, and every node either runs one of them already or cannot be used. There "
    "must be at least as many usable nodes as replicas.",
    remedy="Add a node or make one usable again. If members may share a node, make the anti-affinity preferred instead "
    "of required.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
    reaches=Reaches.ORDINALS,
    needs=Cause.SCHEDULING,
)
def anti_affinity_exhausted(case: RuleInput) -> Iterator[Finding]:
    repelled = [one for one in _refused(case) if "anti-affinity" in _message(one)]
    for group in group_by(repelled, _message):
        rows, first = [one.row for one in group], group[0]
        usable = _fixes(_message(first), _USABLE)
        yield anti_affinity_exhausted.finding(
            subject(case, rows),
            f"{pod_names(rows)}: anti-affinity leaves no node: {_reasons(first)}",
            earliest_since(rows),
            [condition_evidence(each.pod, "PodScheduled") for each in sample(group)],
            safest_first(
                (
                    _describe_nodes(),
                    *(Remedy(step, Danger.REVERSIBLE) for step in usable),
                    Remedy("add a node: the pod is then scheduled", Danger.REVERSIBLE),
                    *template_fixes(case, first.row, "make the anti-affinity in the template preferred"),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
            certainty=Certainty.LIKELY,
        )


@rule(
    level=Level.ERROR,
    title="Pod is unschedulable",
    meaning="The scheduler has checked all nodes, and none accepts the pod. It retries whenever something relevant "
    "changes.",
    remedy="Add the missing resources, or lower what the pod requests.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
    needs=Cause.SCHEDULING,
)
def unschedulable(case: RuleInput) -> Iterator[Finding]:
    for group in group_by((one for one in _refused(case) if "anti-affinity" not in _message(one)), _message):
        rows, first = [one.row for one in group], group[0]
        yield unschedulable.finding(
            subject(case, rows),
            f"{pod_names(rows)}: unschedulable: {_reasons(first)}",
            earliest_since(rows),
            [condition_evidence(each.pod, "PodScheduled") for each in sample(group)],
            safest_first(
                (
                    _describe_nodes(),
                    *(Remedy(step, Danger.REVERSIBLE) for step in _fixes(_message(first))),
                    *(template_fixes(case, first.row, change) if (change := _change(_message(first))) else ()),
                )
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.ERROR,
    title="Scheduling gate is not removed",
    meaning="The pod is not scheduled until a controller has removed its scheduling gates.",
    remedy="Find out which controller removes the gates, and why it has not.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/",
    reaches=Reaches.ORDINALS,
    needs=Cause.GATE,
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
                    f"find which controller removes {listed(gates)}, and read its log",
                    Danger.READ_ONLY,
                    command=kubectl(case, "get", "pod", first.row.name, "-o", "yaml"),
                ),
                Remedy("fix that controller: the pod is then scheduled", Danger.REVERSIBLE),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


@rule(
    level=Level.ERROR,
    title="No scheduler picked up the pod",
    meaning="The pod has no node, and its scheduler has reported nothing about it.",
    remedy="Check that the scheduler is running and has a leader, and that the pod names an existing scheduler.",
    danger=Danger.READ_ONLY,
    source="https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/",
    reaches=Reaches.ORDINALS,
    needs=Cause.SCHEDULING,
)
def no_scheduler(case: RuleInput) -> Iterator[Finding]:
    for group in group_by((one for one in _unscheduled(case) if not _answered(one)), _scheduler):
        rows, first = [one.row for one in group], group[0]
        name = _scheduler(first)
        lease = kubectl_cluster("-n", "kube-system", "get", "lease", "kube-scheduler", "-o", "yaml")
        yield no_scheduler.finding(
            subject(case, rows),
            f"{pod_names(rows)}: not picked up by scheduler {name}",
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
                    f"check that scheduler {name} is running and that its Lease is renewed",
                    Danger.READ_ONLY,
                    command=lease if name == _DEFAULT else "",
                ),
                Remedy(
                    f"read the events of {first.row.name}", Danger.READ_ONLY, command=describe_command(case, first.row)
                ),
            ),
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


_DEFAULT = "default-scheduler"


def _unscheduled(case: RuleInput) -> list[DownPod]:
    """The unscheduled pods, except those that wait for their PVCs.

    The latter are not the scheduler's fault.
    """
    return [one for one in down_pods(case, Cause.SCHEDULING) if not one.pod.spec.node_name]


def _refused(case: RuleInput) -> list[DownPod]:
    return [one for one in _unscheduled(case) if _answered(one) and not VOLUME_AFFINITY.search(_message(one))]


def _answered(one: DownPod) -> bool:
    scheduled = one.pod.condition("PodScheduled")
    return scheduled is not None and scheduled.status == "False"


def _message(one: DownPod) -> str:
    """The scheduler's message about the nodes, without the part about preemption."""
    scheduled = one.pod.condition("PodScheduled")
    return without_preemption(scheduled.message) if scheduled is not None else ""


def _reasons(one: DownPod) -> str:
    message = _message(one)
    verdict = _VERDICT.fullmatch(message)
    return verdict["reasons"] if verdict is not None else message or "the scheduler gives no reason"


def _fixes(message: str, parts: Iterable[str] = tuple(_FIXES)) -> Iterator[str]:
    yield from dict.fromkeys(_FIXES[part] for part in parts if part in message)


def _change(message: str) -> str:
    """The change of the template that lets the pod be scheduled; empty where none is known to."""
    return next((change for part, change in _CHANGES.items() if part in message), "")


def _describe_nodes() -> Remedy:
    command = kubectl_cluster("describe", "nodes")
    return Remedy("check the capacity, taints and labels of the nodes", Danger.READ_ONLY, command=command)


def _gates(one: DownPod) -> tuple[str, ...]:
    return tuple(one_line(gate.name) for gate in one.pod.spec.scheduling_gates)


def _scheduler(one: DownPod) -> str:
    return one_line(one.pod.spec.scheduler_name) or _DEFAULT


RULES: tuple[Rule, ...] = (anti_affinity_exhausted, unschedulable, scheduling_gated, no_scheduler)
