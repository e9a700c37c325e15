"""The rules, imported when they are needed first: the first frame of the dashboard shows no finding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stsview.model.explain.rule_input import RuleInput
    from stsview.model.finding import Finding
    from stsview.triage.rule import Rule


def load_rules() -> None:
    """Import the rules, which takes some tens of milliseconds, so that no other function here has to."""
    import stsview.triage.catalogue  # noqa: F401


def examine(case: RuleInput) -> Sequence[Finding]:
    """See `stsview.triage.catalogue.examine`."""
    from stsview.triage.catalogue import examine as examine_all

    return examine_all(case)


def rule_of(name: str | None) -> Rule | None:
    """The rule with this id; None if there is none."""
    from stsview.triage.catalogue import BY_ID

    return None if name is None else BY_ID.get(name)
