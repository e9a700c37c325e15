from __future__ import annotations

import pytest

from stsview.model.states import Health
from stsview.ui.kit.look.themes import DARK
from stsview.ui.kit.table import Column, Placeholder, SortMark
from tests.support.ui.stage import screen_lines, style_at, wait_for
from tests.support.ui.table import COLUMNS, TableStage, stage


@pytest.fixture(autouse=True)
def painted_when_looked_at() -> None:
    """Every frame is painted here: what each of them paints is counted."""


def ground(app: TableStage, x: int, y: int) -> str:
    colour = style_at(app, x, y).bgcolor
    assert colour is not None
    return colour.name


async def test_table_rendering() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.sort_mark = SortMark("ready", descending=True)
        await pilot.pause()
        assert [line.rstrip() for line in screen_lines(app)] == [
            " NAME      READY▼ NODE    WHY",
            "▌set-a     3/3    node-1  waits",
            " set-b     3/3    node-1  waits",
            "",
            "",
            "",
        ]
        assert ground(app, 59, 1) == DARK.selected
        assert ground(app, 59, 2) == DARK.ground
        bar = style_at(app, 0, 1).color
        assert bar is not None
        assert bar.name == DARK.accent
        name, ready = style_at(app, 1, 1), style_at(app, 11, 2)
        assert name.bold
        assert ready.color is not None
        assert ready.color.name == DARK.ready


async def test_the_header_stays_when_rows_scroll() -> None:
    app = stage(range(1000))
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.press("G")
        await pilot.pause()
        lines = screen_lines(app)
        assert lines[0].startswith(" NAME ")
        assert lines[-1].startswith("▌set-999 ")


async def test_the_scrollbar_covers_no_text() -> None:
    app = stage(range(100))
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.whys = dict.fromkeys(range(100), "x" * 100)
        app.table.invalidate()
        await pilot.pause()
        assert screen_lines(app)[2][-2] == "…"


async def test_columns_are_dropped_and_restored() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        for width, columns in [
            (60, ["name", "ready", "node", "why"]),
            (32, ["name", "ready", "why"]),
            (26, ["name", "why"]),
            (14, ["name"]),
            (60, ["name", "ready", "node", "why"]),
        ]:
            await pilot.resize_terminal(width, 6)
            await wait_for(pilot, lambda width=width: app.table.size.width == width, "the new width")  # type: ignore[misc]
            await pilot.pause()
            assert screen_lines(app)[0].lower().split() == columns


async def test_only_visible_rows_are_requested() -> None:
    app = stage(range(10_000))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert set(app.table.asked) == set(range(9))
        assert set(app.table.asked.values()) == {1}


async def test_a_changed_row_repaints_only_its_line() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.table.forget_counts()
        app.table.whys[5] = "image cannot be pulled"
        app.table.invalidate([5])
        await wait_for(pilot, lambda: app.table.drawn, "a repaint")
        await pilot.pause()
        assert dict(app.table.drawn) == {6: 1}
        assert dict(app.table.asked) == {5: 1}
        assert "image cannot be pulled" in screen_lines(app)[6]


async def test_an_unchanged_row_is_not_repainted() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.table.forget_counts()
        app.table.invalidate()
        await pilot.pause()
        assert not app.table.drawn
        assert set(app.table.asked) == set(range(19))


async def test_an_invisible_row_costs_nothing_until_visible() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("G", "g")
        await pilot.pause()
        app.table.forget_counts()
        app.table.names[99] = "renamed"
        app.table.invalidate([99])
        await pilot.pause()
        assert not app.table.drawn
        assert not app.table.asked
        await pilot.press("G")
        await pilot.pause()
        assert screen_lines(app)[-1].startswith("▌renamed")


async def test_moving_the_cursor_repaints_two_lines() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.table.forget_counts()
        await pilot.press("j")
        await pilot.pause()
        assert dict(app.table.drawn) == {1: 1, 2: 1}
        assert not app.table.asked


async def test_moved_rows_repaint_their_lines() -> None:
    app = stage("abcdef")
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.table.forget_counts()
        app.table.set_order("abcedf")
        await pilot.pause()
        assert dict(app.table.drawn) == {4: 1, 5: 1}
        assert not app.table.asked
        app.table.forget_counts()
        app.table.set_order(list("abcedf"))
        await pilot.pause()
        assert not app.table.drawn


async def test_hover_follows_the_mouse() -> None:
    app = stage("abc")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.hover("#table", offset=(5, 2))
        await pilot.pause()
        assert ground(app, 5, 2) == DARK.hover
        app.table.forget_counts()
        await pilot.hover("#table", offset=(5, 3))
        await pilot.pause()
        assert (ground(app, 5, 2), ground(app, 5, 3)) == (DARK.ground, DARK.hover)
        assert set(app.table.drawn) == {2, 3}
        await pilot.hover("#table", offset=(2, 0))
        await pilot.pause()
        assert style_at(app, 1, 0).underline
        assert ground(app, 5, 3) == DARK.ground


async def test_columns_grow_at_once_and_do_not_shrink() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        app.table.names["a"] = "a-much-longer-name"
        app.table.invalidate(["a"])
        await pilot.pause()
        assert screen_lines(app)[1].startswith("▌a-much-longer-name  3/3")
        app.table.names["a"] = "short"
        app.table.invalidate(["a"])
        await pilot.pause()
        assert screen_lines(app)[1].startswith("▌short               3/3")
        app.table.set_order("ba")
        await pilot.pause()
        assert screen_lines(app)[2].startswith("▌short     3/3")


async def test_a_wider_new_row_moves_all_rows_together() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 6)) as pilot:
        app.table.names[50] = "a-much-longer-name"
        await pilot.pause()
        app.table.scroll_to(y=47, animate=False)
        await pilot.pause()
        assert len({line.find("3/3") for line in screen_lines(app)[1:]}) == 1


async def test_columns_can_be_replaced() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        without_node = tuple(column for column in COLUMNS if column.id != "node")
        app.table._source = lambda key: (*app.table.row(key)[:2], *app.table.row(key)[3:])
        app.table.set_columns((*without_node[:2], Column("why", "REASON", weight=1)))
        await pilot.pause()
        assert screen_lines(app)[0].split() == ["NAME", "READY", "REASON"]
        assert screen_lines(app)[1].split() == ["▌set-a", "3/3", "waits"]


@pytest.mark.parametrize(
    ("placeholder", "shown"),
    [
        (Placeholder("loading 12,000 of 50,000 pods", health=Health.PROGRESSING), ["◐ loading 12,000 of 50,000 pods"]),
        (
            Placeholder("you may not list [statefulsets]", ("ask for the role \x1b[31m view",), Health.DEGRADED),
            ["✖ you may not list [statefulsets]", "ask for the role ␛[31m view"],
        ),
        (Placeholder("no sets"), ["no sets"]),
    ],
)
async def test_an_empty_table_says_why(placeholder: Placeholder, shown: list[str]) -> None:
    app = stage("")
    async with app.run_test(size=(60, 12)) as pilot:
        app.table.placeholder = placeholder
        await pilot.pause()
        assert [line.strip() for line in screen_lines(app)[1:] if line.strip()] == shown
        app.table.set_order("a")
        await pilot.pause()
        assert [line.strip() for line in screen_lines(app)[1:] if line.strip()] == ["▌set-a     3/3    node-1  waits"]


async def test_a_long_reason_is_wrapped() -> None:
    app = stage("")
    async with app.run_test(size=(24, 12)) as pilot:
        app.table.placeholder = Placeholder("you may not list PersistentVolumes in this cluster", health=Health.WARNING)
        await pilot.pause()
        words = " ".join(line.strip() for line in screen_lines(app)[1:] if line.strip())
        assert words == "▲ you may not list PersistentVolumes in this cluster"


async def test_a_theme_change_repaints_cached_rows() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        app.theme = "stsview-light"
        await pilot.pause()
        await wait_for(pilot, lambda: ground(app, 59, 2) == "#fafbfc", "the light ground")
        ready = style_at(app, 11, 2).color
        assert ready is not None
        assert ready.name == "#186a3b"


async def test_the_cursor_bar_is_dim_without_focus() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        app.screen.set_focus(None)
        await pilot.pause()
        bar = style_at(app, 0, 1).color
        assert bar is not None
        assert bar.name == DARK.dim


async def test_without_colour_the_cursor_row_is_bold_with_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = stage("ab")
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        assert screen_lines(app)[1].startswith("▌")
        why = screen_lines(app)[1].index("waits")
        assert style_at(app, why, 1).bold
        assert not style_at(app, why, 2).bold


async def test_a_table_without_a_header() -> None:
    app = stage("ab", header=False)
    async with app.run_test(size=(60, 6)) as pilot:
        await pilot.pause()
        assert screen_lines(app)[0].startswith("▌set-a")
        await pilot.click("#table", offset=(5, 1))
        assert app.table.cursor_key == "b"
