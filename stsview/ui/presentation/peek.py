"""Why a set is as it is, in a few lines: what, because of what, what follows, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from stsview.model.views import OrdinalView, SetView, Severity, Wait
from stsview.ui.ages import age, since_when
from stsview.ui.glyphs import active
from stsview.ui.presentation.words import number
from stsview.ui.roles import Role, Span, Spans
from stsview.ui.tones import role_of, sign, tone_of

LABEL_CELLS = 9
"""`because` and the gap behind it."""

_WORDS = {
    Severity.HEALTHY: "healthy",
    Severity.ROLLING: "rolling",
    Severity.UNKNOWN: "cannot be told",
    Severity.AT_RISK: "at risk",
    Severity.STUCK: "stuck",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A headline, and lines below it to be wrapped or cropped each for itself, with their labels apart."""

    headline: Spans
    lines: tuple[tuple[str, Spans], ...]


def reasons(view: SetView, now: datetime, zone: tzinfo | None = None) -> tuple[Reason, ...]:
    """The reason of the set's severity, then what its controller waits for where that is something else."""
    if not view.why.headline and not view.wait.headline:
        return (Reason(_calm(view, now), _facts(view, now)),)
    told = [view.why] if view.why.headline else []
    if view.wait.headline and (view.wait.headline, view.wait.detail) != (view.why.headline, view.why.detail):
        told.append(view.wait)
    return tuple(_reason(view, wait, now, zone) for wait in told)


def _reason(view: SetView, wait: Wait, now: datetime, zone: tzinfo | None) -> Reason:
    tone = tone_of(wait.severity)
    glyph, colour = sign(tone)
    headline: list[Span] = [(f"{glyph} ", colour), (wait.headline, role_of(tone).strong)]
    if wait.since is not None:
        since, lasting = since_when(wait.since, now, zone), age(wait.since, now)
        headline.append((f"   since {since} {active().separator} {lasting}", Role.DIM))
    lines: list[tuple[str, Spans]] = []
    if because := _because(view, wait):
        lines.append(("because", because))
    if wait.so:
        lines.append(("so", ((wait.so, Role.TEXT),)))
    if wait.next:
        lines.append(("next", ((wait.next, Role.BRIGHT),)))
    lines.extend(("unknown", ((sentence, Role.TEXT),)) for sentence in view.unknown)
    return Reason(tuple(headline), tuple(lines))


def _because(view: SetView, wait: Wait) -> Spans:
    """The wait's own words, and what the pod that it names says of itself where that is more."""
    spans: list[Span] = [(wait.detail, Role.TEXT)] if wait.detail else []
    told = _named(view, wait)
    if told is not None and told.state.detail and not _said(told.state.detail, wait.detail):
        if spans:
            spans.append((f" {active().separator} ", Role.DIM))
        spans.append((told.state.detail, Role.WARNING))
    return tuple(spans)


def _said(detail: str, sentence: str) -> bool:
    """Whether the sentence holds the detail, or ends in as much of it as a sentence takes."""
    quoted = sentence.partition(": ")[2]
    return detail in sentence or (bool(quoted) and detail.startswith(quoted))


def _named(view: SetView, wait: Wait) -> OrdinalView | None:
    if wait.ordinal is None:
        return None
    return next((ordinal for ordinal in view.ordinals if ordinal.ordinal == wait.ordinal), None)


def _calm(view: SetView, now: datetime) -> Spans:
    glyph, colour = sign(tone_of(view.severity))
    spans: list[Span] = [(f"{glyph} ", colour), (_WORDS[view.severity], role_of(tone_of(view.severity)).strong)]
    if view.severity_since is not None:
        spans.append((f"   for {age(view.severity_since, now)}", Role.DIM))
    return tuple(spans)


def _facts(view: SetView, now: datetime) -> tuple[tuple[str, Spans], ...]:
    dot = f" {active().separator} "
    pods: list[Span] = [
        (f"{number(view.ready)} of {number(view.replicas)}", Role.TEXT),
        (f" ready{dot}{view.policy}{dot}{view.rollout.strategy}", Role.DIM),
    ]
    if view.created is not None:
        pods.append((f"{dot}created {age(view.created, now)} ago", Role.DIM))
    lines: list[tuple[str, Spans]] = [("unknown", ((sentence, Role.TEXT),)) for sentence in view.unknown]
    lines.append(("pods", tuple(pods)))
    if view.images:
        lines.append(("image" if len(view.images) == 1 else "images", ((", ".join(view.images), Role.TEXT),)))
    return tuple(lines)
