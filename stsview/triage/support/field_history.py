"""Recent values of a field of a set, and their writers.

No object records them, so they are kept while the set is watched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from stsview.model.explain.set_facts import Facts
from stsview.model.timing.moment import later

_MAX_VALUES = 8
"""Values kept of one field, however fast they change."""


class FieldValue(NamedTuple):
    """One value of a field, as it was observed."""

    number: int
    """Index of the observed value, counted from 0."""
    value: str
    manager: str
    """The field manager that wrote it; empty if the managed fields do not say."""


def history_of(
    field: str, value: str, manager: Callable[[], str], facts: Facts
) -> Sequence[tuple[FieldValue, datetime]]:
    """The field's values within the last `fight_window`, the present one last.

    Each comes with the time when it was first seen.

    On the first call that is the present value alone. `manager` is called only for a new value.
    """
    course: list[tuple[FieldValue, datetime]] = []
    for token, since in facts.sightings.before(field):
        match token:
            case (_, int(number), str(past), str(written_by)):
                course.append((FieldValue(number, past, written_by), since))
    if len(course) == 1 and course[0][0].value == value:
        facts.sightings.since(field, *course[0][0])
        return course
    course.sort()
    if not course or course[-1][0].value != value:
        written = FieldValue(course[-1][0].number + 1 if course else 0, value, manager())
        course.append((written, facts.sightings.since(field, *written)))
    kept = [
        one
        for one, (_, ended) in pairwise(course)
        if not facts.moment.passed(later(ended, facts.settings.fight_window))
    ]
    course = [*kept[1 - _MAX_VALUES :], course[-1]]
    for written, _ in course:
        facts.sightings.since(field, *written)
    return course
