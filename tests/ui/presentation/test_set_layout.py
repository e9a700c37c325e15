from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.presentation.set_layout import lay_out


@given(st.integers(1, 220), st.integers(0, 60), st.integers(0, 500))
@settings(max_examples=200)
def test_table_and_panels_never_take_more_than_there_is(width: int, height: int, rows: int) -> None:
    layout = lay_out(width, height, rows)
    assert layout.table + layout.panels + (1 if layout.panels else 0) <= max(height, 0)
    assert layout.table <= rows + 1
    if layout.panels:
        assert layout.table >= min(rows + 1, 5)


@pytest.mark.parametrize(("width", "both"), [(80, False), (120, True), (200, True)])
def test_panels_stand_side_by_side_where_there_is_room(width: int, both: bool) -> None:
    assert lay_out(width, 30, 3).both is both
