"""Which cluster to look at."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.ui.kit.choosers.chooser import Choice, Chooser


class ContextChooser(Chooser):
    """Ends with the name of one context, or with None when nothing is to change."""

    def __init__(self, contexts: Sequence[str], held: str) -> None:
        choices = [Choice(name, name, "looked at now" if name == held else "") for name in contexts]
        super().__init__("Contexts", choices, marked=(held,))
