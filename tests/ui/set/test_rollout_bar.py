from __future__ import annotations

from stsview.ui.kit.look.roles import Role
from stsview.ui.set.rollout_bar import ordinal_bar
from tests.support.ui.fleets import (
    healthy,
    kafka,
    ordinal_of,
    set_of,
)


def test_the_bar_has_one_part_per_ordinal_the_highest_first() -> None:
    parts = ordinal_bar(kafka(), 36)
    assert [(len(text), role) for text, role in parts] == [
        (6, Role.PROGRESSING),
        (6, Role.PROGRESSING),
        (6, Role.DEGRADED),
        (6, Role.LINE),
        (6, Role.LINE),
        (6, Role.LINE),
    ]


def test_a_crowded_bar_shows_the_worst_neighbour() -> None:
    many = set_of(
        "n",
        "s",
        tuple(
            ordinal_of("s", i, kafka().ordinals[3].state if i == 50 else healthy("n", "s", 1).ordinals[0].state)
            for i in range(100)
        ),
    )
    assert sum(len(text) for text, _ in ordinal_bar(many, 20)) == 20
    assert [role for _, role in ordinal_bar(many, 20)].count(Role.DEGRADED) == 1
