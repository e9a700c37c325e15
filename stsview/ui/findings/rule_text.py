"""Explanation of a rule as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stsview.program_name import as_started
from stsview.text.terminal_text import wrap
from stsview.ui.findings.finding_text import danger_span, health_of_level, level_text
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import LABEL_CELLS, Reason
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most

if TYPE_CHECKING:
    from stsview.triage.rule import Rule

_MIN_CELLS = 10

_MOST_LINES = 40
"""Of one part: messages of admission webhooks may be of any length."""


def explanation_lines(rule: Rule, width: int, finding: Reason | None = None) -> list[Spans]:
    """Title, level, meaning, remedy, risk and source, in lines of `width` cells.

    `finding` comes first.
    """
    health = health_of_level(rule.level)
    danger, role = danger_span(rule.danger)
    return [
        *(_finding_lines(finding, width) if finding is not None else ()),
        (sign(health), (f" {rule.title}", role_of(health).strong), (f"   {level_text(rule.level)}", Role.DIM)),
        (),
        *_section("MEANING", as_started(rule.meaning), Role.TEXT, width),
        *_section("REMEDY", as_started(rule.remedy), Role.BRIGHT, width),
        *_section("RISK", f"at worst {danger}", role, width),
        *_section("SOURCE", rule.source, Role.DIM, width),
    ][:-1]


def _finding_lines(finding: Reason, width: int) -> Iterator[Spans]:
    yield from wrap_at_most(finding.headline, width, _MOST_LINES)
    above = ""
    for one in finding.lines:
        for number, line in enumerate(wrap_at_most(one.spans, width - 2 - LABEL_CELLS, _MOST_LINES)):
            label = "" if number or one.label == above else one.label
            yield (("  " + label.ljust(LABEL_CELLS), one.label_role), *line)
        above = one.label
    yield ()


def _section(heading: str, text: str, role: Role, width: int) -> Iterator[Spans]:
    yield ((heading, Role.HEADING),)
    for line in wrap(text, max(_MIN_CELLS, width - 2)):
        yield ((f"  {line}", role),)
    yield ()
