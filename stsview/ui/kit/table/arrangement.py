"""Columns and order as the user arranged them; both are written as in the configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from stsview.text.columns import Column
from stsview.ui.kit.table.sorting import Sort


def arranged(
    columns: Sequence[Column], chosen: Sequence[str], names: Mapping[str, str], fixed: Collection[str] = ()
) -> tuple[Column, ...]:
    """The columns in the order of the `chosen` names; the others behind them, not shown: they still sort.

    `names` are those of columns whose id is another; `fixed` columns come first, chosen or not. Without a choice the
    columns are as they were.
    """
    if not chosen:
        return tuple(columns)
    places = {name: place for place, name in enumerate(chosen)}

    def place(column: Column) -> int:
        return -1 if column.id in fixed else places.get(names.get(column.id, column.id), len(places))

    shown = [column if place(column) < len(places) else replace(column, max_width=0) for column in columns]
    return tuple(sorted(shown, key=place))


def sort_of(text: str, names: Mapping[str, str]) -> Sort:
    """The sort that a configuration writes as `pvcs`, or as `-pvcs` for the reverse order."""
    name = text.removeprefix("-")
    # Some names stand for one of two columns, as the width allows; either sorts alike.
    return Sort(next((id_ for id_, known in names.items() if known == name), name), reverse=text.startswith("-"))


def written_sort(sort: Sort, names: Mapping[str, str]) -> str:
    """The reverse of `sort_of`."""
    return f"{'-' if sort.reverse else ''}{names.get(sort.column, sort.column)}"
