"""The command that chooses the columns of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual.screen import Screen

from stsview.ui.kit.choosers.column_choice import USUAL, Arranged, ColumnAnswer
from stsview.ui.kit.commands.commands import Argument, Command, TypedCommand
from stsview.ui.kit.commands.typing import not_typing


def _table(screen: Any) -> Arranged:
    table: Arranged = screen.table
    return table


def _names(screen: Any) -> Iterable[str]:
    choice = _table(screen).COLUMN_CHOICE
    return (",".join(_table(screen).chosen_columns or choice.names), USUAL)


COLUMNS_COMMAND = Command(
    "columns",
    ("vertical_line",),
    "columns",
    "Show, hide and order the columns",
    "This screen",
    guard=not_typing,
    priority=True,
    typed=TypedCommand(
        ("columns",),
        Argument("NAME[,NAME]", _names, parse=lambda screen, text: _table(screen).COLUMN_CHOICE.parsed(text)),
    ),
)
"""A command of screens whose `table` is `Arranged`; its action calls `choose_columns`."""


def _arrange(screen: Screen[Any], chosen: Sequence[str]) -> None:
    table = _table(screen)
    table.arrange_columns(chosen)
    # Only the app of the program remembers them.
    kept: Any = getattr(screen.app, "kept_settings", None)
    if kept is not None:
        kept.note_columns(table.arrangement)


async def choose_columns(screen: Screen[Any], chosen: tuple[str, ...] | None) -> None:
    """Show the chosen columns of the table of a screen; None: ask in the dialog."""
    table = _table(screen)
    if chosen is not None:
        _arrange(screen, chosen)
        return
    # Not with the first screen, which does not need it.
    from stsview.ui.kit.choosers.column_chooser import ColumnChooser

    async def use(answer: ColumnAnswer | None) -> None:
        if answer is not None:
            _arrange(screen, answer.columns)
            if answer.kept:
                await screen.app.run_action("keep")

    await screen.app.push_screen(ColumnChooser(table.COLUMN_CHOICE, table.chosen_columns), use)
