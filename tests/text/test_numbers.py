from __future__ import annotations

from stsview.text.numbers import count, number


def test_numbers_have_thousands_separators_in_any_locale() -> None:
    assert (number(0), number(999), number(12_000)) == ("0", "999", "12,000")


def test_a_noun_agrees_with_its_number() -> None:
    assert [count(value, "replica") for value in (0, 1, 2)] == ["0 replicas", "1 replica", "2 replicas"]
    assert [count(value, "copy", "copies") for value in (1, 1_000)] == ["1 copy", "1,000 copies"]
