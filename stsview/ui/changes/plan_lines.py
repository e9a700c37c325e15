"""A plan as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from stsview.actions.plan import Alternative, Check, Plan, Result
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.glyphs import active
from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.phrases import count
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans

_TWO_COLUMNS = 92
"""From this width on the checks stand in two columns."""

_TONES = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_FIRST = 4
_FOLDED = 9
"""So many steps alike, and more, are told by the first ones and the last."""

_DANGERS = {
    Danger.READ_ONLY: Health.NEUTRAL,
    Danger.REVERSIBLE: Health.PROGRESSING,
    Danger.DISRUPTIVE: Health.WARNING,
    Danger.LOSS: Health.DEGRADED,
}


def health_of_danger(danger: Danger) -> Health:
    return _DANGERS[danger]


def plan_lines(plan: Plan, width: int, changed: Sequence[str] = (), *, brief: bool = False) -> list[Spans]:
    """All that is shown before it is done, in lines of `width` cells; `changed` is what is another since it was first
    shown. What refuses it, or was overridden, comes before all else: where there is little room the rest is out of
    sight. Where it is to be `brief`, checks that pass are only counted."""
    lines: list[Spans] = []
    if changed:
        lines += _part("CHANGED MEANWHILE", Role.WARNING_STRONG, ((((one, Role.WARNING),)) for one in changed), width)
    if plan.refused:
        lines += _part("REFUSED", Role.DEGRADED_STRONG, map(_refusing, plan.refused), width)
    if plan.overridden:
        why: Spans = (("because: ", Role.DIM), (plan.override, Role.WARNING))
        lines += _part("OVERRIDDEN", Role.DEGRADED_STRONG, (*map(_refusing, plan.overridden), why), width)
    lines += _part("WHAT HAPPENS", Role.HEADING, _steps(plan), width)
    lines += [((("CHECKED"), Role.HEADING),), *_checks(plan, width, brief=brief), ()]
    if plan.risks:
        role = Role.DEGRADED_STRONG if plan.danger is Danger.LOSS else Role.WARNING_STRONG
        lines += _part("RISK", role, (((risk, Role.BRIGHT),) for risk in plan.risks), width)
    lines += _ways("SAFER", plan.safer, width)
    if plan.same_as:
        lines += [(("SAME AS", Role.HEADING),), *_indented(((plan.same_as, Role.DIM),), width)]
    if plan.manual_only:
        lines += [(), *_ways("MORE DANGEROUS STILL, AND NOT DONE HERE", plan.manual_only, width)][:-1]
    return lines


def overflow_text(plan: Plan) -> str:
    """What is said where not all of it is in sight: which checks do not pass must not be overlooked."""
    odd = sum(check.result is not Result.PASS for check in plan.checks)
    if not odd:
        return "more below"
    noted = count(odd, "check does not pass", "checks do not pass")
    return f"{sign(Health.WARNING)[0]} {noted} {active().separator} more below"


def _steps(plan: Plan) -> Iterator[Spans]:
    """With their numbers. Many in a row that differ in their pod alone are told by the first ones and the last."""
    pods = dict(enumerate(pod_step.pod for pod_step in plan.pod_steps))
    numbered = enumerate(plan.steps)
    for alike, group in groupby(numbered, lambda one: _but_its_pod(one[1], pods.get(one[0], ""))):
        run = list(group)
        folded = range(_FIRST, len(run) - 1) if alike and len(run) > _FOLDED else range(0)
        for place, (number, step) in enumerate(run):
            if folded and place == folded.start:
                between = f"{pods[run[place][0]]} to {pods[run[folded.stop - 1][0]]}"
                words = f"{active().ellipsis} {len(folded)} more likewise, one after the other: {between}"
                yield ((words, Role.TEXT),)
            if place not in folded:
                yield ((f"{number + 1} ", Role.DIM), (step, Role.TEXT))


def _but_its_pod(step: str, pod: str) -> str:
    """The rest of a step that begins with the name of its pod; empty where it does not."""
    return step.removeprefix(pod) if pod and step.startswith(f"{pod} ") else ""


def _ways(heading: str, ways: Sequence[Alternative], width: int) -> Iterator[Spans]:
    if not ways:
        return
    yield ((heading, Role.HEADING),)
    for way in ways:
        yield from _indented(((way.words, Role.TEXT),), width)
        if way.command:
            yield from _indented(((way.command, Role.DIM),), width)
    yield ()


def _checks(plan: Plan, width: int, *, brief: bool) -> Iterator[Spans]:
    if brief:
        passed = sum(check.result is Result.PASS for check in plan.checks)
        for check in plan.checks:
            if check.result is not Result.PASS:
                yield from _indented(_check(check), width)
        yield ("  ", Role.DIM), (f"{active().check} ", Role.READY), (f"{count(passed, 'check')} passed", Role.TEXT)
        return
    worst_first = sorted(plan.checks, key=lambda check: _ORDER.index(check.result))
    cells = [_check(check) for check in worst_first]
    if width < _TWO_COLUMNS:
        for cell in cells:
            yield from _indented(cell, width)
        return
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


_ORDER = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)


def _check(check: Check) -> Spans:
    if check.result is Result.PASS:
        return ((f"{active().check} ", Role.READY), (check.words, Role.TEXT))
    glyph, role = sign(_TONES[check.result])
    return ((f"{glyph} ", role), (check.words, Role.BRIGHT))


def _refusing(check: Check) -> Spans:
    return ((f"{sign(Health.DEGRADED)[0]} ", Role.DEGRADED), (check.words, Role.DEGRADED_STRONG))


def _part(heading: str, role: Role, lines: Iterable[Spans], width: int) -> Iterator[Spans]:
    yield ((heading, role),)
    for line in lines:
        yield from _indented(line, width)
    yield ()


def _indented(line: Spans, width: int) -> Iterator[Spans]:
    """What goes on below stands under the text, not under the number or the glyph before it."""
    mark = line[:1] if len(line) > 1 and line[0][0].endswith(" ") else ()
    hang = spans_width(mark)
    for number, wrapped in enumerate(wrap_spans(line[len(mark) :], max(8, width - 2 - hang))):
        yield ("  ", Role.DIM), *(mark if not number else ((" " * hang, Role.DIM),) if hang else ()), *wrapped
