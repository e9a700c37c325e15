"""Selectors as written on the command line."""

from __future__ import annotations

import pytest

from stsview.objects.selector import parse_selector

LABELS = {"app": "web", "tier": "db", "example.com/zone": "a"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web , tier=db", True),
        ("app=web,tier=cache", False),
        ("tier!=cache", True),
        ("nothing!=x", True),
        ("tier in (cache, db)", True),
        ("tier notin (cache,db)", False),
        ("other notin (a)", True),
        ("example.com/zone", True),
        ("!example.com/zone", False),
        ("!draft,app=web", True),
        ("app=", False),
    ],
)
def test_a_selector_parses_as_in_kubectl(text: str, matches: bool) -> None:
    assert parse_selector(text).matches(LABELS) is matches


@pytest.mark.parametrize("text", ["a=b=c", "a b", ",", "app=web,", "app in a,b", "=x", "app>3", "tier in (a", "é=1"])
def test_an_invalid_selector_is_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="invalid selector") as refused:
        parse_selector(text)
    assert "\n" not in str(refused.value)
