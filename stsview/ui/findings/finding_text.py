"""A finding as text: headline, evidence, effect, and remedies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, tzinfo

from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level
from stsview.model.states import Health
from stsview.text.ages import age, in_local_time, short, time_or_date
from stsview.text.glyphs import active
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import ALSO, CAUSE, EFFECT, NEXT_STEP, Reason
from stsview.ui.kit.look.roles import Role, Span, Spans

_HEALTHS = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}

_LEVEL_TEXTS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}

_DANGER_ROLES = {
    Danger.READ_ONLY: Role.DIM,
    Danger.REVERSIBLE: Role.DIM,
    Danger.DISRUPTIVE: Role.WARNING,
    Danger.LOSS: Role.DEGRADED,
}

_SHORT_EVIDENCE = 2
"""Pieces of evidence in a summary."""

_MIN_QUOTE = 6
"""Least length of the end of a headline that counts as a quotation of the evidence."""


def health_of_level(level: Level) -> Health:
    return _HEALTHS[level]


def level_text(level: Level) -> str:
    return _LEVEL_TEXTS[level]


def danger_span(danger: Danger) -> Span:
    """Danger of a remedy, in its colour."""
    return danger.label, _DANGER_ROLES[danger]


def headline(finding: Finding) -> Spans:
    """Glyph and headline, in the colour of the level."""
    health = health_of_level(finding.level)
    role = Role.TEXT if finding.level is Level.NOTICE else role_of(health).strong
    return (sign(health), (" ", Role.DIM), (finding.headline, role))


def summary(finding: Finding, now: datetime) -> Reason:
    """Summary for a panel: cause, effect, next step, and symptoms."""
    lines: list[tuple[str, Spans]] = []
    if cause := _evidence_line(local_evidence(finding, now)[:_SHORT_EVIDENCE], finding.headline):
        lines.append((CAUSE, cause))
    if effect := _effect(finding, now):
        lines.append((EFFECT, effect))
    if finding.remedies:
        lines.append((NEXT_STEP, _remedy(finding.next, finding.remedies[0].danger)))
    lines += _labelled(ALSO, (((below.headline, Role.DIM),) for below in finding.below))
    duration = f"{age(finding.since, now)} {active().separator} " if finding.since is not None else ""
    certainty: Span = (f"   {duration}{finding.certainty.value}", _certainty_role(finding))
    return Reason((*headline(finding), certainty), tuple(lines))


def details(finding: Finding, now: datetime, zone: tzinfo | None = None) -> Reason:
    """Everything: all remedies with danger and command, all evidence.

    Remedies come before evidence, because the end may be out of sight. Times of day are in `zone`.
    """
    lines: list[tuple[str, Spans]] = [("since", _since(finding, now, zone))]
    if effect := _effect(finding, now):
        lines.append((EFFECT, effect))
    for number, remedy in enumerate(finding.remedies, 1):
        lines.append((f"step {number}", _remedy(remedy.text, remedy.danger, always=True)))
        if remedy.command:
            lines.append(("", ((remedy.command, Role.DIM),)))
    lines += _labelled(ALSO, (headline(below) for below in finding.below))
    lines += _labelled("evidence", map(_evidence, local_evidence(finding, now, zone)))
    return Reason(headline(finding), tuple(lines))


def _labelled(label: str, lines: Iterable[Spans]) -> Iterator[tuple[str, Spans]]:
    """Lines of which only the first has the label."""
    return ((label if not number else "", spans) for number, spans in enumerate(lines))


def _since(finding: Finding, now: datetime, zone: tzinfo | None) -> Spans:
    dot: Span = (f" {active().separator} ", Role.DIM)
    certainty: Span = (finding.certainty.value, _certainty_role(finding))
    if finding.since is None:
        return (("unknown", Role.DIM), dot, certainty)
    return (
        (time_or_date(finding.since, now, zone), Role.DIM),
        dot,
        (age(finding.since, now), Role.TEXT),
        dot,
        certainty,
    )


def _effect(finding: Finding, now: datetime) -> Spans:
    """The effect, and the time until it happens by itself where that is known."""
    spans: list[Span] = [(finding.so, Role.TEXT)] if finding.so else []
    if finding.until is not None:
        left = short((finding.until - now).total_seconds())
        spans.append((f" {active().separator} in {left}" if spans else f"in {left}", Role.WARNING))
    return tuple(spans)


def _certainty_role(finding: Finding) -> Role:
    return Role.DIM if finding.certainty is Certainty.CERTAIN else Role.WARNING


def local_evidence(finding: Finding, now: datetime, zone: tzinfo | None = None) -> tuple[Evidence, ...]:
    """The evidence, with its times in `zone` (None: the local zone)."""
    return tuple(replace(one, value=in_local_time(one.value, now, zone)) for one in finding.evidence)


def _evidence(evidence: Evidence) -> Spans:
    return (
        (f"{evidence.object} ", Role.TEXT),
        (f"{evidence.field} ", Role.DIM),
        (evidence.value, Role.WARNING),
    )


def _evidence_line(evidence: tuple[Evidence, ...], headline_text: str) -> Spans:
    """Fields and values, without those that the headline contains or quotes."""
    spans: list[Span] = []
    quoted = headline_text.rpartition(": ")[2]
    fields = [_field_name(one) for one in evidence]
    for one in evidence:
        if not one.value or one.value in headline_text or (len(quoted) >= _MIN_QUOTE and quoted in one.value):
            continue
        if spans:
            spans.append((f" {active().separator} ", Role.DIM))
        if fields.count(_field_name(one)) > 1:
            spans.append((f"{one.object.rpartition(' ')[2]} ", Role.TEXT))
        spans += _short_evidence(one)
    return tuple(spans)


_REVISIONS = {
    "controller-revision-hash": "revision",
    "currentRevision": "current revision",
    "updateRevision": "update revision",
}
"""Short names of fields that hold the name of a ControllerRevision, `<set>-<hash>`."""


def _field_name(one: Evidence) -> str:
    return one.field.rpartition(".")[2]


def _short_evidence(one: Evidence) -> Spans:
    if (one.field, one.value) == ("metadata", "absent"):
        return (("no ", Role.DIM), (one.object, Role.WARNING))
    field, value = _field_name(one), one.value
    if field in _REVISIONS:
        field, value = _REVISIONS[field], value.rpartition("-")[2]
    return ((f"{field} ", Role.DIM), (value, Role.WARNING))


def _remedy(text: str, danger: Danger, *, always: bool = False) -> Spans:
    spans: list[Span] = [(text, Role.BRIGHT)]
    if always or danger >= Danger.DISRUPTIVE:
        text, role = danger_span(danger)
        spans.append((f" {active().separator} {text}", role))
    return tuple(spans)
