from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.kit.filters.language import Choice, Language, Qualifier, words_of


@dataclass(frozen=True)
class Thing:
    name: str = ""
    place: str = ""
    image: str = ""
    good: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


LANGUAGE: Language[Thing] = Language(
    lambda thing: (thing.name,),
    (
        Qualifier(("place", "at"), lambda thing: (thing.place,)),
        Qualifier(("image",), lambda thing: (thing.image,), anywhere=True),
        Choice(("is",), {"good": lambda thing: thing.good, "bad": lambda thing: not thing.good}),
    ),
    lambda thing: thing.labels,
)

THINGS = (
    Thing("alpha one", "north", "hub/app:1", True, {"tier": "db"}),
    Thing("beta", "northwest", "hub/app:2", False, {"tier": "web"}),
    Thing('gam"ma/x', "south", "other/app:1", True),
)

SAVED = {"mine": "at:north is:good", "slow": "-/(/"}


def matching(text: str) -> list[int]:
    query = LANGUAGE.parse(text, SAVED)
    return [place for place, thing in enumerate(THINGS) if query.matches(thing)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BETA", [1]),
        ('"alpha one"', [0]),
        ('"alpha', [0]),
        ("alpha one", [0]),
        ("one alpha", [0]),
        ("!alpha", [1, 2]),
        ("-alpha -beta", [2]),
        ('-"alpha one"', [1, 2]),
        ("place:north", [0, 1]),
        ("at:NORTH", [0, 1]),
        ('place:"north"', [0]),
        ("place:north,south", [0, 1, 2]),
        ('place:"north",south', [0, 2]),
        ("place:*west", [1]),
        ("place:/^n.*h$/", [0]),
        ("place:/^n.*h$/,south", [0, 2]),
        ("!place:north", [2]),
        ("image:app:1", [0, 2]),
        ("image:hub/*:1", [0]),
        ('image:"app:1"', []),
        ("is:bad", [1]),
        ("is:g,b", [0, 1, 2]),
        ("-is:bad", [0, 2]),
        ("tier=db", [0]),
        ("tier=db,web", [0, 1]),
        ("tier=/^w/", [1]),
        ("tier!=db", [1, 2]),
        ("!tier=db", [1, 2]),
        ("!tier!=db", [0]),
        ("tier=", [0, 1]),
        ("tier!=", [2]),
        ("/^alpha one$/", [0]),
        ("/ma\\/x/", [2]),
        ("/BETA", [1]),
        ("!/a$/", [0, 2]),
        ("@mine", [0]),
        ("!@mine", [1, 2]),
        ("@mine alpha", [0]),
        ("@mi", [0, 1, 2]),
    ],
)
def test_what_a_filter_matches(text: str, expected: list[int]) -> None:
    assert LANGUAGE.parse(text, SAVED).problem == ""
    assert matching(text) == expected


@pytest.mark.parametrize("text", ["", " ", "!", "-", "place:", "!place:", "place:,", "is:", "@", '"', '""', "//", "/"])
def test_a_word_that_is_being_typed_matches_everything(text: str) -> None:
    assert not LANGUAGE.parse(text, SAVED).active
    assert matching(text) == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("plac:x", "unknown filter plac: (try place:)"),
        ("imag:x beta", "unknown filter imag: (try image:)"),
        ("zzz:1", "unknown filter zzz: (valid: place: image: is:)"),
        ("is:ugly", "is: must be good or bad"),
        ("@nosuch", "unknown filter @nosuch (saved: @mine, @slow)"),
        ("@slow", "@slow: invalid regular expression: missing ) at position 1"),
        ("/(/", "invalid regular expression: missing ) at position 1"),
        ("/" + "a" * 300, "regular expression longer than 200 characters"),
    ],
)
def test_a_problem_is_named_and_the_rest_applies(text: str, problem: str) -> None:
    query = LANGUAGE.parse(f"{text} beta", SAVED)
    assert query.problem == problem
    assert [thing.name for thing in THINGS if query.matches(thing)] == ["beta"]


def test_an_expression_that_backtracks_for_ever_is_stopped() -> None:
    query = LANGUAGE.parse("/(a|a)+$/")
    began = time.monotonic()
    assert not query.matches(Thing("a" * 1_000 + "!"))
    assert not query.matches(Thing("a" * 1_000 + "!"))
    assert time.monotonic() - began < 5
    assert query.problem == "regular expression too slow: simplify it"
    assert query.active


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_accepted_and_its_words_are_its_text(text: str) -> None:
    words = words_of(text)
    assert "".join("".join(word.raw for word in words).split()) == "".join(text.split())
    query = LANGUAGE.parse(text, SAVED)
    for thing in THINGS:
        query.matches(thing)


_PLAIN = st.text(alphabet="abnorthsw ", max_size=6).map(str.strip)


@given(st.lists(_PLAIN.filter(bool), max_size=4))
@settings(max_examples=100)
def test_a_filter_is_the_conjunction_of_its_words_and_not_is_the_complement(words: list[str]) -> None:
    quoted = [f'"{word}"' for word in words]
    assert set(matching(" ".join(quoted))) == set.intersection({0, 1, 2}, *(set(matching(one)) for one in quoted))
    for one in quoted:
        assert set(matching(f"!{one}")) == {0, 1, 2} - set(matching(one))


@given(st.text(alphabet='ab "/!-:@=,is', max_size=20), st.sampled_from(["good", "bad"]))
@settings(max_examples=200)
def test_a_choice_can_be_set_and_taken_back_whatever_else_is_there(text: str, word: str) -> None:
    before = LANGUAGE.toggled(text, "is", "")
    asked = LANGUAGE.toggled(before, "is", word)
    assert LANGUAGE.chosen(asked, "is") == word or '"' in before
    assert LANGUAGE.toggled(asked, "is", word) == before or '"' in before


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("pl", "place:"),
        ("beta !im", "beta !image:"),
        ("is:g", "is:good"),
        ("is:good,b", "is:good,bad"),
        ("@m", "@mine"),
        ("place:n", ""),
        ("", ""),
        ("place: ", ""),
        ("zz", ""),
    ],
)
def test_the_last_word_is_completed(text: str, completed: str) -> None:
    assert LANGUAGE.completion(text, SAVED) == completed


def test_the_hint_lists_every_qualifier() -> None:
    assert LANGUAGE.hint == "text  place:  image:  is:  label=value  !not  /regex/"
