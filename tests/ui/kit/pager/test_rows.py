"""RowMap against plain counting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.text.terminal_text import row_starts, rows_needed, safe, width
from stsview.ui.kit.pager.rows import RowMap

_STEPS = st.lists(
    st.one_of(st.lists(st.integers(1, 5), max_size=8), st.integers(0, 6)),
    max_size=12,
)


@given(_STEPS)
@settings(max_examples=100, deadline=None)
def test_lines_are_added_and_dropped(steps: list[list[int] | int]) -> None:
    rows, heights = RowMap(), list[int]()
    for step in steps:
        if isinstance(step, list):
            rows.append(step)
            heights += step
        else:
            taken = sum(heights[:step])
            assert rows.drop(step) == taken
            del heights[:step]
        assert (len(rows), rows.rows) == (len(heights), sum(heights))
        expected = [(line, part) for line, height in enumerate(heights) for part in range(height)]
        assert [rows.line_at(row) for row in range(rows.rows)] == expected
        assert [rows.row_of(line) for line in range(len(heights) + 1)] == [
            sum(heights[:line]) for line in range(len(heights) + 1)
        ]


def test_dropped_lines_free_memory() -> None:
    rows = RowMap()
    for _ in range(50):
        rows.append([2] * 1000)
        rows.drop(1000)
    rows.append([3])
    assert (len(rows), rows.rows, rows.line_at(2)) == (1, 3, (0, 2))
    assert len(rows._ends) < 10_000


@given(st.text(max_size=40), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_a_line_is_broken_at_the_width(text: str, cells: int) -> None:
    starts = row_starts(text, cells)
    assert rows_needed(text, cells) == len(starts)
    pieces = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(pieces) == text
    shown = safe(text)
    assert len(shown) == len(text)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        # Characters of two cells do not fit into one, and a space may stand beyond the row.
        assert width(shown[start:end].removesuffix(" ")) <= max(cells, 2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("connection to broker refused", ["connection to ", "broker refused"]),
        ("verbindung zu knöterich weg", ["verbindung zu ", "knöterich weg"]),
        ("id 0123456789abcdefghij", ["id 0123456789a", "bcdefghij"]),
        ("0123456789abcd ", ["0123456789abcd "]),
        ("0123456789abcd e", ["0123456789abcd ", "e"]),
    ],
)
def test_a_line_is_broken_at_words_but_no_row_is_left_half_empty(text: str, rows: list[str]) -> None:
    starts = row_starts(text, 14)
    assert [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)] == rows
