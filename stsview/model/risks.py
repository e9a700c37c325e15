"""What else there is to say about a set, whether the controller waits for it or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from stsview.model.facts import Facts
from stsview.model.moment import later
from stsview.model.rows import Row
from stsview.model.views import ClaimView, Severity, Tone, Wait, WaitReason
from stsview.model.wait import for_pod
from stsview.objects.kinds import CLAIMS, PODS, SERVICES, Kind


def risks_of(facts: Facts) -> Iterator[Wait]:
    """Sentences that explain a severity of their own, without any order."""
    if facts.objects.complete(PODS):
        yield from _members(facts)
        yield from _claims(facts)
    yield from _service(facts)
    yield from _unread(facts)


def _members(facts: Facts) -> Iterator[Wait]:
    """The worst of the expected pods, and of those that are to go and cannot; what these run no longer matters."""
    down = [row for row in facts.rows.expected if row.slot.pod is not None and not (row.available and row.serving)]
    if down:
        row = max(down, key=lambda row: row.reading.severity)
        wait = for_pod(row, facts)
        grave = row.state.tone in (Tone.BROKEN, Tone.WARNING)
        yield replace(wait, reason=WaitReason.RISK, headline=f"{row.name} {_is(row)}" if grave else wait.headline)
    held = next((row for row in facts.rows.condemned if row.terminating and row.state.tone is Tone.BROKEN), None)
    if held is not None:
        yield replace(for_pod(held, facts), reason=WaitReason.RISK)


def _is(row: Row) -> str:
    if row.state.word.startswith("stuck"):
        return row.state.word
    return "is broken" if row.state.tone is Tone.BROKEN else "is down"


def _claims(facts: Facts) -> Iterator[Wait]:
    for row in facts.rows.expected:
        pod = row.slot.pod
        running = pod is not None and pod.status.phase == "Running" and not row.terminating
        for claim in facts.claims.get(row.name, ()):
            sentence = _claim(claim, row, running)
            if sentence is not None:
                detail, next_ = sentence
                yield Wait(
                    WaitReason.RISK,
                    f"claim {claim.name} is {claim.word}",
                    detail,
                    row.ordinal,
                    claim.since,
                    Severity.AT_RISK,
                    next=next_,
                )


def _claim(claim: ClaimView, row: Row, running: bool) -> tuple[str, str] | None:
    if claim.word == "Lost":
        return f"the volume {claim.volume} that it was bound to is gone", "do not delete the claim before you know why"
    if not running:
        return None
    match claim.word:
        case "Terminating":
            return (
                f"deleted while {row.name} uses it: it goes when that pod ends",
                f"save its data before {row.name} restarts: nothing can undo the deletion",
            )
        case "Pending":
            return f"{row.name} runs without it being bound", ""
        case "missing":
            return f"{row.name} runs, and its claim is gone", ""
    return None


def _service(facts: Facts) -> Iterator[Wait]:
    service = facts.service
    since = _without_names_since(facts)
    if service.tone is not Tone.BROKEN:
        return
    created = facts.set.metadata.creation_timestamp
    early = created is not None and not facts.moment.passed(later(created, facts.settings.service_grace))
    if early or not (facts.set.spec.replicas or facts.objects.pods):
        return
    headline, next_ = {
        "missing": (
            f"Service {service.name} is missing",
            f"make a headless Service {service.name} that selects the pods",
        ),
        "not headless": (
            f"Service {service.name} is not headless",
            f"its cluster IP cannot be changed: make {service.name} anew with clusterIP None",
        ),
        "selects no pod": (
            f"Service {service.name} selects no pod",
            "make its selector match the labels of the pod template",
        ),
    }[service.word]
    yield Wait(WaitReason.RISK, headline, "no pod has a DNS name", since=since, severity=Severity.AT_RISK, next=next_)


def _without_names_since(facts: Facts) -> datetime | None:
    """Since when the Service is of no use; None where it was so at the first look, as nothing tells how old that is."""
    sightings, word = facts.sightings, facts.service.word
    if facts.service.tone is Tone.READY or sightings.knows("service", "well"):
        sightings.since("service", "well")
        return sightings.since("service", word) if facts.service.tone is Tone.BROKEN else None
    if facts.objects.service is not None and word == "not headless":
        # A cluster IP never changes: it has been so since both are there.
        metas = (facts.set.metadata, facts.objects.service.metadata)
        return max((meta.creation_timestamp for meta in metas if meta.creation_timestamp), default=None)
    return None


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
