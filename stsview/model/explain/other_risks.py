"""Risks of a set that the controller does not wait for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from stsview.model.explain.controller_wait import wait_for_pod
from stsview.model.explain.set_facts import Facts
from stsview.model.views import Severity, Wait, WaitReason
from stsview.objects.kinds import CLAIMS, PODS, SERVICES, Kind


def risks_of(facts: Facts) -> Iterator[Wait]:
    """Waits that each explain a severity, in no order."""
    if facts.objects.complete(PODS):
        yield from _members(facts)
        yield from _awaited_nodes(facts)
    yield from _unread(facts)


def _members(facts: Facts) -> Iterator[Wait]:
    """Expected pods that are still starting; rules report those with a problem."""
    down = [row for row in facts.rows.expected if row.slot.pod is not None and not (row.available and row.serving)]
    moving = [row for row in down if row.diagnosis.severity < Severity.AT_RISK]
    if moving:
        yield replace(wait_for_pod(max(moving, key=lambda row: row.diagnosis.severity), facts), reason=WaitReason.RISK)


def _awaited_nodes(facts: Facts) -> Iterator[Wait]:
    """Ready pods whose node may be gone or unreachable: one look cannot tell."""
    for row in facts.rows.expected:
        if row.ready and (row.node.awaited or row.node.in_doubt):
            headline = f"{row.name}: node {row.node.name} unknown"
            yield Wait(WaitReason.UNREAD, headline, row.state.detail, row.ordinal, severity=Severity.UNKNOWN)


def _unread(facts: Facts) -> Iterator[Wait]:
    for kind in needed(facts):
        coverage = facts.objects.covered(kind)
        if not coverage.complete:
            reason = coverage.reason or f"{kind.resource} have not been read yet"
            yield Wait(WaitReason.UNREAD, "unknown", reason, severity=Severity.UNKNOWN)


def needed(facts: Facts) -> Iterator[Kind]:
    """The kinds that must be readable before a set can count as healthy."""
    yield PODS
    if facts.set.spec.volume_claim_templates:
        yield CLAIMS
    if facts.set.spec.service_name:
        yield SERVICES


def worst(wait: Wait, risks: Iterator[Wait]) -> Wait:
    """The wait that explains the severity of the set.

    Of equal ones the controller's, then the first.
    """
    return max((wait, *risks), key=lambda sentence: sentence.severity)
