"""A plan as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stsview.actions.plan import Alternative, Check, Plan, Result
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans

_TWO_COLUMNS_FROM = 92
"""Width from which the checks stand in two columns."""

_CHECK_HEALTHS = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_SHOWN_OF_FOLDED = 4
_FOLDED_FROM = 10
"""A run of this many steps that differ only in their pod is folded to the first ones and the last."""

_DANGERS = {
    Danger.READ_ONLY: Health.NEUTRAL,
    Danger.REVERSIBLE: Health.PROGRESSING,
    Danger.DISRUPTIVE: Health.WARNING,
    Danger.LOSS: Health.DEGRADED,
}


def health_of_danger(danger: Danger) -> Health:
    """The health whose colour a danger has."""
    return _DANGERS[danger]


def plan_lines(plan: Plan, width: int, changed: Sequence[str] = (), *, brief: bool = False) -> list[Spans]:
    """The whole plan in lines of `width` cells, as shown before its confirmation.

    `changed`: what differs from the plan that was shown before. A refusal, or what was overridden, comes first, because
    the end may be out of sight. `brief`: only count the checks that pass.
    """
    lines: list[Spans] = []
    if changed:
        lines += _section("CHANGED", Role.WARNING_STRONG, ((((one, Role.WARNING),)) for one in changed), width)
    if plan.refused:
        lines += _section("REFUSED", Role.DEGRADED_STRONG, map(_refusal, plan.refused), width)
    if plan.overridden:
        reason: Spans = (("reason: ", Role.DIM), (plan.override, Role.WARNING))
        lines += _section("OVERRIDDEN", Role.DEGRADED_STRONG, (*map(_refusal, plan.overridden), reason), width)
    lines += _section("WHAT HAPPENS", Role.HEADING, _steps(plan), width)
    lines += [((("CHECKED"), Role.HEADING),), *_checks(plan, width, brief=brief), ()]
    if plan.risks:
        role = Role.DEGRADED_STRONG if plan.danger is Danger.LOSS else Role.WARNING_STRONG
        lines += _section("RISK", role, (((risk, Role.BRIGHT),) for risk in plan.risks), width)
    lines += _alternatives("SAFER", plan.safer, width)
    if plan.shown_command:
        lines += [(("SAME AS", Role.HEADING),), *_indented(((plan.shown_command, Role.DIM),), width)]
    if plan.manual_only:
        lines += [(), *_alternatives("NOT OFFERED (more dangerous)", plan.manual_only, width)][:-1]
    return lines


def overflow_text(plan: Plan) -> str:
    """Hint that there is more to scroll to.

    It counts the checks that do not pass: they must not be overlooked.
    """
    warnings = sum(check.result is not Result.PASS for check in plan.checks)
    if not warnings:
        return "scroll for more"
    return f"{sign(Health.WARNING)[0]} {count(warnings, 'warning')} {active().separator} scroll for more"


def _steps(plan: Plan) -> Iterator[Spans]:
    """Numbered steps. Long runs that differ only in their pod are folded."""
    pods = dict(enumerate(pod_step.pod for pod_step in plan.pod_steps))
    numbered = enumerate(plan.steps)
    for same, group in groupby(numbered, lambda one: _without_pod(one[1], pods.get(one[0], ""))):
        run = list(group)
        folded = range(_SHOWN_OF_FOLDED, len(run) - 1) if same and len(run) >= _FOLDED_FROM else range(0)
        for place, (number, step) in enumerate(run):
            if folded and place == folded.start:
                pods_between = f"{pods[run[place][0]]} to {pods[run[folded.stop - 1][0]]}"
                yield ((f"{active().ellipsis} {len(folded)} more, one at a time: {pods_between}", Role.TEXT),)
            if place not in folded:
                yield ((f"{number + 1} ", Role.DIM), (step, Role.TEXT))


def _without_pod(step: str, pod: str) -> str:
    """The step without the name of its pod; empty when it does not name it."""
    before, name, after = step.partition(pod) if pod else (step, "", "")
    named = bool(name) and not before[-1:].isalnum() and not after[:1].isalnum()
    return f"{before} {after}" if named else ""


def _alternatives(heading: str, alternatives: Sequence[Alternative], width: int) -> Iterator[Spans]:
    if not alternatives:
        return
    yield ((heading, Role.HEADING),)
    for alternative in alternatives:
        yield from _indented(((alternative.words, Role.TEXT),), width)
        if alternative.command:
            yield from _indented(((alternative.command, Role.DIM),), width)
    yield ()


def _checks(plan: Plan, width: int, *, brief: bool) -> Iterator[Spans]:
    if brief:
        passed = sum(check.result is Result.PASS for check in plan.checks)
        for check in plan.checks:
            if check.result is not Result.PASS:
                yield from _indented(_check(check), width)
        yield ("  ", Role.DIM), (f"{active().check} ", Role.READY), (f"{count(passed, 'check')} passed", Role.TEXT)
        return
    worst_first = sorted(plan.checks, key=lambda check: _WORST_FIRST.index(check.result))
    cells = [_check(check) for check in worst_first]
    if width >= _TWO_COLUMNS_FROM:
        yield from _in_two_columns(cells, width)
        return
    for cell in cells:
        yield from _indented(cell, width)


def _in_two_columns(cells: Sequence[Spans], width: int) -> Iterator[Spans]:
    """Cells that fit a column side by side, below those that do not."""
    room = (width - 4) // 2
    short = [cell for cell in cells if spans_width(cell, room) <= room]
    for cell in cells:
        if cell not in short:
            yield from _indented(cell, width)
    half = (len(short) + 1) // 2
    for number in range(half):
        left = short[number]
        right = short[half + number] if half + number < len(short) else ()
        gap = " " * (room - spans_width(left) + 2) if right else ""
        yield (("  ", Role.DIM), *left, (gap, Role.DIM), *right)


def _check(check: Check) -> Spans:
    if check.result is Result.PASS:
        return ((f"{active().check} ", Role.READY), (check.words, Role.TEXT))
    glyph, role = sign(_CHECK_HEALTHS[check.result])
    return ((f"{glyph} ", role), (check.words, Role.BRIGHT))


def _refusal(check: Check) -> Spans:
    return ((f"{sign(Health.DEGRADED)[0]} ", Role.DEGRADED), (check.words, Role.DEGRADED_STRONG))


def _section(heading: str, role: Role, lines: Iterable[Spans], width: int) -> Iterator[Spans]:
    yield ((heading, role),)
    for line in lines:
        yield from _indented(line, width)
    yield ()


def _indented(line: Spans, width: int) -> Iterator[Spans]:
    """The line wrapped.

    Continuation lines are aligned with the text after the number or glyph.
    """
    mark = line[:1] if len(line) > 1 and line[0][0].endswith(" ") else ()
    hang = spans_width(mark)
    for number, wrapped in enumerate(wrap_spans(line[len(mark) :], max(8, width - 2 - hang))):
        yield ("  ", Role.DIM), *(mark if not number else ((" " * hang, Role.DIM),) if hang else ()), *wrapped
