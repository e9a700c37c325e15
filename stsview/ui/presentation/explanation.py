"""A rule of the catalogue in words."""

from __future__ import annotations

from collections.abc import Iterator

from stsview.triage.rule import Rule
from stsview.ui.presentation.findings import danger_words, level_word, tone_of_level
from stsview.ui.roles import Role, Spans
from stsview.ui.text import wrap
from stsview.ui.tones import role_of, sign


def explained(rule: Rule, room: int) -> list[Spans]:
    """Title, level, what it means, what to do, how dangerous that is, and the source, in lines of `room` cells."""
    tone = tone_of_level(rule.level)
    danger, role = danger_words(rule.danger)
    return [
        (sign(tone), (f" {rule.title}", role_of(tone).strong), (f"   {level_word(rule.level)}", Role.DIM)),
        (),
        *_part("MEANS", rule.meaning, Role.TEXT, room),
        *_part("DO", rule.remedy, Role.BRIGHT, room),
        *_part("DANGER", f"at worst, what it proposes {danger}", role, room),
        *_part("SOURCE", rule.source, Role.DIM, room),
    ][:-1]


def _part(heading: str, words: str, role: Role, room: int) -> Iterator[Spans]:
    yield ((heading, Role.HEADING),)
    for line in wrap(words, max(10, room - 2)):
        yield ((f"  {line}", role),)
    yield ()
