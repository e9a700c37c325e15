"""Choice of a fix."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.ui.changes.remedy_intents import Fix
from stsview.ui.kit.choosers.chooser import Choice, Chooser


class FixChooser(Chooser):
    """Returns the index of the chosen fix, or None.

    Nothing is sent: a plan comes next.
    """

    def __init__(self, fixes: Sequence[Fix]) -> None:
        choices = [Choice(str(place), fix.label, fix.remedy.text) for place, fix in enumerate(fixes)]
        super().__init__("Choose a fix", choices)
