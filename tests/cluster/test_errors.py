"""Quoted text is one printable line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stsview.cluster.errors import printable_line


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    line = printable_line(text, 40)
    assert line.isprintable()
    assert len(line) <= 40
    assert line == line.strip()


def test_printable_text_is_unchanged() -> None:
    assert printable_line("pods is\nforbidden:\t\x1b[31mno") == "pods is forbidden: [31mno"
    assert printable_line("x" * 9, 5) == "xxxx…"
