"""Explanations of a set's state: headline, cause, effect and next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from msgspec.structs import replace

from stsview.model.finding import Finding, Level
from stsview.model.views import OrdinalView, SetView, Severity, Wait, WaitReason
from stsview.objects.log_messages import LogTail
from stsview.text.ages import age, time_or_date
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.ui.findings.finding_text import summary
from stsview.ui.findings.log_quote import run_of
from stsview.ui.findings.steps import steps_of
from stsview.ui.kit.look.health_roles import health_of, role_of, sign
from stsview.ui.kit.look.labelled_lines import CAUSE, EFFECT, NEXT_STEP, Line, Reason
from stsview.ui.kit.look.roles import Role, Span, Spans

_WORDS = {
    Severity.HEALTHY: "healthy",
    Severity.ROLLING: "rolling",
    Severity.UNKNOWN: "unknown",
    Severity.AT_RISK: "at risk",
    Severity.STUCK: "stuck",
}


_UNKNOWN_RANK = 8

_COVERING = {
    WaitReason.ON_DELETE: {"on-delete-pending"},
    WaitReason.PARTITION: {"partition-left-behind", "partition-blocks-update"},
}
"""Rules whose findings say what such a wait says."""


def reasons(
    view: SetView, now: datetime, zone: tzinfo | None = None, tail: LogTail | None = None
) -> tuple[Reason, ...]:
    """The findings of a set, and waits that no finding covers.

    Never empty: without errors and warnings the state of the set is summarized last. `tail` is quoted below the finding
    that it is about.
    """
    grave = [finding for finding in view.findings if finding.level is not Level.NOTICE]
    steps = steps_of(view, view.findings)
    quoted = next((finding for finding in view.findings if tail is not None and run_of(view, (finding,))), None)

    def summarize(finding: Finding) -> Reason:
        own = [step for step in steps if step.finding is finding]
        return summary(finding, now, view=view, steps=own, tail=tail if finding is quoted else None)

    explanations = [summarize(finding) for finding in grave]
    explanations += [_reason(view, wait, now, zone) for wait in _waits(view, grave)]
    summarized = not explanations
    explanations += [summarize(finding) for finding in view.findings if finding.level is Level.NOTICE]
    if summarized:
        explanations.append(Reason(_state(view, now), _facts(view, now)))
    unknown = tuple(Line("unknown", ((sentence, Role.TEXT),), _UNKNOWN_RANK) for sentence in view.unknown)
    explanations[0] = replace(explanations[0], lines=(*explanations[0].lines, *unknown))
    return tuple(explanations)


def _waits(view: SetView, grave: Sequence[Finding]) -> Iterator[Wait]:
    """Waits that no finding covers, such as a starting pod or a canary."""
    ordinals = {ordinal for finding in grave for ordinal in finding.ordinals}
    rules = {finding.rule for finding in view.findings}
    shown: tuple[str, str] | None = None
    for wait in (view.why, view.wait):
        if not wait.headline or (wait.headline, wait.detail) == shown:
            continue
        if grave and (wait.severity >= Severity.AT_RISK or wait.ordinal in ordinals):
            continue
        if rules & _COVERING.get(wait.reason, set()):
            continue
        shown = wait.headline, wait.detail
        yield wait


def _reason(view: SetView, wait: Wait, now: datetime, zone: tzinfo | None) -> Reason:
    health = health_of(wait.severity)
    glyph, colour = sign(health)
    headline: list[Span] = [(f"{glyph} ", colour), (wait.headline, role_of(health).strong)]
    if wait.since is not None:
        since, lasting = time_or_date(wait.since, now, zone), age(wait.since, now)
        headline.append((f"   since {since} {active().separator} {lasting}", Role.DIM))
    lines: list[Line] = []
    if cause := _cause(view, wait):
        lines.append(Line(CAUSE, cause, 15))
    if wait.so:
        lines.append(Line(EFFECT, ((wait.so, Role.TEXT),), 20))
    if wait.next:
        lines.append(Line(NEXT_STEP, ((wait.next, Role.BRIGHT),), 10))
    return Reason(tuple(headline), tuple(lines))


def _cause(view: SetView, wait: Wait) -> Spans:
    """The detail of the wait, and the detail of its pod if that adds anything."""
    spans: list[Span] = [(wait.detail, Role.TEXT)] if wait.detail else []
    pod = _pod_of(view, wait)
    if pod is not None and pod.state.detail and not _contains(pod.state.detail, wait.detail):
        if spans:
            spans.append((f" {active().separator} ", Role.DIM))
        spans.append((pod.state.detail, Role.WARNING))
    return tuple(spans)


def _contains(detail: str, sentence: str) -> bool:
    """Whether the sentence contains the detail, or a cropped quotation of it."""
    quoted = sentence.partition(": ")[2]
    return detail in sentence or (bool(quoted) and detail.startswith(quoted))


def _pod_of(view: SetView, wait: Wait) -> OrdinalView | None:
    if wait.ordinal is None:
        return None
    return next((ordinal for ordinal in view.ordinals if ordinal.ordinal == wait.ordinal), None)


def _state(view: SetView, now: datetime) -> Spans:
    glyph, colour = sign(health_of(view.severity))
    spans: list[Span] = [(f"{glyph} ", colour), (_WORDS[view.severity], role_of(health_of(view.severity)).strong)]
    if view.severity_since is not None:
        spans.append((f"   for {age(view.severity_since, now)}", Role.DIM))
    return tuple(spans)


def _facts(view: SetView, now: datetime) -> tuple[Line, ...]:
    dot = f" {active().separator} "
    pods: list[Span] = [
        (f"{number(view.ready)} of {number(view.replicas)}", Role.TEXT),
        (f" ready{dot}{view.policy}{dot}{view.rollout.strategy}", Role.DIM),
    ]
    if view.created is not None:
        pods.append((f"{dot}created {age(view.created, now)} ago", Role.DIM))
    lines = [Line("pods", tuple(pods))]
    if view.images:
        lines.append(Line("image" if len(view.images) == 1 else "images", ((", ".join(view.images), Role.TEXT),)))
    return tuple(lines)
