"""Explanations in little room."""

from __future__ import annotations

import pytest

from stsview.ui.kit.look.labelled_lines import Line, Reason
from stsview.ui.kit.look.roles import Role, plain
from stsview.ui.kit.widgets.reason_panel import fit_reasons

STEPS = tuple(Line(f"t {number}", ((f"step {number}", Role.TEXT),), 30 + number, key="t") for number in (1, 2, 3))
REASON = Reason((("kafka-3: crash-looping", Role.STRONG),), STEPS, Line("since", (("1h · certain", Role.DIM),), 105))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (
            40,
            4,
            [
                "kafka-3: crash-looping   1h · certain",
                "  t 1        step 1",
                "  t 2        step 2",
                "  t 3        step 3",
            ],
        ),
        (40, 3, ["kafka-3: crash-looping   1h · certain", "  t 1        step 1", "  t 2        step 2 … 1 more: t"]),
        (26, 2, ["kafka-3: crash-looping", "  t 1        st… 2 more: t"]),
        (
            30,
            5,
            ["kafka-3: crash-looping", "  since      1h · certain", *(f"  t {n}        step {n}" for n in (1, 2, 3))],
        ),
        (40, 1, ["kafka-3: crash-looping   1h · certain"]),
    ],
)
def test_steps_without_room_are_counted(width: int, height: int, expected: list[str]) -> None:
    assert [plain(line) for line in fit_reasons((REASON,), width, height)] == expected
