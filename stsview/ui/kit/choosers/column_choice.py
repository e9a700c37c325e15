"""Which columns of a table are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import msgspec

from stsview.nearest import did_you_mean

USUAL = "usual"
"""What `:columns` takes for the columns of the configuration's default."""


class Arranged(Protocol):
    """A table whose columns can be chosen."""

    COLUMN_CHOICE: ClassVar[ColumnChoice]

    @property
    def chosen_columns(self) -> tuple[str, ...]:
        """Names of the columns in their order; empty: the usual ones."""

    @property
    def arrangement(self) -> Any:
        """Columns and order, as the configuration has them."""

    def arrange_columns(self, chosen: Sequence[str]) -> None:
        """Show these columns; empty: the usual ones."""


class ColumnChoice(msgspec.Struct, frozen=True):
    """The columns that a table can show, by their names in the configuration."""

    names: tuple[str, ...]
    """In their usual order."""
    required: tuple[str, ...]
    """Those that cannot be hidden."""
    notes: Mapping[str, str] = {}
    """What to say of a column."""

    def parsed(self, text: str) -> tuple[str, ...]:
        """The columns of `name,ready,why`; empty for the usual ones. Raises ValueError, with a message for the user."""
        names = tuple(dict.fromkeys(text.replace(",", " ").split()))
        if names == (USUAL,):
            return ()
        for name in names:
            if name not in self.names:
                raise ValueError(f"no column {name}{did_you_mean(name, self.names)}")
        if missing := [name for name in self.required if name not in names]:
            raise ValueError(f"{missing[0]} cannot be hidden: add it")
        return names


class ColumnAnswer(msgspec.Struct, frozen=True):
    columns: tuple[str, ...]
    """Empty: the usual ones."""
    kept: bool
    """Whether they are to be written into the configuration."""
