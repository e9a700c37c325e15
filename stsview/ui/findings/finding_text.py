"""A finding in words: its headline, the evidence, what follows, what can be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo

from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level
from stsview.model.states import Health
from stsview.text.ages import age, short, since_when
from stsview.text.glyphs import active
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import ALSO, CAUSE, EFFECT, NEXT_STEP, Reason
from stsview.ui.kit.look.roles import Role, Span, Spans

_TONES = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}

_WORDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}

_DANGERS = {
    Danger.READ_ONLY: ("reads only", Role.DIM),
    Danger.REVERSIBLE: ("can be undone", Role.DIM),
    Danger.DISRUPTIVE: ("disrupts", Role.WARNING),
    Danger.LOSS: ("may lose data or identity", Role.DEGRADED),
}

_FEW = 2
"""Pieces of evidence where there is little room."""

_QUOTE = 6
"""Characters from which on the end of a headline is taken for a quotation."""


def health_of_level(level: Level) -> Health:
    return _TONES[level]


def level_text(level: Level) -> str:
    return _WORDS[level]


def danger_text(danger: Danger) -> Span:
    """What a remedy may cost, in its colour."""
    return _DANGERS[danger]


def headline(finding: Finding) -> Spans:
    """Glyph and headline."""
    health = health_of_level(finding.level)
    role = Role.TEXT if finding.level is Level.NOTICE else role_of(health).strong
    return (sign(health), (" ", Role.DIM), (finding.headline, role))


def brief(finding: Finding, now: datetime) -> Reason:
    """What stands beside other things: why, what follows, the next step, and what is below it."""
    lines: list[tuple[str, Spans]] = []
    if because := _evidence_line(finding.evidence[:_FEW], finding.headline):
        lines.append((CAUSE, because))
    if so := _so(finding, now):
        lines.append((EFFECT, so))
    if finding.remedies:
        lines.append((NEXT_STEP, _remedy(finding.next, finding.remedies[0].danger)))
    lines += _labelled(ALSO, (((below.headline, Role.DIM),) for below in finding.below))
    lasting = f"{age(finding.since, now)} {active().separator} " if finding.since is not None else ""
    sure: Span = (f"   {lasting}{finding.certainty.value}", _certainty_role(finding))
    return Reason((*headline(finding), sure), tuple(lines))


def whole(finding: Finding, now: datetime, zone: tzinfo | None = None) -> Reason:
    """All there is to say: every remedy with its danger and command, every piece of evidence; what can be done before
    how it is known, since what is below may be out of sight."""
    lines: list[tuple[str, Spans]] = [("since", _since(finding, now, zone))]
    if so := _so(finding, now):
        lines.append((EFFECT, so))
    for number, remedy in enumerate(finding.remedies, 1):
        lines.append((f"step {number}", _remedy(remedy.text, remedy.danger, always=True)))
        if remedy.command:
            lines.append(("", ((remedy.command, Role.DIM),)))
    lines += _labelled(ALSO, (headline(below) for below in finding.below))
    lines += _labelled("evidence", map(_evidence, finding.evidence))
    return Reason(headline(finding), tuple(lines))


def _labelled(label: str, told: Iterable[Spans]) -> Iterator[tuple[str, Spans]]:
    """Lines of which the first alone has the label."""
    return ((label if not number else "", spans) for number, spans in enumerate(told))


def _since(finding: Finding, now: datetime, zone: tzinfo | None) -> Spans:
    dot: Span = (f" {active().separator} ", Role.DIM)
    sure: Span = (finding.certainty.value, _certainty_role(finding))
    if finding.since is None:
        return (("unknown", Role.DIM), dot, sure)
    return (
        (since_when(finding.since, now, zone), Role.DIM),
        dot,
        (age(finding.since, now), Role.TEXT),
        dot,
        sure,
    )


def _so(finding: Finding, now: datetime) -> Spans:
    """What follows, and in how long where that is known."""
    spans: list[Span] = [(finding.so, Role.TEXT)] if finding.so else []
    if finding.until is not None:
        left = short((finding.until - now).total_seconds())
        spans.append((f" {active().separator} in {left}" if spans else f"in {left}", Role.WARNING))
    return tuple(spans)


def _certainty_role(finding: Finding) -> Role:
    return Role.DIM if finding.certainty is Certainty.CERTAIN else Role.WARNING


def _evidence(evidence: Evidence) -> Spans:
    return (
        (f"{evidence.object} ", Role.TEXT),
        (f"{evidence.field} ", Role.DIM),
        (evidence.value, Role.WARNING),
    )


def _evidence_line(evidence: tuple[Evidence, ...], told: str) -> Spans:
    """The values alone, without those that the headline holds already, or has quoted in part."""
    spans: list[Span] = []
    quoted = told.rpartition(": ")[2]
    fields = [_field(one) for one in evidence]
    for one in evidence:
        if not one.value or one.value in told or (len(quoted) >= _QUOTE and quoted in one.value):
            continue
        if spans:
            spans.append((f" {active().separator} ", Role.DIM))
        if fields.count(_field(one)) > 1:
            spans.append((f"{one.object.rpartition(' ')[2]} ", Role.TEXT))
        spans += _in_short(one)
    return tuple(spans)


_REVISIONS = {
    "controller-revision-hash": "revision",
    "currentRevision": "current revision",
    "updateRevision": "update revision",
}
"""Fields that hold the name of a ControllerRevision, `<set>-<hash>`, by what they are called in short."""


def _field(one: Evidence) -> str:
    return one.field.rpartition(".")[2]


def _in_short(one: Evidence) -> Spans:
    if (one.field, one.value) == ("metadata", "absent"):
        return (("no ", Role.DIM), (one.object, Role.WARNING))
    field, value = _field(one), one.value
    if field in _REVISIONS:
        field, value = _REVISIONS[field], value.rpartition("-")[2]
    return ((f"{field} ", Role.DIM), (value, Role.WARNING))


def _remedy(text: str, danger: Danger, *, always: bool = False) -> Spans:
    spans: list[Span] = [(text, Role.BRIGHT)]
    if always or danger >= Danger.DISRUPTIVE:
        words, role = danger_text(danger)
        spans.append((f" {active().separator} {words}", role))
    return tuple(spans)
