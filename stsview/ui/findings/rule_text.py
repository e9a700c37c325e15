"""A rule of the catalogue in words."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.text.terminal_text import wrap
from stsview.triage.rule import Rule
from stsview.ui.findings.finding_text import danger_text, health_of_level, level_text
from stsview.ui.kit.look.health_roles import role_of, sign
from stsview.ui.kit.look.labelled_lines import LABEL_CELLS, Reason
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_spans


def explained(rule: Rule, room: int, told: Reason | None = None) -> list[Spans]:
    """Title, level, what it means, what to do, how dangerous that is, and the source, in lines of `room` cells; before
    these, where there is one, the whole of a finding that it `told`."""
    health = health_of_level(rule.level)
    danger, role = danger_text(rule.danger)
    return [
        *(_finding(told, room) if told is not None else ()),
        (sign(health), (f" {rule.title}", role_of(health).strong), (f"   {level_text(rule.level)}", Role.DIM)),
        (),
        *_part("MEANS", rule.meaning, Role.TEXT, room),
        *_part("DO", rule.remedy, Role.BRIGHT, room),
        *_part("DANGER", f"at worst, what it proposes {danger}", role, room),
        *_part("SOURCE", rule.source, Role.DIM, room),
    ][:-1]


def _finding(told: Reason, room: int) -> Iterator[Spans]:
    yield from wrap_spans(told.headline, room)
    for label, spans in told.lines:
        for number, line in enumerate(wrap_spans(spans, room - 2 - LABEL_CELLS)):
            yield (("  " + ("" if number else label).ljust(LABEL_CELLS), Role.DIM), *line)
    yield ()


def _part(heading: str, words: str, role: Role, room: int) -> Iterator[Spans]:
    yield ((heading, Role.HEADING),)
    for line in wrap(words, max(10, room - 2)):
        yield ((f"  {line}", role),)
    yield ()
