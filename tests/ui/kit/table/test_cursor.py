from __future__ import annotations

from textual import events

from stsview.ui.kit.table import HeaderClicked, RowHighlighted, RowSelected
from tests.support.ui.stage import screen_lines, wait_for
from tests.support.ui.table import TableStage, stage


def cursor_line(app: TableStage) -> int:
    """The screen line with the cursor bar."""
    return next(y for y, line in enumerate(screen_lines(app)) if line.startswith("▌"))


async def test_keys_move_the_cursor() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 10)) as pilot:
        for key, expected in [
            ("up", 0),
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("pagedown", 8),
            ("ctrl+f", 16),
            ("pageup", 8),
            ("ctrl+b", 0),
            ("G", 99),
            ("j", 99),
            ("pageup", 91),
            ("home", 0),
            ("end", 99),
            ("g", 0),
        ]:
            await pilot.press(key)
            await pilot.pause()
            assert app.table.cursor_key == expected, key
            assert screen_lines(app)[cursor_line(app)].startswith(f"▌set-{expected} "), key


async def test_enter_opens_the_object_under_the_cursor() -> None:
    app = stage("abc")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("j", "enter")
        await wait_for(pilot, lambda: len(app.messages) >= 3, "highlighted twice, selected once")
        first, second, third = app.messages
        assert isinstance(first, RowHighlighted)
        assert (first.key, first.by_user) == ("a", False)
        assert isinstance(second, RowHighlighted)
        assert (second.key, second.by_user) == ("b", True)
        assert isinstance(third, RowSelected)
        assert third.key == "b"
        assert third.control is app.table


async def test_enter_in_an_empty_table_does_nothing() -> None:
    app = stage("")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("enter", "j", "G", "pagedown")
        await pilot.pause()
        assert app.table.cursor_key is None
        assert not app.messages


async def test_the_cursor_stays_on_its_object_when_rows_move() -> None:
    app = stage("abcdef")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("j", "j")
        await pilot.pause()
        app.messages.clear()
        app.table.set_order("fedcba")
        await pilot.pause()
        assert app.table.cursor_key == "c"
        assert screen_lines(app)[cursor_line(app)].startswith("▌set-c ")
        assert not app.messages


async def test_the_cursor_moves_to_the_neighbour_of_a_removed_row() -> None:
    app = stage("abcd")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.press("j")
        await pilot.pause()
        app.messages.clear()
        app.table.set_order("acd")
        await wait_for(pilot, lambda: app.messages, "a message")
        (message,) = app.messages
        assert isinstance(message, RowHighlighted)
        assert (message.key, message.by_user) == ("c", False)
        app.table.set_order("")
        await pilot.pause()
        assert app.table.cursor_key is None


async def test_the_cursor_keeps_its_line_when_rows_are_added_above() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 12)) as pilot:
        app.table.move_cursor(50)
        await pilot.press("k", "k", "k")
        await pilot.pause()
        line = cursor_line(app)
        app.table.set_order([*range(1000, 1030), *range(100)])
        await pilot.pause()
        assert app.table.cursor_key == 47
        assert cursor_line(app) == line


async def test_at_the_top_the_view_stays_while_the_cursor_is_visible() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("j")
        app.table.set_order([1000, *range(100)])
        await pilot.pause()
        assert screen_lines(app)[1].startswith(" set-1000 ")
        assert app.table.cursor_key == 1
        assert cursor_line(app) == 3


async def test_an_invisible_cursor_does_not_scroll_the_view() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 12)) as pilot:
        app.table.scroll_to(y=40, animate=False)
        await pilot.pause()
        app.table.set_order([1000, *range(100)])
        await pilot.pause()
        assert app.table.cursor_key == 0
        assert screen_lines(app)[1].startswith(" set-39 ")


async def test_move_cursor_scrolls_into_view() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.table.move_cursor(70)
        await pilot.pause()
        assert screen_lines(app)[cursor_line(app)].startswith("▌set-70 ")
        app.table.move_cursor(5000)
        assert app.table.cursor_key == 70


async def test_a_resize_keeps_the_cursor_visible() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 30)) as pilot:
        app.table.move_cursor(25)
        await pilot.resize_terminal(60, 8)
        await wait_for(pilot, lambda: app.table.size.height == 8, "the new height")
        await pilot.pause()
        assert screen_lines(app)[cursor_line(app)].startswith("▌set-25 ")


async def test_a_click_selects_and_a_double_click_opens() -> None:
    app = stage("abcdef")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.click("#table", offset=(5, 3))
        await pilot.pause()
        assert app.table.cursor_key == "c"
        assert not [message for message in app.messages if isinstance(message, RowSelected)]
        await pilot.click("#table", offset=(5, 4), times=2)
        await wait_for(pilot, lambda: isinstance(app.messages[-1], RowSelected), "the row opens")
        assert app.messages[-1].key == "d"  # type: ignore[union-attr]


def click(app: TableStage, y: int, chain: int) -> None:
    """A click on line `y` that Textual counts as the second, third … of a chain."""
    app.table.on_click(events.Click(app.table, 5, y, 0, 0, 1, False, False, False, 5, y, chain=chain))


async def test_a_double_click_opens_nothing_if_the_rows_moved_between_the_clicks() -> None:
    app = stage("abcdef")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        click(app, 2, 1)
        app.table.set_order("badcfe")
        click(app, 2, 2)
        await pilot.pause()
        assert app.table.cursor_key == "a"
        assert not [message for message in app.messages if isinstance(message, RowSelected)]
        click(app, 2, 3)
        await pilot.pause()
        assert [message.key for message in app.messages if isinstance(message, RowSelected)] == ["a"]


async def test_a_click_below_the_last_row_does_nothing() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        app.messages.clear()
        await pilot.click("#table", offset=(5, 7), times=2)
        await pilot.pause()
        assert app.table.cursor_key == "a"
        assert not app.messages


async def test_a_click_on_a_title_and_its_shortcut_request_sorting() -> None:
    app = stage("ab")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        app.messages.clear()
        await pilot.click("#table", offset=(2, 0))
        await pilot.press("R")
        await pilot.click("#table", offset=(19, 0))
        await wait_for(pilot, lambda: len(app.messages) >= 2, "two messages")
        await pilot.pause()
        assert [(type(heard), heard.column) for heard in app.messages] == [  # type: ignore[union-attr]
            (HeaderClicked, "name"),
            (HeaderClicked, "ready"),
        ]


async def test_row_at_and_column_at() -> None:
    app = stage(range(100))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        app.table.scroll_to(y=10, animate=False)
        await pilot.pause()
        assert [app.table.row_at(y) for y in (0, 1, 9, 10)] == [None, 10, 18, None]
        columns = [app.table.column_at(x) for x in (0, 1, 10, 12)]
        assert [column.id if column else None for column in columns] == [None, "name", "name", "ready"]


async def test_the_screen_labels_enter() -> None:
    app = stage("ab", open_label="look inside")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        bound = app.screen.active_bindings["enter"]
        assert (bound.binding.description, bound.binding.show) == ("look inside", True)
    app = stage("ab", open_label="")
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert not app.screen.active_bindings["enter"].binding.show
