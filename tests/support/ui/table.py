"""A table that counts requested cells and drawn lines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from textual.strip import Strip

from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.table import Cell, Column, HeaderClicked, RowHighlighted, RowSelected, VirtualTable
from tests.support.ui.stage import Stage

COLUMNS = (
    Column("name", "NAME", min_width=8, priority=90, sortable=True, shortcut="M"),
    Column("ready", "READY", priority=70, sortable=True, shortcut="R"),
    Column("node", "NODE", priority=10),
    Column("why", "WHY", min_width=12, weight=1, priority=80),
)


class CountingTable(VirtualTable[Any]):
    def __init__(self, **options: Any) -> None:
        super().__init__(COLUMNS, self.row, id="table", **options)
        self.names: dict[Any, str] = {}
        self.whys: dict[Any, str] = {}
        self.asked: Counter[Any] = Counter()
        self.drawn: Counter[int] = Counter()

    def row(self, key: Any) -> tuple[Cell, ...]:
        self.asked[key] += 1
        return (
            ((self.names.get(key, f"set-{key}"), Role.STRONG),),
            (("3", Role.READY), ("/3", Role.TEXT)),
            (("node-1", Role.DIM),),
            ((self.whys.get(key, "waits"), Role.TEXT),),
        )

    def render_line(self, y: int) -> Strip:
        self.drawn[y] += 1
        return super().render_line(y)

    def forget_counts(self) -> None:
        self.asked.clear()
        self.drawn.clear()


class TableStage(Stage):
    CSS = "#table { height: 1fr; }"

    def __init__(self, table: CountingTable, theme: str = "") -> None:
        super().__init__(table, theme=theme)
        self.table = table
        self.messages: list[RowHighlighted[Any] | RowSelected[Any] | HeaderClicked[Any]] = []

    def on_row_highlighted(self, message: RowHighlighted[Any]) -> None:
        self.messages.append(message)

    def on_row_selected(self, message: RowSelected[Any]) -> None:
        self.messages.append(message)

    def on_header_clicked(self, message: HeaderClicked[Any]) -> None:
        self.messages.append(message)


def stage(keys: Any = range(3), **options: Any) -> TableStage:
    table = CountingTable(**options)
    table.set_order(list(keys))
    return TableStage(table)
