from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.text.terminal_text import spans_width
from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.wrapping import wrap_at_most, wrap_spans


@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 30), st.integers(1, 5))
@settings(max_examples=150)
def test_wrapping_fits_the_width_and_keeps_every_word(first: str, second: str, cells: int, most: int) -> None:
    spans = ((first, Role.TEXT), (second, Role.WARNING))
    lines = wrap_spans(spans, cells)
    assert all(spans_width(line) <= cells for line in lines)
    assert len(wrap_at_most(spans, cells, most)) <= most


def test_wrapping_keeps_each_word_in_its_role() -> None:
    lines = wrap_spans((("one two", Role.TEXT), (" three four", Role.WARNING)), 9)
    assert lines == [
        (("one two", Role.TEXT),),
        (("three", Role.WARNING),),
        (("four", Role.WARNING),),
    ]
    assert wrap_at_most((("one two three four five", Role.TEXT),), 5, 2) == [
        (("one", Role.TEXT),),
        (("two", Role.TEXT), (" ", Role.TEXT), ("three", Role.TEXT), (" ", Role.TEXT), ("…", Role.TEXT)),
    ]
