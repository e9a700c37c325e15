"""A plan as text on the terminal, in the order of the dialog: what must be read comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stsview.actions.intents import OrderedRestart
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Result
from stsview.cli.output.console import Console
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.ages import in_local_time
from stsview.text.glyphs import active, glyph
from stsview.text.numbers import count

_ORDER = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_CHECK_HEALTH = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_STYLES = {Result.PASS: "green", Result.WARN: "yellow", Result.UNKNOWN: "bold", Result.FAIL: "bold red"}

_DANGER_STYLES = {Danger.LOSS: "bold red", Danger.DISRUPTIVE: "bold yellow"}


def print_plan(plan: Plan, console: Console, changed: Iterable[str] = (), *, verbose: bool = False) -> None:
    """Print what will happen, what was checked and how to confirm.

    `changed` is what differs from the plan before. `verbose` adds details of the steps, and the checks that passed.
    """

    def local(text: str) -> str:
        return in_local_time(text, plan.made_at)

    plan, changed = plan.reworded(local), map(local, changed)
    console.line((plan.title, "bold"))
    _section(console, "ACTING AS", [plan.acting_as] if plan.acting_as else [], "bold yellow")
    _section(console, "CHANGED", changed, "bold yellow")
    refused = [check.words for check in plan.refused]
    _section(console, "REFUSED", [*refused, *overriding_options(plan)] if refused else [], "bold red")
    overridden = [check.words for check in plan.overridden]
    _section(console, "OVERRIDDEN", [*overridden, f"reason: {plan.override}"] if overridden else [], "bold red")
    _section(console, "RISK", plan.risks, _DANGER_STYLES.get(plan.danger, "bold"))
    if plan.steps or (verbose and plan.details):
        console.line(("WHAT HAPPENS", "bold"))
    for number, step in enumerate(plan.steps, 1):
        console.sentence(step, f"  {number} ")
    for detail in plan.details if verbose else ():
        console.sentence(detail, ("  - ", "dim"))
    _print_checks(plan, console, verbose=verbose)
    _alternatives(console, "SAFER", plan.safer)
    if plan.shown_command:
        console.line(("SAME AS", "bold"))
        console.line((f"  {plan.shown_command}", "dim"))
    _alternatives(console, "NOT OFFERED (more dangerous)", plan.manual_only)
    if plan.manifest:
        console.line(("MANIFEST", "bold"))
        for line in plan.manifest.splitlines():
            console.line((f"  {line}", ""))
    if not refused:
        _section(console, "TO CONFIRM", _required_options(plan.confirmation))


def overriding_options(plan: Plan) -> Iterator[str]:
    """What makes a refused plan possible, one phrase each."""
    if plan.overridable:
        yield "--override REASON overrides this"
    refused = {check.id for check in plan.refused}
    if "revision" in refused and isinstance(plan.intent, OrderedRestart) and not plan.intent.other_revision:
        yield f"--other-revision allows {'this' if len(refused) == 1 else 'the change of revision'}"


def _print_checks(plan: Plan, console: Console, *, verbose: bool) -> None:
    """The checks that do not pass and were not said before; the others too if `verbose`, or else their number."""
    said = {*plan.refused, *plan.overridden}
    left = sorted((one for one in plan.checks if one not in said), key=lambda one: _ORDER.index(one.result))
    passed = [one for one in left if one.result is Result.PASS]
    shown = left if verbose else [one for one in left if one not in passed]
    if left:
        console.line(("CHECKED", "bold"))
    for check in shown:
        console.sentence(check.words, "  ", _mark(check), " ")
    if passed and not verbose:
        others = count(len(passed), "other check" if shown or said else "check")
        console.line("  ", (active().check, _STYLES[Result.PASS]), f" {others} passed ", ("(-v shows them)", "dim"))


def _mark(check: Check) -> tuple[str, str]:
    mark = active().check if check.result is Result.PASS else glyph(_CHECK_HEALTH[check.result])
    return mark, _STYLES[check.result]


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
