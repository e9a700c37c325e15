"""Pods on lost nodes: gone, unreachable, or not Ready.

The status of such pods is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.states import NodeStatus
from stsview.triage.rule import Situation, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.lost_nodes import (
    LostNode,
    consequence_while_lost,
    heartbeat_evidence,
    lease_evidence,
    lost_nodes,
    next_eviction,
    pod_ready_evidence,
    ready_evidence,
    signs_of_life,
    taint_evidence,
)

_NODES = "https://kubernetes.io/docs/concepts/architecture/nodes/"


@rule(
    level=Level.ERROR,
    title="Node is unreachable, but its machine seems to run",
    meaning="The node controller has lost contact with the kubelet, but something on the machine still reports to the "
    "API. The containers most likely still run: force-deleting a pod there creates a second one with its identity.",
    remedy="Restart the kubelet of that machine or fix its connection to the API server. The pods then recover or "
    "terminate properly.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
    reaches=Reaches.ORDINALS,
    needs=Situation.LOST_NODE,
)
def node_still_running(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE):
        signs = tuple(signs_of_life(lost, case))
        if not signs:
            continue
        # A returning kubelet renews its Lease a moment before it reports Ready.
        seen = case.facts.sightings.since("lives", lost.name)
        if not case.facts.overdue(seen, case.facts.settings.act_grace):
            continue
        yield node_still_running.finding(
            lost.ref,
            lost.headline("is unreachable, but its machine seems to run"),
            lost.view.since,
            (ready_evidence(lost), *signs),
            (
                node_remedies.check_lease(lost.name),
                node_remedies.describe_node(lost.name),
                node_remedies.start_kubelet(lost.name),
                node_remedies.reboot(lost.name),
            ),
            ordinals=lost.ordinals,
            so="a force-delete would most likely leave two pods with the same identity running (split brain)",
            certainty=Certainty.LIKELY,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="Node of a pod is gone",
    meaning="The Node object no longer exists, and nothing reports on its pods. Pod GC removes them within about two "
    "minutes, and the controller recreates them on other nodes. A missing Node object does not prove that the machine "
    "is off.",
    remedy="Wait for pod GC. If the pods are not removed, check that kube-controller-manager is running.",
    danger=Danger.LOSS,
    source="pkg/controller/podgc/gc_controller.go, gcOrphaned",
    reaches=Reaches.ORDINALS,
    needs=Situation.LOST_NODE,
)
def node_gone(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    for lost in lost_nodes(case, NodeStatus.MISSING):
        # If the Node was already gone when first seen, no object records since when.
        seen = facts.sightings.since("to be collected", lost.name)
        late = facts.overdue(lost.view.since or seen, facts.settings.orphan_grace)
        wait = Remedy(f"wait: pod GC removes {lost.pods} within 2 min", Danger.READ_ONLY)
        yield node_gone.finding(
            lost.ref,
            lost.headline("is gone, and pod GC does not act" if late else "is gone"),
            lost.view.since,
            (
                *(Evidence(f"Pod {row.name}", "spec.nodeName", lost.name) for row in lost.rows),
                Evidence(str(lost.ref), "metadata", "absent"),
            ),
            (
                node_remedies.check_controller_manager("it runs pod GC") if late else wait,
                node_remedies.verify_powered_off(lost.name, exists=False),
                *(node_remedies.force_delete(case, lost.rows, node_remedies.TWO_WRITERS) if late else ()),
            ),
            ordinals=lost.ordinals,
            so=consequence_while_lost(lost, case),
            level=Level.ERROR if late else lost.level,
        )


@rule(
    level=Level.WARNING,
    title="Node of a pod is unreachable",
    meaning="The kubelet has stopped reporting: the machine may be off, or running but disconnected. The API cannot "
    "tell which. When the pod's toleration expires, the taint manager deletes the pod, and it stays Terminating "
    "because the node cannot confirm its termination: no second pod with this identity may start before the first is "
    "known to be gone.",
    remedy="Check outside the cluster whether the machine is off. If it is running, restart its kubelet. Only if it is "
    "off: taint the node out-of-service, or delete the Node object if the machine will not return. Force-delete single "
    "pods last.",
    danger=Danger.LOSS,
    source=f"{_NODES}#non-graceful-node-shutdown",
    reaches=Reaches.ORDINALS,
    needs=Situation.LOST_NODE,
)
def node_unreachable(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE):
        until, so = next_eviction(lost, case)
        yield node_unreachable.finding(
            lost.ref,
            lost.headline(f"is unreachable{_still_ready(lost)}{_out_of_service(lost)}"),
            lost.view.since,
            (
                ready_evidence(lost),
                *heartbeat_evidence(lost),
                *lease_evidence(lost, case),
                *taint_evidence(lost),
            ),
            (
                *_wait_for_pod_gc(lost, case),
                node_remedies.verify_powered_off(lost.name),
                node_remedies.start_kubelet(lost.name),
                *_mark_step(lost),
                *_taint_step(lost),
                node_remedies.delete_node(lost.name),
                *node_remedies.force_delete(case, lost.rows, node_remedies.TWO_WRITERS),
            ),
            ordinals=lost.ordinals,
            so=so,
            until=until,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="Node of a pod is not Ready",
    meaning="The kubelet reports that the node is not Ready: the container runtime, the network or the disk has a "
    "problem. The containers most likely still run, so the pods cannot be started elsewhere.",
    remedy="Read the reason on the node and fix it; reboot the machine if necessary. The kubelet then keeps its pods "
    "or terminates them.",
    danger=Danger.LOSS,
    source=f"{_NODES}#condition",
    reaches=Reaches.ORDINALS,
    needs=Situation.LOST_NODE,
)
def node_not_ready(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.NOT_READY):
        until, so = next_eviction(lost, case)
        detail = f" ({lost.view.detail})" if lost.view.detail else ""
        risk = "the old containers most likely still run, and two pods may write to the volume (split brain)"
        yield node_not_ready.finding(
            lost.ref,
            lost.headline(f"is not Ready{detail}{_out_of_service(lost)}"),
            lost.view.since,
            (ready_evidence(lost), *lease_evidence(lost, case), *taint_evidence(lost)),
            (
                *_wait_for_pod_gc(lost, case),
                node_remedies.describe_node(lost.name),
                node_remedies.reboot(lost.name),
                *_taint_step(lost),
                *node_remedies.force_delete(case, lost.rows, risk),
            ),
            ordinals=lost.ordinals,
            so=so,
            until=until,
            level=lost.level,
        )


@rule(
    level=Level.WARNING,
    title="Node controller marked the pod not Ready",
    meaning="The node controller does that to the pods of a node that is unreachable or not Ready. stsview has no "
    "access to nodes, so it cannot tell which of the two it is, or whether the node is back.",
    remedy="Ask an administrator with access to nodes.",
    danger=Danger.READ_ONLY,
    source="pkg/controller/util/node/controller_utils.go, MarkPodsNotReady",
    reaches=Reaches.ORDINALS,
    needs=Situation.LOST_NODE,
)
def node_unknown(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNKNOWN):
        ask, command = "ask an administrator for the state of the node", node_remedies.describe_node(lost.name).command
        yield node_unknown.finding(
            lost.ref,
            lost.headline("is unreachable or not Ready; its current state is unknown"),
            max((row.state.since for row in lost.rows if row.state.since is not None), default=None),
            (*pod_ready_evidence(lost), Evidence(str(lost.ref), "status", lost.view.detail or "unknown")),
            (Remedy(ask, Danger.READ_ONLY, command=command),),
            ordinals=lost.ordinals,
            so=consequence_while_lost(lost, case),
            level=lost.level,
        )


def _wait_for_pod_gc(lost: LostNode, case: RuleInput) -> Iterator[Remedy]:
    """Once the node is marked out of service, only pod GC has work left."""
    if not lost.view.out_of_service:
        return
    since = case.facts.sightings.since("out of service", lost.name)
    if case.facts.overdue(since, case.facts.settings.orphan_grace):
        yield node_remedies.check_controller_manager("it runs pod GC")
    else:
        yield Remedy(f"wait: {lost.name} is marked out of service, pod GC removes {lost.pods}", Danger.READ_ONLY)


def _still_ready(lost: LostNode) -> str:
    return ", but still reported Ready" if lost.view.silent_since is not None else ""


def _mark_step(lost: LostNode) -> Iterator[Remedy]:
    """Until the node controller marks it, nothing evicts the pods, and Services still send traffic to them."""
    if lost.view.silent_since is not None:
        yield node_remedies.check_controller_manager(f"it has not marked {lost.name} as unreachable")


def _out_of_service(lost: LostNode) -> str:
    return ", marked out of service" if lost.view.out_of_service else ""


def _taint_step(lost: LostNode) -> Iterator[Remedy]:
    # Pod GC heeds the taint only on a node that is not Ready (pkg/controller/podgc).
    if not lost.view.out_of_service and lost.view.silent_since is None:
        yield node_remedies.taint_out_of_service(lost.name)


RULES = (node_still_running, node_gone, node_unreachable, node_not_ready, node_unknown)
