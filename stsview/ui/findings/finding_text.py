"""A finding as text: headline, evidence, effect, and remedies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from msgspec.structs import replace

from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.log_messages import LogTail
from stsview.text.ages import age, in_local_time, short, time_or_date
from stsview.text.glyphs import active
from stsview.text.numbers import number
from stsview.ui.findings.log_quote import quote
from stsview.ui.findings.steps import Step
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import ADDITION, ALSO, CAUSE, EFFECT, Line, Reason
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

_EFFECT_RANK = 20
_STEP_RANK = 30
_STEPS = 60
_CAUSE_RANK = 100
_SINCE_RANK = 105
_WARNING_RANK = 110
_ALSO_RANK = 120
_COMMAND_RANK = ADDITION
_EVIDENCE_RANK = ADDITION + 60
"""What is left out last where there is no room for all."""

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


def summary(
    finding: Finding,
    now: datetime,
    *,
    view: SetView | None = None,
    steps: Sequence[Step] = (),
    tail: LogTail | None = None,
) -> Reason:
    """Summary for a panel: last words of what crashed, effect, steps, cause, last warning, and symptoms.

    `steps` are those of the finding, `tail` is the log that it is about.
    """
    lines = [*quote(tail), *_effect_lines(finding, now)]
    for step in steps:
        lines += _step(step, always=False)
    quoted = tail is not None and bool(tail.lines)
    if not quoted and (cause := _evidence_line(local_evidence(finding, now)[:_SHORT_EVIDENCE], finding.headline)):
        lines.append(Line(CAUSE, cause, _CAUSE_RANK))
    lines += _warning(finding, view, now)
    lines += (Line(ALSO, ((below.headline, Role.DIM),), _ALSO_RANK) for below in finding.below)
    dot: Span = (f" {active().separator} ", Role.DIM)
    rule: Spans = ((finding.certainty.value, _certainty_role(finding)), dot, (finding.rule, Role.DIM))
    if finding.since is None:
        return Reason(headline(finding), tuple(lines), Line("rule", rule, _SINCE_RANK))
    since = Line("since", ((age(finding.since, now), Role.TEXT), dot, *rule), _SINCE_RANK)
    return Reason(headline(finding), tuple(lines), since)


def details(
    finding: Finding,
    now: datetime,
    zone: tzinfo | None = None,
    *,
    view: SetView | None = None,
    steps: Sequence[Step] = (),
    tail: LogTail | None = None,
    short_log: bool = False,
) -> Reason:
    """Everything: all steps with danger and command, all evidence.

    Steps come before evidence, because the end may be out of sight. Times of day are in `zone`.
    """
    lines = [Line("since", _since(finding, now, zone), _SINCE_RANK)]
    lines += (*quote(tail, short=short_log), *_effect_lines(finding, now))
    for step in steps:
        lines += _step(step, always=True)
    lines += _warning(finding, view, now)
    lines += (Line(ALSO, headline(below), _ALSO_RANK) for below in finding.below)
    lines += (Line("evidence", _evidence(one), _EVIDENCE_RANK) for one in local_evidence(finding, now, zone))
    return Reason(headline(finding), tuple(lines))


def _effect_lines(finding: Finding, now: datetime) -> Iterator[Line]:
    if effect := _effect(finding, now):
        yield Line(EFFECT, effect, _EFFECT_RANK)


def _step(step: Step, *, always: bool) -> Iterator[Line]:
    """The step with the keys that take it, and its command where there is room."""
    remedy = step.remedy
    key = hint("fix", "t")
    label = f"{key} {step.number}"
    yield Line(
        label,
        remedy_spans(remedy.text, remedy.danger, always=always),
        _STEP_RANK + min(step.number, _STEPS),
        label_role=Role.KEY,
        key=key,
    )
    if remedy.command:
        yield Line("", ((remedy.command, Role.DIM),), _COMMAND_RANK + min(step.number, _STEPS), most=2)


def _warning(finding: Finding, view: SetView | None, now: datetime) -> Iterator[Line]:
    """The last warning event about the object of the finding, unless the finding quotes it."""
    about = finding.object
    event = view.last_warning(about.kind, about.name) if view is not None else None
    quoted = (finding.headline, *(one.value for one in finding.evidence))
    if event is None or any(_same_words(event.message, text) for text in quoted):
        return
    spans: list[Span] = [(event.reason, Role.WARNING), (f" {event.message}", Role.TEXT)]
    parts = [f"{number(event.times)} times"] if event.times > 1 else []
    if event.last is not None:
        parts.append(f"{age(event.last, now)} ago")
    spans += ((f" {active().separator} {part}", Role.DIM) for part in parts)
    yield Line("warning", tuple(spans), _WARNING_RANK, most=3)


def _same_words(one: str, other: str) -> bool:
    """Whether one text quotes the other; a number would be in any."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _MIN_QUOTE and short in long


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


def remedy_spans(text: str, danger: Danger, *, always: bool = False) -> Spans:
    """The step and its danger, which has a sign in front too: the end may be cropped."""
    word, role = danger_span(danger)
    spans: list[Span] = [(f"{active().health(Health.WARNING)} ", role)] if danger >= Danger.DISRUPTIVE else []
    spans.append((text, Role.BRIGHT))
    if always or danger >= Danger.DISRUPTIVE:
        spans.append((f" {active().separator} {word}", role))
    return tuple(spans)
