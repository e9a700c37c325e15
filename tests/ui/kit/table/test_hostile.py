"""Tables with hostile text from a cluster."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from stsview.model.states import Health
from stsview.text import glyphs
from stsview.text.columns import lay_out_columns
from stsview.text.terminal_text import safe
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.table import Align, Column, Placeholder, SortMark
from stsview.ui.kit.table.drawing import HeaderStyles, draw_centred, draw_header, draw_row
from tests.support.ui.hostile import SAMPLES, harmful, texts
from tests.support.ui.stage import screen_lines
from tests.support.ui.table import stage

ROLES = {role: Style() for role in Role}

SPANS = st.lists(st.tuples(texts(20), st.sampled_from(Role)), max_size=4).map(tuple)


def assert_fits(strip: Strip, room: int) -> None:
    assert sum(cell_len(segment.text) for segment in strip) == strip.cell_length == room
    assert not harmful(strip.text)
    assert all(segment.control is None for segment in strip)
    assert all(not segment.style or not segment.style.meta for segment in strip)


@given(st.lists(SPANS, min_size=3, max_size=3), st.integers(1, 80), st.sampled_from(Align), st.booleans())
@settings(max_examples=100)
def test_a_row_is_exactly_as_wide_as_the_table(cells: list[Spans], room: int, align: Align, ascii_only: bool) -> None:
    glyphs.use(glyphs.ASCII if ascii_only else glyphs.UNICODE)
    columns = (
        Column("a", "A", max_width=12, priority=9, align=align),
        Column("b", "B", min_width=3),
        Column("c", "C", min_width=4, weight=1, align=align),
    )
    placed = lay_out_columns(columns, {"a": 7, "b": 5}, room - 1)
    assert_fits(draw_row(cells, placed, room, Style(), ROLES), room)
    assert_fits(draw_row(cells, placed, room, Style(), ROLES, bar=Style()), room)
    assert_fits(draw_centred(cells[0], room, Style(), ROLES), room)


@given(texts(), st.integers(1, 80), st.sampled_from(Align))
@settings(max_examples=100)
def test_a_header_is_exactly_as_wide_as_the_table(title: str, room: int, align: Align) -> None:
    columns = (Column("a", title, sortable=True, align=align, max_width=20), Column("b", "B", weight=1))
    styles = HeaderStyles(Style(), Style(bold=True), Style(underline=True))
    placed = lay_out_columns(columns, {}, room - 1)
    assert_fits(draw_header(placed, room, SortMark("a"), "a", styles), room)
    assert_fits(draw_header(placed, room, None, None, styles), room)


@given(texts(), texts(), st.integers(1, 60))
@settings(max_examples=100)
def test_a_placeholder_fits(headline: str, detail: str, room: int) -> None:
    for spans in Placeholder(headline, (detail,), Health.DEGRADED).lines(room):
        assert_fits(draw_centred(spans, room, Style(), ROLES), room)


async def test_hostile_text_in_a_table() -> None:
    app = stage(range(len(SAMPLES)))
    for number, sample in enumerate(SAMPLES):
        app.table.names[number] = f"{number} {sample}"
        app.table.whys[number] = sample
    async with app.run_test(size=(80, len(SAMPLES) + 2)) as pilot:
        await pilot.pause()
        lines = screen_lines(app)
        assert all(cell_len(line) == 80 for line in lines)
        assert not harmful("".join(lines))
        for number, sample in enumerate(SAMPLES):
            assert safe(f"{number} {sample[:9]}")[:6].strip() in lines[number + 1]
        await pilot.click("#table", offset=(5, 4), times=2)
        await pilot.press("G", "enter")
        await pilot.pause()
        assert app.is_running


async def test_markup_in_names_is_not_parsed() -> None:
    app = stage(range(4))
    app.table.names = {0: "a[b=c]d", 1: "[/", 2: "[@click=app.quit]x[/]", 3: "[red]"}
    async with app.run_test(size=(80, 8)) as pilot:
        await pilot.pause()
        shown = [line[1:].split("  ")[0] for line in screen_lines(app)[1:5]]
        assert shown == ["a[b=c]d", "[/", "[@click=app.quit]x[/]", "[red]"]
        await pilot.click("#table", offset=(12, 3))
        await pilot.pause()
        assert app.is_running
