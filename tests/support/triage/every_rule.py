"""The findings of the program, with a check of the rules that it does not evaluate."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.cache.coverage import Coverage
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding
from stsview.objects.kinds import PODS
from stsview.triage import catalogue
from stsview.triage.rule import situations


def examine(case: RuleInput) -> Sequence[Finding]:
    """`catalogue.examine`, where each rule that a situation rules out must find and observe nothing."""
    if case.facts.objects.covered(PODS).coverage is not Coverage.LOADING:
        there, sightings = situations(case), case.facts.sightings
        for rule in catalogue.CATALOGUE:
            if rule.needs is not None and rule.needs not in there:
                known, last, next_ = dict(sightings.kept), case.facts.moment.last_change, case.facts.moment.next_change
                assert not list(rule.find(case)), f"{rule.id} finds something without {rule.needs}"
                assert sightings.kept == known, f"{rule.id} observes something without {rule.needs}"
                moment = case.facts.moment
                assert (moment.last_change, moment.next_change) == (last, next_), f"{rule.id} depends on the time"
    return catalogue.examine(case)
