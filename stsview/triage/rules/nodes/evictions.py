"""Pods that tolerate what should remove them from a lost node."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.states import NodeStatus
from stsview.triage.rule import kubectl, row_ref, rule
from stsview.triage.support import node_remedies
from stsview.triage.support.lost_nodes import LostNode, lost_nodes, taint_evidence


@rule(
    level=Level.WARNING,
    title="A pod stays on a lost node for ever",
    meaning="It tolerates the taints of lost nodes without an end, so the taint manager never deletes it: it is down "
    "until its node comes back, and nothing starts it elsewhere.",
    remedy="See that the node does not come back, then delete the pod; it is Terminating then until its node is "
    "settled.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions",
)
def never_evicted(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE, NodeStatus.NOT_READY):
        rows = _for_ever(lost)
        if not rows or lost.view.out_of_service:
            continue
        verb = "tolerates" if len(rows) == 1 else "tolerate"
        yield never_evicted.finding(
            row_ref(case, rows[0]),
            f"{listed([row.name for row in rows])}: {verb} the loss of node {lost.name} for ever",
            lost.view.since,
            (*taint_evidence(lost), *_without_end(rows)),
            (
                node_remedies.verify_powered_off(lost.name),
                _delete(case, rows[0], "it is Terminating then until its node is settled"),
            ),
            ordinals=[row.ordinal for row in rows],
            so="while the node is lost nobody deletes it, and nothing starts it elsewhere",
        )


@rule(
    level=Level.ERROR,
    title="A pod tolerates that its node is out of service",
    meaning="Somebody attested that the machine is off. But pod GC only removes pods that are being deleted, and since "
    "it tolerates that taint nobody deletes it.",
    remedy="Delete the pod: pod GC removes it then.",
    danger=Danger.DISRUPTIVE,
    source="KEP-2268; pkg/controller/podgc/gc_controller.go, gcTerminating",
)
def out_of_service_tolerated(case: RuleInput) -> Iterator[Finding]:
    for lost in lost_nodes(case, NodeStatus.UNREACHABLE, NodeStatus.NOT_READY):
        rows = _for_ever(lost)
        if not rows or not lost.view.out_of_service:
            continue
        verb = "tolerates" if len(rows) == 1 else "tolerate"
        yield out_of_service_tolerated.finding(
            row_ref(case, rows[0]),
            f"{listed([row.name for row in rows])}: {verb} that node {lost.name} is out of service, nobody deletes it",
            lost.view.since,
            (*taint_evidence(lost), *_without_end(rows)),
            [_delete(case, row, "pod GC removes it then") for row in rows],
            ordinals=[row.ordinal for row in rows],
        )


def _for_ever(lost: LostNode) -> list[Row]:
    return [row for row, eviction in lost.evictions if eviction.seconds is None]


def _without_end(rows: list[Row]) -> Iterator[Evidence]:
    for row in rows:
        yield Evidence(f"Pod {row.name}", "spec.tolerations[].tolerationSeconds", "absent")
        yield Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", "absent")


def _delete(case: RuleInput, row: Row, then: str) -> Remedy:
    command = kubectl(case, "delete", "pod", row.name, "--wait=false")
    return Remedy(f"delete {row.name}: {then}", Danger.DISRUPTIVE, ActionId.DELETE_POD, command, row.name)


RULES = (never_evicted, out_of_service_tolerated)
