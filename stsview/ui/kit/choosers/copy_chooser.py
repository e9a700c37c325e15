"""The dialog that chooses what to copy."""

from __future__ import annotations

from typing import Any, TypeAlias

from textual.screen import Screen

from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.clipboard import copy

Copies: TypeAlias = list[tuple[str, str]]
"""What can be copied: a label for each text, and the text."""


class CopyChooser(Chooser):
    """Returns the index of the chosen text, or None when cancelled."""

    def __init__(self, copies: Copies) -> None:
        super().__init__("Copy", [Choice(str(index), word, text) for index, (word, text) in enumerate(copies)])


async def offer_copies(screen: Screen[Any], copies: Copies) -> None:
    """Choose, in a dialog over `screen`, which text to copy.

    Returns once the dialog accepts keys.
    """

    def on_choice(chosen: tuple[str, ...] | None) -> None:
        if chosen:
            what, text = copies[int(chosen[0])]
            copy(screen, text, what)

    await screen.app.push_screen(CopyChooser(copies), on_choice)
