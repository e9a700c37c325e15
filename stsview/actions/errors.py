"""Why something is not done; each is one line for a person."""

from __future__ import annotations

from stsview.actions.plan import Plan


class Refused(Exception):
    """Nothing was sent."""


class Changed(Exception):
    """What the plan rests on is not so any more; nothing was sent. There is another plan, to be asked about anew."""

    def __init__(self, plan: Plan, differences: tuple[str, ...]) -> None:
        super().__init__("; ".join(differences))
        self.plan = plan
        self.differences = differences
