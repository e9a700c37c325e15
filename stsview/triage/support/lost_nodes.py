"""The set's lost nodes (gone, unreachable, or not Ready), each with its pods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stsview.model.base import Record
from stsview.model.explain.next_steps import consequence
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence, Level, Ref
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.pods.tolerations import NO_EXECUTE, Eviction, eviction_of
from stsview.model.states import Health, NodeStatus
from stsview.model.timing.moment import later
from stsview.model.views import NodeView
from stsview.objects.node import Node
from stsview.triage.support.events import event_evidence, timestamp
from stsview.triage.support.pod_groups import condition_evidence


class LostNode(Record, frozen=True):
    """A lost node, with the set's pods that are bound to it."""

    view: NodeView
    node: Node | None
    rows: list[Row]
    """By ascending ordinal, expected pods before surplus ones; never empty."""

    @property
    def name(self) -> str:
        return self.view.name

    @property
    def ref(self) -> Ref:
        return Ref("Node", "", self.name, self.node.metadata.uid if self.node is not None else "")

    @property
    def ordinals(self) -> list[int]:
        return [row.ordinal for row in self.rows]

    @property
    def level(self) -> Level:
        """WARNING while the pods may still recover by themselves, ERROR after that."""
        return Level.ERROR if any(row.state.health is Health.DEGRADED for row in self.rows) else Level.WARNING

    @property
    def pods(self) -> str:
        return listed([row.name for row in self.rows])

    def headline(self, what: str) -> str:
        return f"{self.pods}: node {self.name} {what}"

    @property
    def evictions(self) -> Iterator[tuple[Row, Eviction]]:
        """What the taint manager will do with pods not being deleted yet."""
        for row in self.rows:
            if row.slot.pod is None or row.terminating or self.node is None:
                continue
            eviction = eviction_of(row.slot.pod, self.node)
            if eviction is not None:
                yield row, eviction


def lost_nodes(case: RuleInput, *statuses: NodeStatus) -> Iterator[LostNode]:
    """The nodes in one of these states.

    Of unknown nodes only those whose pods the node controller has marked not Ready.
    """
    found: dict[str, list[Row]] = {}
    for row in case.facts.rows.owned:
        if row.node.status in statuses and (
            row.node.status is not NodeStatus.UNKNOWN or row.diagnosis.cause is Cause.NODE
        ):
            found.setdefault(row.node.name, []).append(row)
    for name, rows in found.items():
        yield LostNode(rows[0].node, case.facts.objects.nodes.get(name), rows)


def consequence_while_lost(lost: LostNode, case: RuleInput) -> str:
    """The consequence while the node stays lost."""
    blocked = consequence(lost.rows[0], case.facts)
    if blocked:
        return blocked
    one = len(lost.rows) == 1
    removed = f"pod GC has removed {'the pod' if one else 'the pods'}"
    until = removed if lost.view.status is NodeStatus.MISSING else f"{lost.name} is back, removed or out of service"
    return f"{lost.pods} {'is' if one else 'are'} not started elsewhere until {until}"


def next_eviction(lost: LostNode, case: RuleInput) -> tuple[datetime | None, str]:
    """When the taint manager deletes the first of the pods, and the consequence.

    The time is None if it deletes none.
    """
    pending = [(row, eviction) for row, eviction in lost.evictions if eviction.seconds is not None]
    blocked = consequence_while_lost(lost, case)
    if not pending:
        return None, blocked
    first = min((eviction for _, eviction in pending), key=lambda one: one.seconds or 0)
    until = first.at if first.at is not None and not case.facts.moment.passed(first.at) else None
    after = f"after {first.seconds} s of toleration" if first.seconds else "immediately"
    names = listed([row.name for row, _ in pending])
    return until, f"the taint manager deletes {names} {after}, but the node cannot confirm termination; {blocked}"


def signs_of_life(lost: LostNode, case: RuleInput) -> Iterator[Evidence]:
    """Evidence that the machine was still active after its node counted as lost."""
    if lost.view.since is None:
        return
    since = later(lost.view.since, case.facts.settings.sighting_grace)
    lease = case.facts.objects.leases.get(lost.name)
    if lease is not None and lease.renewed is not None and lease.renewed > since:
        yield from lease_evidence(lost, case)
    for event in reversed(case.facts.objects.events):
        if event.source.host == lost.name and event.last_seen is not None and event.last_seen > since:
            yield event_evidence(event)
            return


def ready_evidence(lost: LostNode) -> Evidence:
    ready = lost.node.ready if lost.node is not None else None
    value = "absent" if ready is None else f"{ready.status} {ready.reason}".strip()
    return Evidence(str(lost.ref), "status.conditions[Ready]", value)


def lease_evidence(lost: LostNode, case: RuleInput) -> Iterator[Evidence]:
    lease = case.facts.objects.leases.get(lost.name)
    if lease is not None and lease.renewed is not None:
        yield Evidence(f"Lease kube-node-lease/{lost.name}", "spec.renewTime", timestamp(lease.renewed))


def heartbeat_evidence(lost: LostNode) -> Iterator[Evidence]:
    if lost.view.silent_since is not None:
        heartbeat = timestamp(lost.view.silent_since)
        yield Evidence(str(lost.ref), "status.conditions[Ready].lastHeartbeatTime", heartbeat)


def taint_evidence(lost: LostNode) -> Iterator[Evidence]:
    for taint in lost.node.spec.taints if lost.node is not None else ():
        if taint.effect == NO_EXECUTE:
            yield Evidence(str(lost.ref), "spec.taints[].key", f"{taint.key}:{taint.effect}")


def pod_ready_evidence(lost: LostNode) -> Iterator[Evidence]:
    return (condition_evidence(row.slot.pod, "Ready") for row in lost.rows if row.slot.pod is not None)
