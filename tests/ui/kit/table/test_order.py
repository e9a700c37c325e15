from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.kit.table.order import RowOrder


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
        ("b", "xyz", "x"),
        ("b", "", None),
        (None, "xyz", "x"),
    ],
)
def test_the_cursor_stays_on_its_object_or_moves_to_the_neighbour(
    cursor: str | None, after: str, expected: str | None
) -> None:
    assert RowOrder("abcd").successor(cursor, RowOrder(after)) == expected


@given(st.lists(st.integers(0, 30), unique=True), st.lists(st.integers(0, 30), unique=True), st.integers(0, 30))
@settings(max_examples=100)
def test_there_is_a_cursor_whenever_there_is_a_row(before: list[int], after: list[int], cursor: int) -> None:
    successor = RowOrder(before).successor(cursor, RowOrder(after))
    assert (successor is None) == (not after)
    assert successor is None or successor in after
