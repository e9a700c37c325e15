"""Label selectors as the API defines them (Kubernetes documentation, "Labels and Selectors")."""

from __future__ import annotations

import pytest

from stsview.objects.meta import SELECTS_NOTHING, LabelSelector, LabelSelectorRequirement

LABELS = {"app": "web", "tier": "db"}


@pytest.mark.parametrize(
    ("operator", "key", "values", "matches"),
    [
        ("In", "app", ("web", "api"), True),
        ("In", "app", ("api",), False),
        ("In", "missing", ("x",), False),
        ("NotIn", "app", ("api",), True),
        ("NotIn", "app", ("web",), False),
        ("NotIn", "missing", ("x",), True),
        ("Exists", "app", (), True),
        ("Exists", "missing", (), False),
        ("DoesNotExist", "missing", (), True),
        ("DoesNotExist", "app", (), False),
        ("Gt", "app", ("1",), False),
    ],
)
def test_each_operator(operator: str, key: str, values: tuple[str, ...], matches: bool) -> None:
    selector = LabelSelector(match_expressions=(LabelSelectorRequirement(key=key, operator=operator, values=values),))
    assert selector.matches(LABELS) is matches


def test_every_requirement_must_hold() -> None:
    exists = LabelSelectorRequirement(key="tier", operator="Exists")
    assert LabelSelector(match_labels={"app": "web"}, match_expressions=(exists,)).matches(LABELS)
    assert not LabelSelector(match_labels={"app": "api"}, match_expressions=(exists,)).matches(LABELS)


def test_an_empty_selector_selects_everything_and_an_absent_one_nothing() -> None:
    assert LabelSelector().matches(LABELS)
    assert not SELECTS_NOTHING.matches({})


def test_a_selector_as_a_query_string() -> None:
    requirements = (
        LabelSelectorRequirement(key="tier", operator="In", values=("web", "db")),
        LabelSelectorRequirement(key="old", operator="DoesNotExist"),
        LabelSelectorRequirement(key="zone", operator="NotIn", values=("c",)),
        LabelSelectorRequirement(key="live", operator="Exists"),
        LabelSelectorRequirement(key="size", operator="Gt", values=("1",)),
    )
    selector = LabelSelector(match_labels={"b": "2", "app": "web"}, match_expressions=requirements)
    assert selector.text == "app=web,b=2,tier in (db,web),!old,zone notin (c),live"
    assert LabelSelector().text == ""
