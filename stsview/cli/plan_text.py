"""A plan as text."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.actions.plan import Confirmation, Plan, Result, Safer
from stsview.cli.paper import Paper
from stsview.model.finding import Danger
from stsview.model.views import Tone
from stsview.ui.glyphs import active, glyph

_ORDER = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_TONES = {Result.WARN: Tone.WARNING, Result.UNKNOWN: Tone.UNKNOWN, Result.FAIL: Tone.BROKEN}

_STYLES = {Result.PASS: "green", Result.WARN: "yellow", Result.UNKNOWN: "bold", Result.FAIL: "bold red"}

_DANGERS = {Danger.LOSS: "bold red", Danger.DISRUPTIVE: "bold yellow"}


def print_plan(plan: Plan, paper: Paper, changed: Iterable[str] = ()) -> None:
    """All that is known before it is done; `changed` is what is another since it was first shown."""
    paper.line((plan.title, "bold"))
    grave = _DANGERS.get(plan.danger, "bold")
    _part(paper, "CHANGED MEANWHILE", changed, "bold yellow")
    paper.line(("WHAT HAPPENS", "bold"))
    for number, step in enumerate(plan.steps, 1):
        paper.words(step, f"  {number} ")
    paper.line(("CHECKED", "bold"))
    for check in sorted(plan.checks, key=lambda check: _ORDER.index(check.result)):
        mark = active().check if check.result is Result.PASS else glyph(_TONES[check.result])
        paper.words(check.words, "  ", (mark, _STYLES[check.result]), " ")
    _part(paper, "RISK", plan.risks, grave)
    _ways(paper, "SAFER", plan.safer)
    if plan.same_as:
        paper.line(("SAME AS", "bold"))
        paper.line((f"  {plan.same_as}", "dim"))
    _ways(paper, "MORE DANGEROUS STILL, AND NOT DONE HERE", plan.by_hand)
    _part(paper, "REFUSED", (check.words for check in plan.refused), "bold red")
    if not plan.refused:
        _part(paper, "IT TAKES", _takes(plan.confirmation))


def _takes(confirmation: Confirmation) -> Iterable[str]:
    for attestation in confirmation.attestations:
        yield f"that you attest {attestation.id}: {attestation.words}"
    if confirmation.name:
        yield f"the name {confirmation.name}"
    if confirmation.context:
        yield f"the name of the protected context, {confirmation.context}"
    if confirmation.reason:
        yield "a written reason"


def _part(paper: Paper, heading: str, lines: Iterable[str], style: str = "bold") -> None:
    for number, line in enumerate(lines):
        if not number:
            paper.line((heading, style))
        paper.words(line, "  ")


def _ways(paper: Paper, heading: str, ways: Iterable[Safer]) -> None:
    for number, way in enumerate(ways):
        if not number:
            paper.line((heading, "bold"))
        paper.words(way.words, "  ")
        if way.command:
            paper.line((f"    {way.command}", "dim"))
