"""Findings that are acknowledged as intended or known, by an annotation in the cluster or by the configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from msgspec.structs import replace

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Evidence, Finding, Level, Ref
from stsview.model.names import one_line
from stsview.model.settings import Acknowledgement
from stsview.objects.kinds import CLAIMS, PODS, SERVICES
from stsview.triage.rule import set_ref

ANNOTATION = "stsview.io/acknowledge"
"""Rule ids, separated by commas: on the StatefulSet, or on the pod, PVC or Service that a finding is about."""


ACKNOWLEDGED = "acknowledged"
"""In parentheses at the end of a headline, with the last day and the reason."""


def acknowledgement(case: RuleInput, former: Mapping[str, str]) -> Callable[[Finding], Finding]:
    """Marks a finding of the set that is acknowledged: as a notice, with who acknowledges it and why as evidence.

    An acknowledgement that has expired leaves the level as it is, and is said in the headline. `former`: the present
    ids of rules by their former ones.
    """
    view, facts = case.view, case.facts
    configured = [one for one in facts.settings.acknowledgements if one.covers(view.namespace, view.name)]
    whole = set_ref(case)
    of_set = _ids(facts.objects.set.metadata.annotations, former)

    def mark(finding: Finding) -> Finding:
        of_object = () if finding.object == whole else _ids(_annotations(case, finding.object), former)
        for about, ids in ((whole, of_set), (finding.object, of_object)):
            if finding.rule in ids:
                path = f"metadata.annotations[{ANNOTATION}]"
                return _acknowledged(finding, Evidence(str(about), path, finding.rule))
        if not configured:
            return finding
        by = [one for one in configured if former.get(one.rule, one.rule) == finding.rule]
        for one in by:
            if one.until is None or not facts.moment.passed(_end_of(one.until)):
                return _acknowledged(finding, _configured(one), one.until, one.reason)
        expired = max((one.until for one in by if one.until is not None), default=None)
        return finding if expired is None else _expired(finding, by, expired)

    return mark


def _acknowledged(finding: Finding, by: Evidence, until: date | None = None, reason: str = "") -> Finding:
    marked = ACKNOWLEDGED if until is None else f"{ACKNOWLEDGED} until {until}"
    if reason:
        marked = f"{marked}: {one_line(reason)}"
    return replace(
        finding,
        level=Level.NOTICE,
        acknowledged=True,
        headline=f"{finding.headline} ({marked})",
        evidence=(*finding.evidence, by),
    )


def _expired(finding: Finding, by: list[Acknowledgement], until: date) -> Finding:
    last = next(one for one in by if one.until == until)
    headline = f"{finding.headline} (acknowledgement expired {until})"
    return replace(finding, headline=headline, evidence=(*finding.evidence, _configured(last)))


def _configured(one: Acknowledgement) -> Evidence:
    return Evidence("Configuration", "acknowledge", ", ".join(_words(one)))


def _words(one: Acknowledgement) -> Iterator[str]:
    yield one_line(one.reason) if one.reason else "no reason given"
    if one.until is not None:
        yield f"until {one.until}"


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _ids(annotations: Mapping[str, str], former: Mapping[str, str]) -> Collection[str]:
    value = annotations.get(ANNOTATION)
    if not value:
        return ()
    ids = (one.strip() for one in value.split(","))
    return frozenset(former.get(one, one) for one in ids if one)


def _annotations(case: RuleInput, about: Ref) -> Mapping[str, str]:
    """Annotations of the object of a finding; none of a kind that is held without them."""
    objects = case.facts.objects
    match about.kind:
        case PODS.name:
            pod = objects.pods.get(about.name)
            return pod.metadata.annotations if pod is not None else {}
        case CLAIMS.name:
            claim = objects.claims.get(about.name)
            return claim.metadata.annotations if claim is not None else {}
        case SERVICES.name:
            service = objects.service
            return service.metadata.annotations if service is not None and service.metadata.name == about.name else {}
    return {}
