from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.kit.table.order import RowOrder, successor
from stsview.ui.kit.table.sorted_rows import SortedRows
from stsview.ui.kit.table.stable_order import StableOrder


def test_rows_and_keys() -> None:
    order = RowOrder(["a", "b", "c"])
    assert (order.row("b"), order.key(1), order.key(3), order.key(-1), order.row("x")) == (1, "b", None, None, None)
    assert "a" in order
    assert len(order) == 3


def test_a_key_has_one_row() -> None:
    with pytest.raises(ValueError, match="two rows"):
        RowOrder(["a", "b", "a"])


@pytest.mark.parametrize(
    ("cursor", "after", "expected"),
    [
        ("b", "dcba", "b"),
        ("b", "acd", "c"),
        ("b", "ad", "d"),
        ("d", "abc", "c"),
        ("c", "a", "a"),
        ("b", "xyz", None),
        ("b", "", None),
        (None, "xyz", None),
    ],
)
def test_the_cursor_stays_on_its_object_or_moves_to_the_neighbour(
    cursor: str | None, after: str, expected: str | None
) -> None:
    assert successor(RowOrder("abcd"), cursor, after.__contains__) == expected


@given(
    st.lists(
        st.tuples(
            st.sets(st.integers(0, 20)),
            st.dictionaries(st.integers(0, 20), st.integers(0, 3)),
            st.booleans(),
        ),
        max_size=12,
    )
)
@settings(max_examples=100)
def test_sorted_rows_are_those_of_a_stable_order_of_all_rows(
    steps: list[tuple[set[int], dict[int, int], bool]],
) -> None:
    rows, stable, places = SortedRows[int](), StableOrder[int](), dict[int, tuple[int, int]]()
    for removed, placed, hold in steps:
        removed -= placed.keys()
        places = {key: place for key, place in places.items() if key not in removed}
        places.update((key, (place, key)) for key, place in placed.items())
        stable.release()
        if hold:
            stable.hold(0.0)
        before = stable.keys
        moved = stable.update(sorted(places, key=places.__getitem__), 1.0)
        assert rows.change(removed, {key: places[key] for key in placed}, hold=hold) >= moved
        assert rows.keys == tuple(stable.keys)
        assert [rows.row(key) for key in rows.keys] == list(range(len(rows)))
        assert [rows.key(row) for row in range(-1, len(rows) + 1)] == [None, *rows.keys, None]
        left = set(stable.keys)
        for cursor in before:
            found = successor(RowOrder(before), cursor, left.__contains__)
            assert (found in left) if left & set(before) else found is None
