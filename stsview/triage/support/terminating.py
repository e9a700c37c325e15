"""The pods of a set that are being deleted."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.model.explain.next_steps import consequence
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import Health
from stsview.objects.pod import Pod
from stsview.triage.support.events import timestamp


def terminating_pods(case: RuleInput) -> Iterator[tuple[Row, Pod]]:
    """The terminating pods with their rows, expected ones first."""
    for row in case.ending:
        if row.slot.pod is not None:
            yield row, row.slot.pod


def stuck_pods(case: RuleInput, *causes: Cause) -> Iterator[tuple[Row, Pod]]:
    """Those that are past their grace period and a margin, for one of these causes."""
    for row, pod in terminating_pods(case):
        if row.state.health is Health.DEGRADED and row.diagnosis.cause in causes:
            yield row, pod


def finalizers_of(pod: Pod) -> str:
    names = pod.metadata.finalizers
    return f"{'finalizer' if len(names) == 1 else 'finalizers'} {listed(names)}"


def deadline_evidence(row: Row, pod: Pod) -> Iterator[Evidence]:
    if pod.metadata.deletion_timestamp is not None:
        yield Evidence(f"Pod {row.name}", "metadata.deletionTimestamp", timestamp(pod.metadata.deletion_timestamp))


def consequence_until_gone(row: Row, case: RuleInput) -> str:
    blocked = consequence(row, case.facts)
    if blocked or row not in case.facts.rows.expected:
        return blocked
    return f"no new {row.name} is created until the old one is gone"
