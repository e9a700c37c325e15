from __future__ import annotations

from stsview.ui.fleet.counts import counts
from stsview.ui.kit.look.roles import Role, plain
from tests.support.ui.fleets import design_fleet, fleet_of, unreadable


def test_counts_by_severity_worst_first() -> None:
    assert [(count.word, plain(count.spans)) for count in counts(design_fleet())] == [
        ("", "11 sets"),
        ("stuck", "✖ 3 stuck"),
        ("risk", "▲ 2 at risk"),
        ("rolling", "◐ 2 rolling"),
        ("healthy", "● 4 healthy"),
    ]


def test_unknown_is_shown_only_if_not_zero() -> None:
    line = counts(fleet_of(unreadable()))
    assert [plain(count.spans) for count in line] == [
        "1 set",
        "✖ 0 stuck",
        "▲ 0 at risk",
        "? 1 unknown",
        "◐ 0 rolling",
        "● 0 healthy",
    ]
    assert all(role is Role.DIM for _, role in line[1].spans)


def test_the_filtered_count_is_highlighted() -> None:
    asked = [count.word for count in counts(design_fleet(), "risk") if Role.BADGE in {role for _, role in count.spans}]
    assert asked == ["risk"]
