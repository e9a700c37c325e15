"""A plan as text."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.actions.plan import Alternative, Confirmation, Plan, Result
from stsview.cli.output.console import Console
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.glyphs import active, glyph

_ORDER = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_TONES = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_STYLES = {Result.PASS: "green", Result.WARN: "yellow", Result.UNKNOWN: "bold", Result.FAIL: "bold red"}

_DANGERS = {Danger.LOSS: "bold red", Danger.DISRUPTIVE: "bold yellow"}


def print_plan(plan: Plan, console: Console, changed: Iterable[str] = ()) -> None:
    """All that is known before it is done; `changed` is what is another since it was first shown."""
    console.line((plan.title, "bold"))
    grave = _DANGERS.get(plan.danger, "bold")
    _part(console, "CHANGED MEANWHILE", changed, "bold yellow")
    console.line(("WHAT HAPPENS", "bold"))
    for number, step in enumerate(plan.steps, 1):
        console.words(step, f"  {number} ")
    console.line(("CHECKED", "bold"))
    for check in sorted(plan.checks, key=lambda check: _ORDER.index(check.result)):
        mark = active().check if check.result is Result.PASS else glyph(_TONES[check.result])
        console.words(check.words, "  ", (mark, _STYLES[check.result]), " ")
    _part(console, "RISK", plan.risks, grave)
    _ways(console, "SAFER", plan.safer)
    if plan.same_as:
        console.line(("SAME AS", "bold"))
        console.line((f"  {plan.same_as}", "dim"))
    _ways(console, "MORE DANGEROUS STILL, AND NOT DONE HERE", plan.manual_only)
    _part(console, "REFUSED", (check.words for check in plan.refused), "bold red")
    if not plan.refused:
        _part(console, "IT TAKES", _takes(plan.confirmation))


def _takes(confirmation: Confirmation) -> Iterable[str]:
    for attestation in confirmation.attestations:
        yield f"that you attest {attestation.id}: {attestation.words}"
    if confirmation.name:
        yield f"the name {confirmation.name}"
    if confirmation.context:
        yield f"the name of the protected context, {confirmation.context}"
    if confirmation.reason:
        yield "a written reason"


def _part(console: Console, heading: str, lines: Iterable[str], style: str = "bold") -> None:
    for number, line in enumerate(lines):
        if not number:
            console.line((heading, style))
        console.words(line, "  ")


def _ways(console: Console, heading: str, ways: Iterable[Alternative]) -> None:
    for number, way in enumerate(ways):
        if not number:
            console.line((heading, "bold"))
        console.words(way.words, "  ")
        if way.command:
            console.line((f"    {way.command}", "dim"))
