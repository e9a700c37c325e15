"""Cause before symptom."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import structs
from msgspec.structs import replace

from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Ref
from stsview.triage.correlation import correlate
from stsview.triage.rule import Rule


def _rule(id_: str, level: Level, reaches: Reaches = Reaches.NOTHING, *, fallback: bool = False) -> Rule:
    def find(case: RuleInput) -> Iterable[Finding]:
        return ()

    return Rule(id_, level, id_, id_, id_, Danger.READ_ONLY, "", find, reaches, fallback)


def _found(rule: Rule, *ordinals: int) -> tuple[Rule, Finding]:
    about = Ref("StatefulSet", "default", "web")
    return rule, rule.finding(about, rule.id, None, (Evidence("StatefulSet web", "spec", "x"),), ordinals=ordinals)


NODE = _rule("node", Level.WARNING, Reaches.ORDINALS)
IMAGE = _rule("image", Level.ERROR, Reaches.ORDINALS)
SLOW = _rule("slow", Level.WARNING)
NOTE = _rule("note", Level.NOTICE)
LAST = _rule("last", Level.ERROR, fallback=True)


def test_a_symptom_is_below_the_first_cause_that_shares_an_ordinal_and_raises_its_level() -> None:
    (head,) = correlate([_found(NODE, 1, 2), _found(IMAGE, 2), _found(SLOW, 1)])
    assert head.rule == "node"
    assert head.level is Level.ERROR
    assert [one.rule for one in head.below] == ["image", "slow"]


def test_findings_about_other_ordinals_or_the_set_stand_alone_worst_first() -> None:
    heads = correlate([_found(NODE, 0), _found(NOTE), _found(SLOW, 2), _found(IMAGE, 1)])
    assert [head.rule for head in heads] == ["image", "node", "slow", "note"]


def test_a_cause_that_reaches_the_set_has_everything_below_it() -> None:
    (head,) = correlate([_found(_rule("all", Level.ERROR, Reaches.SET)), _found(NOTE), _found(IMAGE, 1)])
    assert [one.rule for one in head.below] == ["note", "image"]


def test_a_fallback_is_dropped_if_a_finding_of_its_level_covers_it() -> None:
    assert [head.rule for head in correlate([_found(IMAGE, 1), _found(LAST, 1)])] == ["image"]
    assert [head.rule for head in correlate([_found(IMAGE, 0), _found(LAST, 1)])] == ["image", "last"]
    assert [head.rule for head in correlate([_found(_rule("mild", Level.WARNING), 1), _found(LAST, 1)])] == [
        "last",
        "mild",
    ]


TOTAL = replace(_rule("total", Level.WARNING), total=True)


def test_a_total_is_below_a_finding_that_explains_all_of_it_else_alone() -> None:
    (head,) = correlate([_found(NODE, 0, 1), _found(TOTAL, 0, 1)])
    assert [one.rule for one in head.below] == ["total"]
    heads = correlate([_found(IMAGE, 0), _found(NODE, 1), _found(TOTAL, 0, 1)])
    assert [head.rule for head in heads] == ["image", "node", "total"]
    assert [head.rule for head in correlate([_found(IMAGE, 0), _found(TOTAL)])] == ["image", "total"]


def test_among_equals_the_blocking_ordinal_comes_first() -> None:
    found = [_found(IMAGE, 2), _found(_rule("crash", Level.ERROR), 0), _found(SLOW, 0)]
    assert [head.rule for head in correlate(found, 0)] == ["crash", "image", "slow"]
    assert [head.rule for head in correlate(found)] == ["image", "crash", "slow"]


def _known(rule: str) -> Callable[[Finding], Finding]:
    def mark(finding: Finding) -> Finding:
        return structs.replace(finding, level=Level.NOTICE, acknowledged=True) if finding.rule == rule else finding

    return mark


def test_an_acknowledged_finding_is_a_notice_and_explains_nothing_but_its_sum() -> None:
    heads = correlate([_found(NODE, 1), _found(IMAGE, 1), _found(TOTAL, 1)], mark=_known("node"))
    assert [(head.rule, head.level, head.acknowledged) for head in heads] == [
        ("image", Level.ERROR, False),
        ("node", Level.NOTICE, True),
    ]
    assert [one.rule for one in heads[1].below] == ["total"]


def test_an_acknowledged_symptom_does_not_raise_the_level_of_its_cause() -> None:
    (head,) = correlate([_found(NODE, 1), _found(IMAGE, 1)], mark=_known("image"))
    assert (head.level, head.acknowledged) == (Level.WARNING, False)
    assert [(one.level, one.acknowledged) for one in head.below] == [(Level.NOTICE, True)]


def test_a_fallback_does_not_replace_an_acknowledged_finding() -> None:
    heads = correlate([_found(IMAGE, 1), _found(LAST, 1)], mark=_known("image"))
    assert [(head.rule, head.level) for head in heads] == [("image", Level.NOTICE)]
