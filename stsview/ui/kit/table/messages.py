"""What a table tells the screen that it is on."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from textual.message import Message

if TYPE_CHECKING:
    from stsview.ui.kit.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)


class RowHighlighted(Message, Generic[K]):
    """The cursor is on another object; not sent when the object that it is on has moved."""

    def __init__(self, table: VirtualTable[K], key: K | None, by_user: bool) -> None:
        super().__init__()
        self.table = table
        self.key = key
        """None: there is no row."""
        self.by_user = by_user
        """Whether a key or the mouse moved it, rather than that its row went away."""

    @property
    def control(self) -> VirtualTable[K]:
        return self.table


class RowSelected(Message, Generic[K]):
    """Enter on a row, or a double click: open it."""

    def __init__(self, table: VirtualTable[K], key: K) -> None:
        super().__init__()
        self.table = table
        self.key = key

    @property
    def control(self) -> VirtualTable[K]:
        return self.table


class HeaderClicked(Message, Generic[K]):
    """A click on the title of a sortable column, or its shortcut."""

    def __init__(self, table: VirtualTable[K], column: str) -> None:
        super().__init__()
        self.table = table
        self.column = column
        """Id of the column."""

    @property
    def control(self) -> VirtualTable[K]:
        return self.table
