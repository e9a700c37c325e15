"""A plan as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

import msgspec

from stsview.actions.plan import Alternative, Check, Plan, Result
from stsview.model.finding import Danger
from stsview.model.states import Health
from stsview.text.ages import in_local_time
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import crop, crop_spans, safe_lines, spans_width
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans

_TWO_COLUMNS_FROM = 92
"""Width from which the checks stand in two columns."""

_MAX_COMMAND_LINES = 2
"""Lines of the equivalent command before details are asked for: it can be copied unseen."""

_MAX_REFUSALS = 3
"""Refusals before details are asked for: what happens must stay in sight below them."""

_CHECK_HEALTHS = {Result.WARN: Health.WARNING, Result.UNKNOWN: Health.UNKNOWN, Result.FAIL: Health.DEGRADED}

_WORST_FIRST = (Result.FAIL, Result.UNKNOWN, Result.WARN, Result.PASS)

_DANGERS = {
    Danger.READ_ONLY: Health.NEUTRAL,
    Danger.REVERSIBLE: Health.PROGRESSING,
    Danger.DISRUPTIVE: Health.WARNING,
    Danger.LOSS: Health.DEGRADED,
}


class Extent(Enum):
    """How much of a plan is shown."""

    TIGHT = "tight"
    """No empty lines; of alternatives the commands that fit on the same line."""
    SPACED = "spaced"
    """As TIGHT, with empty lines between the sections."""
    AIRY = "airy"
    """Empty lines between the sections, and every command."""
    ROOMY = "roomy"
    """As AIRY, with every refusal and the whole equivalent command."""
    FULL = "full"
    """As ROOMY, with all details and the checks that passed."""


_WHOLE = (Extent.ROOMY, Extent.FULL)
"""Extents that cut nothing of what they show."""


class _Page(msgspec.Struct, frozen=True):
    """The lines so far, and how they are laid out."""

    width: int
    extent: Extent
    lines: list[Spans] = msgspec.field(default_factory=list)

    def section(self, heading: str, role: Role, lines: Iterable[Spans]) -> None:
        """A heading with its lines below it; nothing where there are none."""
        body = [wrapped for line in lines for wrapped in _indented(line, self.width)]
        if body:
            self.begin()
            self.lines.extend([((heading, role),), *body])

    def begin(self) -> None:
        if self.lines and self.extent is not Extent.TIGHT:
            self.lines.append(())


def health_of_danger(danger: Danger) -> Health:
    """The health whose colour a danger has."""
    return _DANGERS[danger]


def plan_lines(
    plan: Plan,
    width: int,
    changed: Sequence[str] = (),
    *,
    extent: Extent = Extent.AIRY,
    key: str = "v",
) -> list[Spans]:
    """The plan in lines of `width` cells, as shown before its confirmation: what must be read comes first.

    `changed`: what differs from the plan that was shown before. `key` shows the rest.
    """

    def local(text: str) -> str:
        return in_local_time(text, plan.made_at)

    plan = plan.reworded(local)
    page = _Page(width, extent)
    if plan.cluster:
        page.lines.extend(_hanging((("CLUSTER  ", Role.HEADING), (plan.cluster, Role.STRONG)), width))
    if plan.acting_as:
        page.lines.extend(_hanging((("ACTING AS  ", Role.WARNING_STRONG), (plan.acting_as, Role.WARNING)), width))
    page.section("CHANGED", Role.WARNING_STRONG, (((local(one), Role.WARNING),) for one in changed))
    page.section("REFUSED", Role.DEGRADED_STRONG, _refusals(plan.refused, extent, key))
    if plan.overridden:
        reason: Spans = (("reason: ", Role.DIM), (plan.override, Role.WARNING))
        page.section("OVERRIDDEN", Role.DEGRADED_STRONG, (*_refusals(plan.overridden, extent, key), reason))
    role = Role.DEGRADED_STRONG if plan.danger is Danger.LOSS else Role.WARNING_STRONG
    page.section("RISK", role, (((risk, Role.BRIGHT),) for risk in plan.risks))
    if steps := list(_steps(plan, width, extent)):
        page.begin()
        page.lines.extend([(("WHAT HAPPENS", Role.HEADING),), *steps])
    _add_checks(page, plan, key)
    _add_alternatives(page, "SAFER", plan.safer)
    if plan.shown_command:
        page.begin()
        page.lines.extend(_command(plan.shown_command, width, extent, key))
    _add_alternatives(page, "NOT OFFERED (more dangerous)", plan.manual_only)
    if plan.manifest:
        page.begin()
        page.lines.append((("MANIFEST", Role.HEADING),))
        # Not wrapped: the indentation tells what belongs to what.
        page.lines.extend((("  ", Role.DIM), (crop(line, width - 2), Role.TEXT)) for line in safe_lines(plan.manifest))
    return page.lines


def has_more(plan: Plan) -> bool:
    """Whether `Extent.FULL` shows anything that is otherwise left out."""
    long = max(len(plan.refused), len(plan.overridden)) > _MAX_REFUSALS
    return long or bool(plan.details) or any(check.result is Result.PASS for check in plan.checks)


def _steps(plan: Plan, width: int, extent: Extent) -> Iterator[Spans]:
    """Numbered steps: all of them, since each changes something."""
    for number, step in enumerate(plan.steps, 1):
        yield from _indented(((f"{number} ", Role.DIM), (step, Role.TEXT)), width)
    if extent is Extent.FULL:
        for detail in plan.details:
            yield from _indented((("- ", Role.DIM), (detail, Role.DIM)), width)


def _command(command: str, width: int, extent: Extent, key: str) -> list[Spans]:
    lines = list(_hanging((("SAME AS  ", Role.HEADING), (command, Role.DIM)), width))
    if extent in _WHOLE or len(lines) <= _MAX_COMMAND_LINES:
        return lines
    more = f" ({key} shows all)"
    *first, last = lines[:_MAX_COMMAND_LINES]
    return [*first, (*crop_spans(last, width - len(more)), (more, Role.DIM))]


def _add_checks(page: _Page, plan: Plan, key: str) -> None:
    """The checks that do not pass, and how many do; what refuses or is overridden was said before."""
    said = {*plan.refused, *plan.overridden}
    left = sorted((one for one in plan.checks if one not in said), key=lambda one: _WORST_FIRST.index(one.result))
    passed = [one for one in left if one.result is Result.PASS]
    telling = [_check(one) for one in left if one.result is not Result.PASS]
    if page.extent is Extent.FULL:
        page.begin()
        page.lines.append((("CHECKED", Role.HEADING),))
        page.lines.extend(_in_columns([*telling, *map(_check, passed)], page.width))
        return
    page.section("CHECKED", Role.HEADING, telling)
    if not passed:
        return
    if not telling:
        page.begin()
    others = count(len(passed), "other check" if telling or said else "check")
    words = ((f"{active().check} ", Role.READY), (f"{others} passed", Role.TEXT), (f" ({key} shows them)", Role.DIM))
    page.lines.extend(_indented(words, page.width) if telling else [words])


def _add_alternatives(page: _Page, heading: str, alternatives: Sequence[Alternative]) -> None:
    lines: list[Spans] = []
    for one in alternatives:
        words: Spans = ((one.words, Role.TEXT),)
        beside: Spans = (*words, ("  ", Role.DIM), (one.command, Role.DIM))
        if one.command and spans_width(beside, page.width) <= page.width - 2:
            lines.append(beside)
        elif one.command and page.extent not in (Extent.TIGHT, Extent.SPACED):
            lines += [words, ((one.command, Role.DIM),)]
        else:
            lines.append(words)
    page.section(heading, Role.HEADING, lines)


def _in_columns(cells: Sequence[Spans], width: int) -> Iterator[Spans]:
    """On a wide line, cells that fit a column side by side, below those that do not."""
    room = (width - 4) // 2
    short = [cell for cell in cells if width >= _TWO_COLUMNS_FROM and spans_width(cell, room) <= room]
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


def _refusals(checks: Sequence[Check], extent: Extent, key: str) -> Iterator[Spans]:
    shown = len(checks) if extent in _WHOLE or len(checks) <= _MAX_REFUSALS else _MAX_REFUSALS - 1
    yield from map(_refusal, checks[:shown])
    if left := len(checks) - shown:
        yield (("  ", Role.DIM), (f"and {left} others ({key} shows them)", Role.DEGRADED))


def _refusal(check: Check) -> Spans:
    return ((f"{sign(Health.DEGRADED)[0]} ", Role.DEGRADED), (check.words, Role.DEGRADED_STRONG))


def _indented(line: Spans, width: int) -> Iterator[Spans]:
    """The line wrapped, two cells in."""
    for wrapped in _hanging(line, max(8, width - 2)):
        yield ("  ", Role.DIM), *wrapped


def _hanging(line: Spans, width: int) -> Iterator[Spans]:
    """The line wrapped.

    Continuation lines are aligned with the text after the number, glyph or heading.
    """
    mark = line[:1] if len(line) > 1 and line[0][0].endswith(" ") else ()
    hang = spans_width(mark)
    for number, wrapped in enumerate(wrap_spans(line[len(mark) :], max(8, width - hang))):
        yield *(mark if not number else ((" " * hang, Role.DIM),) if hang else ()), *wrapped
