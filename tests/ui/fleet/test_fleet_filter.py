from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.fleet.fleet_filter import LANGUAGE, filtered_severity
from tests.support.ui.fleets import kafka, picture_sets, unreadable, vault


def names(text: str) -> set[str]:
    wanted = LANGUAGE.parse(text)
    return {view.name for view in (*picture_sets(), unreadable()) if wanted.matches(view)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kafka", {"kafka"}),
        ("KAFKA", {"kafka"}),
        ("loki", {"loki-ingester", "loki-store"}),
        ("loki store", {"loki-store"}),
        ("crashloop", {"kafka"}),
        ("quota exceeded", {"es-data"}),
        ("may not list", {"secret"}),
        ("ns:cache", {"redis", "sessions"}),
        ("ns:ca", {"redis", "sessions"}),
        ("ns:cache,mq", {"redis", "sessions", "rabbitmq"}),
        ("ns:*ea*", {"es-data"}),
        ("ns:cache redis", {"redis"}),
        ("ready:no", {"kafka", "vault", "es-data", "redis", "secret"}),
        ("ready:n ns:data", {"kafka"}),
        ("ready:yes ns:data", {"zookeeper", "postgres"}),
        ("is:stuck", {"kafka", "vault", "es-data"}),
        ("is:risk", {"zookeeper", "postgres"}),
        ("is:unknown", {"secret"}),
        ("app=kafka", {"kafka"}),
        ("app=loki*", {"loki-ingester", "loki-store"}),
        ("app!=kafka ns:data", {"zookeeper", "postgres"}),
        ("role=x", set()),
        ("!ns:data is:risk,stuck", {"vault", "es-data"}),
        ("-ready:yes -ns:data", {"vault", "es-data", "redis", "secret"}),
        ("node:w-1 ns:data", {"kafka", "zookeeper", "postgres"}),
        ("zone:eu-1a !ns:data,auth,logs,mq", {"vault", "redis", "sessions", "es-data", "secret"}),
        ("image:kafka", {"kafka"}),
        ("image:/kafka:[0-9.]+$/", {"kafka"}),
        ("class:fast-ssd ns:data ready:no", {"kafka"}),
        ("owner:kubectl-set", {"kafka"}),
        ("is:canary", {"sessions"}),
        ("/^(DATA|cache)/ ready:no", {"kafka", "redis"}),
        ('"exit 1, 12 times"', {"kafka"}),
    ],
)
def test_filter_matches(text: str, expected: set[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize("text", ["", "   ", "ns:", "ready:", "is:", "ns:,"])
def test_an_incomplete_word_matches_everything(text: str) -> None:
    begun = LANGUAGE.parse(text)
    assert not begun.active
    assert begun.matches(kafka())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ready:maybe", "ready: must be yes or no"),
        ("is:purple", "is: must be stuck, risk, unknown, rolling, healthy, canary, paused or ondelete"),
        ("nod:w-1", "unknown filter nod: (try node:)"),
        ("nmespace:data", "unknown filter nmespace: (try namespace:)"),
        ("quux:1", "unknown filter quux: (valid: ns: cluster: node: zone: image: class: owner: is: ready:)"),
    ],
)
def test_parse_problems_are_reported(text: str, problem: str) -> None:
    assert LANGUAGE.parse(text).problem == problem


def test_the_rest_of_a_bad_filter_still_applies() -> None:
    partly = LANGUAGE.parse("ready:maybe kafka")
    assert partly.matches(kafka())
    assert not partly.matches(vault())


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_any_text_is_accepted(text: str) -> None:
    LANGUAGE.parse(text).matches(kafka())


@given(st.text(alphabet="abc*?[]-", min_size=1, max_size=8))
@settings(max_examples=100)
def test_only_the_star_is_a_wildcard(text: str) -> None:
    named = LANGUAGE.parse(f"ns:{text}")
    if "*" not in text:
        assert named.matches(kafka()) == "data".startswith(text)


@pytest.mark.parametrize(
    ("text", "word", "after"),
    [
        ("", "stuck", "is:stuck"),
        ("is:stuck", "stuck", ""),
        ("is:stuck kafka", "risk", "kafka is:risk"),
        ("kafka is:risk", "", "kafka"),
    ],
)
def test_setting_a_severity_keeps_the_rest_of_the_filter(text: str, word: str, after: str) -> None:
    assert LANGUAGE.toggled(text, "is", word) == after
    assert filtered_severity(after) == (word if word and f"is:{word}" in after else "")
