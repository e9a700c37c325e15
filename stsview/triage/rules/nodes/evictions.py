"""Pods that tolerate the taints that should remove them from a lost node."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import NodeStatus
from stsview.triage.rule import Situation, kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.lost_nodes import LostNode, lost_nodes, taint_evidence


@rule(
    level=Level.WARNING,
    title="Pod is never evicted from a lost node",
    meaning="The pod tolerates the taints of lost nodes without a time limit, so the taint manager never deletes it. "
    "It stays down until its node is back, and no replacement starts elsewhere.",
    remedy="Check that the node will not come back, then delete the pod. The pod stays Terminating until its node is "
    "back, removed, or marked out of service.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions",
    needs=Situation.LOST_NODE,
)
def never_evicted(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE, NodeStatus.NOT_READY):
        rows = _never_evicted(lost)
        if not rows or lost.view.out_of_service:
            continue
        verb = "tolerates" if len(rows) == 1 else "tolerate"
        yield never_evicted.finding(
            row_ref(case, rows[0]),
            f"{listed([row.name for row in rows])}: {verb} the loss of node {lost.name} without a time limit",
            lost.view.since,
            (*taint_evidence(lost), *_unlimited(rows)),
            (
                node_remedies.verify_powered_off(lost.name),
                _delete(case, rows[0], f"it stays Terminating until {lost.name} is back, removed or out of service"),
            ),
            ordinals=[row.ordinal for row in rows],
            so="while the node is lost, no pod is evicted or started elsewhere",
        )


@rule(
    level=Level.ERROR,
    title="Pod tolerates the out-of-service taint",
    meaning="The node is marked out of service, which attests that its machine is off. But pod GC removes only pods "
    "that are being deleted, and because the pod tolerates the taint, it is never deleted.",
    remedy="Delete the pod: pod GC then removes it.",
    danger=Danger.DISRUPTIVE,
    source="KEP-2268; pkg/controller/podgc/gc_controller.go, gcTerminating",
    needs=Situation.LOST_NODE,
)
def out_of_service_tolerated(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE, NodeStatus.NOT_READY):
        rows = _never_evicted(lost)
        if not rows or not lost.view.out_of_service:
            continue
        verb = "tolerates" if len(rows) == 1 else "tolerate"
        yield out_of_service_tolerated.finding(
            row_ref(case, rows[0]),
            f"{listed([row.name for row in rows])}: {verb} the out-of-service taint of node {lost.name}, so pod GC "
            f"never removes {'the pod' if len(rows) == 1 else 'the pods'}",
            lost.view.since,
            (*taint_evidence(lost), *_unlimited(rows)),
            [_delete(case, row, "pod GC then removes it") for row in rows],
            ordinals=[row.ordinal for row in rows],
        )


def _never_evicted(lost: LostNode) -> list[Row]:
    return [row for row, eviction in lost.evictions if eviction.seconds is None]


def _unlimited(rows: list[Row]) -> Iterator[Evidence]:
    for row in rows:
        yield Evidence(f"Pod {row.name}", "spec.tolerations[].tolerationSeconds", "absent")
        yield Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", "absent")


def _delete(case: RuleInput, row: Row, then: str) -> Remedy:
    command = kubectl(case, "delete", "pod", row.name, "--wait=false")
    return Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, ActionId.DELETE_POD, command, row.name)


RULES = (never_evicted, out_of_service_tolerated)
