from __future__ import annotations

from stsview.ui.fleet.counts import counts
from stsview.ui.kit.look.roles import Role, plain
from tests.support.ui.fleets import fleet_of, picture_fleet, unreadable


def test_how_many_of_each_severity_the_worst_first() -> None:
    assert [(count.word, plain(count.spans)) for count in counts(picture_fleet())] == [
        ("", "11 sets"),
        ("stuck", "✖ 3 stuck"),
        ("risk", "▲ 2 at risk"),
        ("rolling", "◐ 2 rolling"),
        ("healthy", "● 4 healthy"),
    ]


def test_unknown_is_told_where_there_is_any() -> None:
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


def test_the_one_filtered_by_stands_out() -> None:
    asked = [count.word for count in counts(picture_fleet(), "risk") if Role.BADGE in {role for _, role in count.spans}]
    assert asked == ["risk"]
