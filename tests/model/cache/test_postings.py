"""Postings and dependents hold what a plain dict of sets would hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stsview.model.cache.dependents import Dependents
from stsview.model.cache.postings import Postings
from stsview.objects.meta import Key

VALUES = st.integers(0, 2)
NAMES = st.integers(0, 12).map(str)


@given(st.lists(st.tuples(st.booleans(), VALUES, NAMES), max_size=60))
def test_names_are_those_added_and_not_discarded(steps: list[tuple[bool, int, str]]) -> None:
    postings: Postings[str] = Postings()
    model: dict[int, dict[str, None]] = {}
    for adds, value, name in steps:
        if adds:
            postings.add(value, name)
            model.setdefault(value, {})[name] = None
        else:
            postings.discard(value, name)
            model.get(value, {}).pop(name, None)
        assert {value: list(names) for value, names in model.items() if names} == {
            value: list(postings.of(value)) for value in postings
        }
        assert bool(postings) == any(model.values())


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(VALUES, max_size=4)), max_size=20))
def test_only_what_a_set_looked_up_last_leads_to_it(steps: list[tuple[int, list[int]]]) -> None:
    dependents, model = Dependents(), dict[Key, list[int]]()
    for number, values in steps:
        key = Key("default", f"web-{number}")
        dependents.record(key, values)
        model[key] = values
        for value in range(3):
            assert set(dependents.of(value)) == {key for key, looked_up in model.items() if value in looked_up}
