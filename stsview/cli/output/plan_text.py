"""A plan as text on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from stsview.actions.plan import Alternative, Confirmation, Plan, Result
from stsview.cli.output.console import Console
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.glyphs import active, glyph

_ORDER = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_CHECK_HEALTH = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_STYLES = {Result.PASS: "green", Result.WARN: "yellow", Result.UNKNOWN: "bold", Result.FAIL: "bold red"}

_DANGER_STYLES = {Danger.LOSS: "bold red", Danger.DISRUPTIVE: "bold yellow"}


def print_plan(plan: Plan, console: Console, changed: Iterable[str] = ()) -> None:
    """Print what will happen, what was checked and how to confirm.

    `changed` is what differs from the plan before.
    """
    console.line((plan.title, "bold"))
    risk_style = _DANGER_STYLES.get(plan.danger, "bold")
    _section(console, "CHANGED", changed, "bold yellow")
    console.line(("WHAT HAPPENS", "bold"))
    for number, step in enumerate(plan.steps, 1):
        console.sentence(step, f"  {number} ")
    console.line(("CHECKED", "bold"))
    for check in sorted(plan.checks, key=lambda check: _ORDER.index(check.result)):
        mark = active().check if check.result is Result.PASS else glyph(_CHECK_HEALTH[check.result])
        console.sentence(check.words, "  ", (mark, _STYLES[check.result]), " ")
    _section(console, "RISK", plan.risks, risk_style)
    _alternatives(console, "SAFER", plan.safer)
    if plan.shown_command:
        console.line(("SAME AS", "bold"))
        console.line((f"  {plan.shown_command}", "dim"))
    _alternatives(console, "NOT OFFERED (more dangerous)", plan.manual_only)
    _section(console, "REFUSED", (check.words for check in plan.refused), "bold red")
    overridden = [check.words for check in plan.overridden]
    _section(console, "OVERRIDDEN", [*overridden, f"reason: {plan.override}"] if overridden else [], "bold red")
    if not plan.refused:
        _section(console, "TO CONFIRM", _required_options(plan.confirmation))


def _required_options(confirmation: Confirmation) -> Iterable[str]:
    for attestation in confirmation.attestations:
        yield f"--attest {attestation.id}: {attestation.words}"
    if confirmation.name:
        yield f"--confirm {confirmation.name}"
    if confirmation.context:
        yield f"--confirm-context {confirmation.context} (protected context)"
    if confirmation.reason:
        yield "--reason TEXT"


def _section(console: Console, heading: str, lines: Iterable[str], style: str = "bold") -> None:
    for number, line in enumerate(lines):
        if not number:
            console.line((heading, style))
        console.sentence(line, "  ")


def _alternatives(console: Console, heading: str, alternatives: Iterable[Alternative]) -> None:
    for number, alternative in enumerate(alternatives):
        if not number:
            console.line((heading, "bold"))
        console.sentence(alternative.words, "  ")
        if alternative.command:
            console.line((f"    {alternative.command}", "dim"))
