"""The catalogue of rules and its ids."""

from __future__ import annotations

import pytest

from stsview.triage.catalogue import BY_ID, CATALOGUE, FORMER_RULES, find_rule
from stsview.triage.rule import Rule
from tests.support.wording import NEVER


def test_rule_ids_are_unique() -> None:
    assert len(BY_ID) == len(CATALOGUE)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
def test_the_texts_of_a_rule_follow_one_style(rule: Rule) -> None:
    assert len(rule.title) <= 70
    assert rule.title[0].isupper() or rule.title.split()[0] in ("minReadySeconds", "serviceName")
    assert not rule.title.endswith(".")
    assert rule.meaning.endswith(".")
    assert rule.remedy.endswith(".")
    for text in (rule.title, rule.meaning, rule.remedy):
        assert not NEVER.search(text), text


@pytest.mark.parametrize(("former", "present"), FORMER_RULES.items())
def test_a_former_id_finds_the_rule_that_replaced_it(former: str, present: str) -> None:
    assert former not in BY_ID
    assert find_rule(former) is BY_ID[present]


def test_a_present_id_finds_its_rule_and_an_unknown_one_finds_none() -> None:
    assert all(find_rule(rule.id) is rule for rule in CATALOGUE)
    assert find_rule("no-such-rule") is None
