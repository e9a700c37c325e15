from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.ui.set.layout import lay_out, panel_pages


@given(st.integers(1, 220), st.integers(0, 60), st.integers(0, 500), st.integers(0, 40))
@settings(max_examples=200)
def test_table_and_panels_never_exceed_the_height(width: int, height: int, rows: int, timeline: int) -> None:
    layout = lay_out(width, height, rows, timeline)
    gaps = bool(layout.panels) + bool(layout.timeline)
    assert layout.table + layout.panels + layout.timeline + gaps <= max(height, 0)
    assert layout.timeline <= timeline
    assert layout.table <= rows + 1
    if layout.panels:
        assert layout.table >= min(rows + 1, 5)


@pytest.mark.parametrize(("width", "both"), [(80, False), (120, True), (200, True)])
def test_panels_are_side_by_side_if_they_fit(width: int, both: bool) -> None:
    assert lay_out(width, 30, 3).both is both


@pytest.mark.parametrize(
    ("width", "height", "timeline", "shown"),
    [
        (80, 14, 6, [{"identity"}, {"findings"}, {"timeline"}]),
        (80, 20, 6, [{"identity", "timeline"}, {"findings", "timeline"}]),
        (120, 14, 6, [{"identity", "findings"}, {"timeline"}]),
        (120, 20, 6, [{"identity", "findings", "timeline"}]),
        (120, 40, 6, [{"identity", "findings", "timeline"}]),
        (120, 8, 6, [set()]),
    ],
)
def test_panels_that_do_not_fit_have_a_page(width: int, height: int, timeline: int, shown: list[set[str]]) -> None:
    assert [set(face) for face in panel_pages(lay_out(width, height, 3, timeline), rows=True)] == shown


@given(st.integers(60, 220), st.integers(10, 60), st.integers(1, 40), st.integers(4, 20), st.integers(0, 40))
@settings(max_examples=200)
def test_no_line_is_blank_while_the_timeline_is_behind_a_key(
    width: int, height: int, rows: int, timeline: int, findings: int
) -> None:
    layout = lay_out(width, height, rows, timeline, findings)
    if not layout.panels:
        return
    blank = height - layout.table - layout.panels - layout.timeline - 1 - bool(layout.timeline)
    if layout.timeline < timeline:
        assert layout.timeline or blank <= 4
        assert not layout.timeline or (blank == 0 and (layout.panels <= 9 or layout.table <= rows))
    if layout.timeline and blank:
        assert layout.panels >= min(13, findings)


def test_without_rows_only_the_findings_are_shown() -> None:
    assert panel_pages(lay_out(80, 20, 3), rows=False) == (frozenset({"findings"}),)
