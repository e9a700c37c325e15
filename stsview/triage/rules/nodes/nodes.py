"""Pods whose node is lost: gone, silent, or not Ready. What such pods say of themselves is old."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.states import NodeStatus
from stsview.triage.rule import rule
from stsview.triage.support import node_remedies
from stsview.triage.support.lost_nodes import (
    LostNode,
    consequence_while_lost,
    lease_evidence,
    lost_nodes,
    next_eviction,
    pod_ready_evidence,
    ready_evidence,
    signs_of_life,
    taint_evidence,
)

_NODES = "https://kubernetes.io/docs/concepts/architecture/nodes/"

_TWICE = "if its machine runs on, two of one identity write at once"


@rule(
    level=Level.ERROR,
    title="A node counts as silent, and its machine seems to run",
    meaning="The node controller has not heard of the kubelet, and something on the machine speaks all the same. Most "
    "likely the containers run on: force-deleting a pod there makes two of one identity.",
    remedy="Start the kubelet of that machine again, or mend its way to the API server; then the pods come back, or "
    "end properly.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
    reaches=Reaches.ORDINALS,
)
def node_still_running(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE):
        signs = tuple(signs_of_life(lost, case))
        if not signs:
            continue
        # A kubelet that comes back renews its lease a moment before it says that it is Ready.
        seen = case.facts.sightings.since("lives", lost.name)
        if not case.facts.overdue(seen, case.facts.settings.act_grace):
            continue
        yield node_still_running.finding(
            lost.ref,
            lost.is_("counts as silent, but its machine seems to run"),
            lost.view.since,
            (ready_evidence(lost), *signs),
            (
                node_remedies.check_lease(lost.name),
                node_remedies.describe_node(lost.name),
                node_remedies.start_kubelet(lost.name),
                node_remedies.reboot(lost.name),
            ),
            ordinals=lost.ordinals,
            so="a forced deletion would most likely leave two of one identity running",
            certainty=Certainty.LIKELY,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="The node of a pod is gone",
    meaning="There is no Node object of that name any more. Nobody reports on its pods; within about two minutes pod "
    "GC removes them, and the controller makes them anew on other nodes. That the object is gone does not prove that "
    "the machine is off.",
    remedy="Wait for pod GC. If it does not come, see whether kube-controller-manager runs.",
    danger=Danger.LOSS,
    source="pkg/controller/podgc/gc_controller.go, gcOrphaned",
    reaches=Reaches.ORDINALS,
)
def node_gone(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    for lost in lost_nodes(case, NodeStatus.MISSING):
        # Where it was gone at the first look, nothing tells since when.
        seen = facts.sightings.since("to be collected", lost.name)
        late = facts.overdue(lost.view.since or seen, facts.settings.orphan_grace)
        wait = Remedy(f"wait: pod GC removes {lost.pods} within two minutes", Danger.READ_ONLY)
        yield node_gone.finding(
            lost.ref,
            lost.is_("is gone, and pod GC does not act" if late else "is gone"),
            lost.view.since,
            (
                *(Evidence(f"Pod {row.name}", "spec.nodeName", lost.name) for row in lost.rows),
                Evidence(str(lost.ref), "metadata", "absent"),
            ),
            (
                node_remedies.check_controller_manager("pod GC is part of it") if late else wait,
                node_remedies.verify_powered_off(lost.name),
                *(node_remedies.force_delete(case, lost.rows, _TWICE) if late else ()),
            ),
            ordinals=lost.ordinals,
            so=consequence_while_lost(lost, case),
            level=Level.ERROR if late else lost.level,
        )


@rule(
    level=Level.WARNING,
    title="The node of a pod is silent",
    meaning="Its kubelet has not been heard of: the machine may be off, or cut off and running. The API cannot tell "
    "these apart. Once the pod's toleration is over the taint manager deletes it, and it stays Terminating, since "
    "nobody confirms its end: no second pod of this identity may start before the first is known to be gone.",
    remedy="Find out by other means whether the machine is off. If it runs, start its kubelet again. Only if it is "
    "off: mark the node as out of service, or delete its Node object if it does not come back; force-delete single "
    "pods last.",
    danger=Danger.LOSS,
    source=f"{_NODES}#non-graceful-node-shutdown",
    reaches=Reaches.ORDINALS,
)
def node_unreachable(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE):
        until, so = next_eviction(lost, case)
        yield node_unreachable.finding(
            lost.ref,
            lost.is_(f"is silent{_marked(lost)}"),
            lost.view.since,
            (ready_evidence(lost), *lease_evidence(lost, case), *taint_evidence(lost)),
            (
                *_collected(lost, case),
                node_remedies.verify_powered_off(lost.name),
                node_remedies.start_kubelet(lost.name),
                *_mark(lost),
                node_remedies.delete_node(lost.name),
                *node_remedies.force_delete(case, lost.rows, _TWICE),
            ),
            ordinals=lost.ordinals,
            so=so,
            until=until,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="The node of a pod is not Ready",
    meaning="Its kubelet is there and says that the node is not Ready: the container runtime, the network or the disk "
    "is in trouble. The containers most likely run on, so the pod is not free to be started elsewhere.",
    remedy="Read why on the node, and mend it; restart the machine if need be. Its kubelet then keeps, or ends, its "
    "pods.",
    danger=Danger.LOSS,
    source=f"{_NODES}#condition",
    reaches=Reaches.ORDINALS,
)
def node_not_ready(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.NOT_READY):
        until, so = next_eviction(lost, case)
        told = f" ({lost.view.detail})" if lost.view.detail else ""
        risk = "its containers most likely run on, and two of one identity write at once"
        yield node_not_ready.finding(
            lost.ref,
            lost.is_(f"is not Ready{told}{_marked(lost)}"),
            lost.view.since,
            (ready_evidence(lost), *lease_evidence(lost, case), *taint_evidence(lost)),
            (
                *_collected(lost, case),
                node_remedies.describe_node(lost.name),
                node_remedies.reboot(lost.name),
                *_mark(lost),
                *node_remedies.force_delete(case, lost.rows, risk),
            ),
            ordinals=lost.ordinals,
            so=so,
            until=until,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="The node controller made a pod not Ready",
    meaning="That is what it does with the pods of a node that is silent or not Ready. Which of them it is, and "
    "whether the node is back, cannot be told here.",
    remedy="Ask somebody who may read nodes.",
    danger=Danger.READ_ONLY,
    source="pkg/controller/util/node/controller_utils.go, MarkPodsNotReady",
    reaches=Reaches.ORDINALS,
)
def node_unknown(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNKNOWN):
        ask, look = "ask somebody who may read nodes how it is", node_remedies.describe_node(lost.name).command
        yield node_unknown.finding(
            lost.ref,
            lost.is_("is silent or not Ready; how it is now is not known"),
            max((row.state.since for row in lost.rows if row.state.since is not None), default=None),
            (*pod_ready_evidence(lost), Evidence(str(lost.ref), "status", lost.view.detail or "unknown")),
            (Remedy(ask, Danger.READ_ONLY, command=look),),
            ordinals=lost.ordinals,
            so=consequence_while_lost(lost, case),
            level=lost.level,
        )


def _collected(lost: LostNode, case: RuleInput) -> Iterator[Remedy]:
    """Once somebody attested that the machine is off, all that is left is pod GC's."""
    if not lost.view.out_of_service:
        return
    since = case.facts.sightings.since("out of service", lost.name)
    if case.facts.overdue(since, case.facts.settings.orphan_grace):
        yield node_remedies.check_controller_manager("pod GC is part of it")
    else:
        yield Remedy(f"wait: {lost.name} is marked as out of service, pod GC removes {lost.pods}", Danger.READ_ONLY)


def _marked(lost: LostNode) -> str:
    return ", marked as out of service" if lost.view.out_of_service else ""


def _mark(lost: LostNode) -> Iterator[Remedy]:
    if not lost.view.out_of_service:
        yield node_remedies.taint_out_of_service(lost.name)


RULES = (node_still_running, node_gone, node_unreachable, node_not_ready, node_unknown)
