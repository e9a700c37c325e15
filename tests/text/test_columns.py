from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.text.columns import GAP, Column, PlacedColumn, lay_out_columns

NAME = Column("name", "NAME", priority=90)
NODE = Column("node", "NODE", min_width=4, priority=20)
WHY = Column("why", "WHY", min_width=10, weight=1, priority=80)

CONTENT = {"name": 9, "node": 12, "why": 300}


def widths(placed: list[PlacedColumn]) -> dict[str, int]:
    return {at.column.id: at.width for at in placed}


def test_fixed_columns_fit_their_content_and_the_flexible_one_gets_the_rest() -> None:
    placed = lay_out_columns((NAME, NODE, WHY), CONTENT, 60)
    assert widths(placed) == {"name": 9, "node": 12, "why": 60 - 9 - 12 - 2 * GAP}
    assert [at.x for at in placed] == [0, 11, 25]


def test_columns_shrink_before_one_is_dropped() -> None:
    assert widths(lay_out_columns((NAME, NODE, WHY), CONTENT, 30)) == {"name": 9, "node": 7, "why": 10}


def test_the_lowest_priority_is_dropped_first() -> None:
    assert widths(lay_out_columns((NAME, NODE, WHY), CONTENT, 26)) == {"name": 9, "why": 15}
    assert widths(lay_out_columns((NAME, NODE, WHY), CONTENT, 20)) == {"name": 9}


def test_of_equal_priority_the_rightmost_is_dropped_first() -> None:
    twins = (Column("a", "AAAA"), Column("b", "BBBB"))
    assert widths(lay_out_columns(twins, {}, 9)) == {"a": 4}


def test_the_last_column_always_stays() -> None:
    assert widths(lay_out_columns((NAME, WHY), CONTENT, 5)) == {"name": 5}
    assert lay_out_columns((NAME,), CONTENT, 0) == []
    assert lay_out_columns((), {}, 50) == []


def test_no_column_exceeds_its_maximum() -> None:
    narrow = Column("narrow", "N", max_width=6)
    assert widths(lay_out_columns((narrow, WHY), {"narrow": 50}, 60))["narrow"] == 6


def test_a_title_has_room_for_its_sort_mark() -> None:
    ready = Column("ready", "READY", sortable=True)
    assert widths(lay_out_columns((WHY, ready), {}, 60))["ready"] == 6
    assert widths(lay_out_columns((ready, WHY), {}, 60))["ready"] == 5, "the mark stands in the gap"


def test_no_title_loses_its_sort_mark_when_its_column_shrinks() -> None:
    low = Column("low", "NAMESPACE", min_width=3, max_width=5, sortable=True)
    assert widths(lay_out_columns((low, WHY), {}, 24))["low"] == 9
    assert widths(lay_out_columns((WHY, low), {}, 24))["low"] == 10


def test_a_column_without_width_is_left_out() -> None:
    hidden = Column("hidden", "HIDDEN", max_width=0, sortable=True)
    assert widths(lay_out_columns((hidden, NAME), CONTENT, 60)) == {"name": 9}


def test_flexible_columns_share_by_weight_up_to_their_maximum() -> None:
    columns = (
        Column("a", "A", min_width=5, weight=1),
        Column("b", "B", min_width=5, weight=3),
        Column("c", "C", min_width=5, weight=1, max_width=8),
    )
    shared = widths(lay_out_columns(columns, {}, 44))
    assert shared["c"] == 8
    assert shared["a"] + shared["b"] + shared["c"] == 44 - 2 * GAP
    assert shared["b"] > 2 * shared["a"]


def test_content_does_not_change_a_flexible_width() -> None:
    assert lay_out_columns((NAME, WHY), {"name": 9, "why": 0}, 50) == lay_out_columns(
        (NAME, WHY), {"name": 9, "why": 40}, 50
    )


COLUMNS = st.lists(
    st.builds(
        lambda least, most, weight, priority: (least, most, weight, priority),
        st.none() | st.integers(0, 20),
        st.none() | st.integers(1, 40),
        st.integers(0, 2),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
).map(
    lambda drawn: [
        Column(f"c{number}", "T" * number, min_width=least, max_width=most, weight=weight, priority=priority)
        for number, (least, most, weight, priority) in enumerate(drawn)
    ]
)


@given(COLUMNS, st.lists(st.integers(0, 60), min_size=8, max_size=8), st.integers(1, 150))
@settings(max_examples=150)
def test_columns_neither_overlap_nor_exceed_the_width(columns: list[Column], content: list[int], room: int) -> None:
    placed = lay_out_columns(columns, {column.id: cells for column, cells in zip(columns, content, strict=False)}, room)
    assert placed
    x = 0
    for at in placed:
        assert at.x == x
        assert at.width >= 0
        if at.column.max_width is not None and at.column.min_width is None:
            assert at.width <= max(at.column.max_width, 1)
        x = at.x + at.width + GAP
    assert x - GAP <= room
    gone = set(columns) - {at.column for at in placed}
    assert all(lost.priority <= min(at.column.priority for at in placed) for lost in gone)


@given(COLUMNS, st.integers(1, 100))
@settings(max_examples=100)
def test_a_wider_table_drops_no_column(columns: list[Column], room: int) -> None:
    narrow = {at.column.id for at in lay_out_columns(columns, {}, room)}
    assert narrow <= {at.column.id for at in lay_out_columns(columns, {}, room + 1)}
