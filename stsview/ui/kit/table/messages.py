"""Messages that a table posts to its screen."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from textual.message import Message
from textual.widget import Widget

K = TypeVar("K", bound=Hashable)


class RowHighlighted(Message, Generic[K]):
    """The cursor moved to another object.

    Not posted when its object moves to another row.
    """

    def __init__(self, table: Widget, key: K | None, by_user: bool) -> None:
        super().__init__()
        self.table = table
        self.key = key
        """None: the table has no rows."""
        self.by_user = by_user
        """Whether a key or the mouse moved the cursor, rather than its row being removed."""

    @property
    def control(self) -> Widget:
        return self.table


class RowSelected(Message, Generic[K]):
    """Enter or a double click on a row."""

    def __init__(self, table: Widget, key: K) -> None:
        super().__init__()
        self.table = table
        self.key = key

    @property
    def control(self) -> Widget:
        return self.table


class HeaderClicked(Message, Generic[K]):
    """A click on the title of a sortable column, or its shortcut."""

    def __init__(self, table: Widget, column: str) -> None:
        super().__init__()
        self.table = table
        self.column = column
        """Id of the column."""

    @property
    def control(self) -> Widget:
        return self.table
