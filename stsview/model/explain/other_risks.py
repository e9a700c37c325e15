"""What else there is to say about a set, whether the controller waits for it or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stsview.model.explain.controller_wait import for_pod
from stsview.model.explain.set_facts import Facts
from stsview.model.views import Severity, Wait, WaitReason
from stsview.objects.kinds import CLAIMS, PODS, SERVICES, Kind


def risks_of(facts: Facts) -> Iterator[Wait]:
    """Sentences that explain a severity of their own, without any order."""
    if facts.objects.complete(PODS):
        yield from _members(facts)
    yield from _unread(facts)


def _members(facts: Facts) -> Iterator[Wait]:
    """The expected pods that are on their way; for those that are in trouble there are rules."""
    down = [row for row in facts.rows.expected if row.slot.pod is not None and not (row.available and row.serving)]
    moving = [row for row in down if row.diagnosis.severity < Severity.AT_RISK]
    if moving:
        yield replace(for_pod(max(moving, key=lambda row: row.diagnosis.severity), facts), reason=WaitReason.RISK)


def _unread(facts: Facts) -> Iterator[Wait]:
    for kind in needed(facts):
        coverage = facts.objects.covered(kind)
        if not coverage.complete:
            reason = coverage.reason or f"{kind.resource} have not been read yet"
            yield Wait(WaitReason.UNREAD, "not known", reason, severity=Severity.UNKNOWN)


def needed(facts: Facts) -> Iterator[Kind]:
    """The kinds without which nobody can say that the set is well."""
    yield PODS
    if facts.set.spec.volume_claim_templates:
        yield CLAIMS
    if facts.set.spec.service_name:
        yield SERVICES


def worst(wait: Wait, risks: Iterator[Wait]) -> Wait:
    """The sentence that explains the set's severity; of equal ones the controller's wait, then the first."""
    return max((wait, *risks), key=lambda sentence: sentence.severity)
