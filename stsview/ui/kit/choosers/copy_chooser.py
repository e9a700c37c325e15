"""What to copy."""

from __future__ import annotations

from typing import Any, TypeAlias

from textual.screen import Screen

from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.clipboard import copy

Copies: TypeAlias = list[tuple[str, str]]
"""What can be copied: a label for each text, and the text."""


class CopyChooser(Chooser):
    """Ends with the place, in what was offered, of what is to be copied; or with None."""

    def __init__(self, offered: Copies) -> None:
        super().__init__("Copy", [Choice(str(place), word, text) for place, (word, text) in enumerate(offered)])


async def offer_copies(screen: Screen[Any], offered: Copies) -> None:
    """Let somebody choose, over `screen`, which of these texts goes to the clipboard. Returns when it can be typed
    into."""

    def take(chosen: tuple[str, ...] | None) -> None:
        if chosen:
            what, text = offered[int(chosen[0])]
            copy(screen, text, what)

    await screen.app.push_screen(CopyChooser(offered), take)
