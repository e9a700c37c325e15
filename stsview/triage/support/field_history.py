"""What a field of a set was lately, and by whom: no object tells, so it is remembered while the set is watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from stsview.model.explain.set_facts import Facts
from stsview.model.timing.moment import later

_MAX_VALUES = 8
"""Values that are remembered of one field, however fast they change."""


class FieldValue(NamedTuple):
    number: int
    """Which of the values that were seen it is, counted from 0."""
    value: str
    manager: str
    """The field manager that wrote it; empty where the managed fields do not tell."""


def history_of(
    field: str, value: str, manager: Callable[[], str], facts: Facts
) -> Sequence[tuple[FieldValue, datetime]]:
    """The values that a field had within the last `fight_window`, the present one last, each with when it was seen
    first. The present one alone on the first look. `manager` is asked when the value is new."""
    course: list[tuple[FieldValue, datetime]] = []
    for token, since in facts.sightings.before(field):
        if isinstance(token[1], FieldValue):
            course.append((token[1], since))
    course.sort()
    if not course or course[-1][0].value != value:
        written = FieldValue(course[-1][0].number + 1 if course else 0, value, manager())
        course.append((written, facts.sightings.since(field, written)))
    kept = [
        one
        for one, (_, ended) in pairwise(course)
        if not facts.moment.passed(later(ended, facts.settings.fight_window))
    ]
    course = [*kept[1 - _MAX_VALUES :], course[-1]]
    for written, _ in course:
        facts.sightings.since(field, written)
    return course
