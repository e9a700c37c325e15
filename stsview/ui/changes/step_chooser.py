"""Which step to take."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.ui.changes.remedy_intents import Step
from stsview.ui.kit.choosers.chooser import Choice, Chooser


class StepChooser(Chooser):
    """Ends with the place of a step among those that were offered, or with None. Nothing is done by that: a plan comes
    next."""

    def __init__(self, steps: Sequence[Step]) -> None:
        choices = [Choice(str(place), step.label, step.remedy.text) for place, step in enumerate(steps)]
        super().__init__("Which step", choices)
