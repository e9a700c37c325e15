"""Asks rules about hand-made sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stsview.model.cache.set_objects import SetObjects
from stsview.model.derive import derive
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Finding
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView
from stsview.triage.catalogue import examine
from stsview.triage.rule import Rule
from tests.support.model.build import at

_OF_A_POD = ("delete-pod", "force-delete", "unblock")
"""Actions that are about one pod."""


def found(
    rule: Rule,
    objects: SetObjects,
    now: float = 60,
    *,
    first_seen: float | None = None,
    settings: ModelSettings | None = None,
) -> tuple[Finding, ...]:
    """What one rule finds, before anything is folded. `first_seen`: when what no object tells was first seen.

    Each finding is held against what the catalogue promises of its rule: its id, the worst of its dangers, and that the
    safest step comes first and the last resort last. A step that takes a pod away names it: the one of its command.
    """
    findings = _judged(objects, now, first_seen, settings, lambda case: tuple(rule.find(case))).findings
    for finding in findings:
        dangers = [remedy.danger for remedy in finding.remedies]
        assert finding.rule == rule.id
        assert finding.evidence, "each finding can be checked by hand"
        assert max(dangers, default=rule.danger) <= rule.danger
        assert not dangers or (dangers[0], dangers[-1]) == (min(dangers), max(dangers)), "the safest step comes first"
        for remedy in finding.remedies:
            assert bool(remedy.pod) == (remedy.action in _OF_A_POD), remedy
            assert f" pod {remedy.pod}" in remedy.command or not remedy.pod, remedy
    return findings


def judged(
    objects: SetObjects, now: float = 60, *, first_seen: float | None = None, settings: ModelSettings | None = None
) -> SetView:
    """The view with all its findings, as the program has it."""
    return _judged(objects, now, first_seen, settings, examine)


def _judged(
    objects: SetObjects,
    now: float,
    first_seen: float | None,
    settings: ModelSettings | None,
    judge: Callable[[RuleInput], Sequence[Finding]],
) -> SetView:
    settings = settings or ModelSettings()

    seen = {} if first_seen is None else derive(objects, {}, at(first_seen), at(first_seen), settings, judge)[1]
    return derive(objects, seen, at(now), at(now), settings, judge)[0]
