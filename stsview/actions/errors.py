"""Why a plan is not carried out, or ended.

Each message is one line for the operator.
"""

from __future__ import annotations

from stsview.actions.plan import Plan
from stsview.actions.progress import Outcome


class Refused(Exception):
    """Nothing was sent."""


class Changed(Exception):
    """A precondition of the plan changed, and nothing was sent.

    Carries a new plan to confirm.
    """

    def __init__(self, plan: Plan, differences: tuple[str, ...]) -> None:
        super().__init__("; ".join(differences))
        self.plan = plan
        self.differences = differences


class ExecutionEnded(Exception):
    """An execution is over before its goal was reached, or was stopped.

    Executors let it through.
    """

    def __init__(self, outcome: Outcome, words: str = "") -> None:
        super().__init__(words or outcome.value)
        self.outcome = outcome
        self.words = words
