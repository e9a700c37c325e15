"""Evaluates rules on hand-made sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import derive
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding
from stsview.model.settings import ModelSettings
from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import SetView
from stsview.triage.rule import Rule
from tests.support.model.build import at
from tests.support.triage.every_rule import examine
from tests.support.wording import NEVER

_POD_ACTIONS = ("delete-pod", "force-delete", "unblock")
"""Actions on a single pod."""


def found(
    rule: Rule,
    objects: SetObjects,
    now: float = 60,
    *,
    first_seen: float | None = None,
    settings: ModelSettings | None = None,
    measured: MeasuredUsage | None = None,
) -> tuple[Finding, ...]:
    """The findings of one rule, before they are correlated.

    `first_seen`: when facts that no object records were first observed. `measured`: what the set uses.

    Each finding is checked against the catalogue: its rule id, its worst danger, the safest step first and the
    last resort last. A step that deletes a pod names the pod in its command. Texts avoid the words that stsview avoids.
    """
    findings = _judged(objects, now, first_seen, settings, lambda case: tuple(rule.find(case)), measured).findings
    for finding in findings:
        dangers = [remedy.danger for remedy in finding.remedies]
        assert finding.rule == rule.id
        assert finding.evidence, "each finding can be verified"
        assert max(dangers, default=rule.danger) <= rule.danger
        assert not dangers or (dangers[0], dangers[-1]) == (min(dangers), max(dangers)), "the safest step comes first"
        for text in (finding.headline, finding.so, *(remedy.text for remedy in finding.remedies)):
            assert not NEVER.search(text), text
        for remedy in finding.remedies:
            assert remedy.text[0].islower(), f"in lower case: {remedy.text}"
            assert not remedy.text.endswith("."), f"without a full stop: {remedy.text}"
            assert bool(remedy.pod) == (remedy.action in _POD_ACTIONS), remedy
            assert f" pod {remedy.pod}" in remedy.command or not remedy.pod, remedy
    return findings


def judged(
    objects: SetObjects,
    now: float = 60,
    *,
    first_seen: float | None = None,
    settings: ModelSettings | None = None,
    measured: MeasuredUsage | None = None,
) -> SetView:
    """The view with all its findings, as the program derives it."""
    return _judged(objects, now, first_seen, settings, examine, measured)


def _judged(
    objects: SetObjects,
    now: float,
    first_seen: float | None,
    settings: ModelSettings | None,
    judge: Callable[[RuleInput], Sequence[Finding]],
    measured: MeasuredUsage | None,
) -> SetView:
    settings = settings or ModelSettings()

    first = at(first_seen) if first_seen is not None else None
    seen = {} if first is None else derive(objects, {}, first, first, settings, judge, measured)[1]
    return derive(objects, seen, at(now), at(now), settings, judge, measured)[0]
