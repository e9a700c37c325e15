from __future__ import annotations

import pytest

from stsview.text.columns import Column
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.table.rows import Cell, ContentWidths, RowCache

COLUMNS = (Column("name", "NAME", max_width=20), Column("why", "WHY", weight=1))


class Source:
    def __init__(self) -> None:
        self.asked: list[int] = []
        self.names: dict[int, str] = {}

    def __call__(self, key: int) -> tuple[Cell, ...]:
        self.asked.append(key)
        return (((self.names.get(key, f"set-{key}"), Role.TEXT),), (("because", Role.DIM),))


def test_a_row_is_requested_once() -> None:
    source = Source()
    rows = RowCache(source, COLUMNS)
    assert rows.get(1) is rows.get(1)
    assert source.asked == [1]
    assert rows.get(1).widths == (5, 0)


def test_refresh_reports_changes() -> None:
    source = Source()
    rows = RowCache(source, COLUMNS)
    assert rows.refresh(1)
    assert not rows.refresh(1)
    source.names[1] = "other"
    assert rows.refresh(1)
    assert rows.get(1).cells[0] == (("other", Role.TEXT),)


def test_dropped_rows_are_requested_again() -> None:
    source = Source()
    rows = RowCache(source, COLUMNS)
    for key in (1, 2, 3):
        rows.get(key)
    rows.drop((1, 99))
    rows.retain(lambda key: key == 2)
    for key in (1, 2, 3):
        rows.get(key)
    assert source.asked == [1, 2, 3, 1, 3]


def test_the_cache_is_bounded() -> None:
    source = Source()
    rows = RowCache(source, COLUMNS)
    for key in range(5000):
        rows.get(key)
        rows.get(0)
    assert len(list(rows.cached())) < 1000
    assert source.asked.count(0) == 1


def test_a_row_has_a_cell_for_each_column() -> None:
    rows: RowCache[int] = RowCache(lambda key: ((("only one", Role.TEXT),),), COLUMNS)
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        rows.get(1)


def test_widths_do_not_shrink_until_reset() -> None:
    source = Source()
    rows = RowCache(source, COLUMNS)
    widths = ContentWidths(COLUMNS)
    assert widths.include(rows.get(1))
    source.names[1] = "a longer name"
    rows.refresh(1)
    assert widths.include(rows.get(1))
    assert widths.by_column == {"name": 13, "why": 0}
    source.names[1] = "x"
    rows.refresh(1)
    assert not widths.include(rows.get(1))
    assert widths.by_column["name"] == 13
    widths.reset(rows.cached())
    assert widths.by_column["name"] == 1


def test_measuring_stops_at_the_maximum_width() -> None:
    rows: RowCache[int] = RowCache(lambda key: ((("x" * 10_000_000, Role.TEXT),), ()), COLUMNS)
    assert rows.get(1).widths[0] <= 200
