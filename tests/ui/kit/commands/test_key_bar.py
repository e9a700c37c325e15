from __future__ import annotations

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from stsview.live.snapshot import Link, PictureHealth
from stsview.ui.kit.commands.key_bar import Entry, KeyBar, lay_out_keys
from stsview.ui.kit.look.themes import DARK
from stsview.ui.kit.table import VirtualTable
from tests.support.ui.command_targets import CommandsApp, FleetLike
from tests.support.ui.driver import driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.hostile import texts
from tests.support.ui.stage import screen_lines, style_at, wait_for

WHOLE = " / filter   N namespace   s scale   enter open   : command   ? help"


def key_bar_text(app: CommandsApp) -> str:
    return screen_lines(app)[-1].rstrip()


async def test_the_key_bar_lists_keys_in_declared_order() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await wait_for(pilot, lambda: key_bar_text(app) == WHOLE, "the key bar")
        key, label = style_at(app, 1, 9), style_at(app, 7, 9)
        assert key.color is not None
        assert label.color is not None
        assert (key.color.name, key.bold) == (DARK.accent, True)
        assert (label.color.name, bool(label.bold)) == (DARK.dim, False)


async def test_a_narrow_bar_shrinks_gaps_then_labels_then_drops_the_lowest_ranks() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        for cells, text in (
            (64, " / filter  N namespace  s scale  enter open  : command  ? help"),
            (60, " / filter  N namespace  s scale  enter open  : cmd  ? help"),
            (56, " / filter  N ns  s scale  enter open  : command  ? help"),
            (48, " / filter  N ns  s scale  enter open  : cmd  ?"),
            (26, " / filter  N ns  ? help"),
            (3, " ?"),
            (80, WHOLE),
        ):
            await pilot.resize_terminal(cells, 10)
            await wait_for(pilot, partial(lambda expected: key_bar_text(app) == expected, text), text)


async def test_the_key_bar_follows_guards_and_focus() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await wait_for(pilot, lambda: key_bar_text(app) == WHOLE, "the key bar")
        assert isinstance(app.screen, FleetLike)
        app.screen.live = False
        app.screen.refresh_bindings()
        await wait_for(pilot, lambda: "scale" not in key_bar_text(app), "no scale")
        await pilot.press("slash")
        await wait_for(pilot, lambda: not key_bar_text(app), "no key while one types")
        app.screen.query_one(VirtualTable).focus()
        await wait_for(pilot, lambda: "/ filter" in key_bar_text(app), "the keys again")


async def test_the_key_bar_keeps_its_text_below_a_dialog() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await wait_for(pilot, lambda: key_bar_text(app) == WHOLE, "the key bar")
        below = app.screen.query_one(KeyBar)
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: app.screen.is_modal, "the help")
        await pilot.pause()
        assert below.text == WHOLE


async def test_a_click_runs_the_command() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await wait_for(pilot, lambda: key_bar_text(app) == WHOLE, "the key bar")
        await pilot.click(KeyBar, offset=(WHOLE.index("s scale"), 0))
        await pilot.click(KeyBar, offset=(WHOLE.index("enter") + 7, 0))
        await wait_for(pilot, lambda: app.ran == ["scale", "open"], "both were run")
        await pilot.click(KeyBar, offset=(79, 0))
        await pilot.click(KeyBar, offset=(WHOLE.index("N") - 2, 0))
        await pilot.pause()
        assert app.ran == ["scale", "open"]


async def test_the_label_under_the_mouse_is_highlighted_with_a_tooltip() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 10)) as pilot:
        await wait_for(pilot, lambda: key_bar_text(app) == WHOLE, "the key bar")
        await pilot.hover(KeyBar, offset=(WHOLE.index("scale"), 0))
        await pilot.pause()
        label = style_at(app, WHOLE.index("scale"), 9).color
        assert label is not None
        assert label.name == DARK.bright
        assert str(app.screen.query_one(KeyBar).tooltip) == "Scale the set"


ENTRIES = st.builds(Entry, texts(5), texts(8), st.integers(1, 5), texts(4))


@given(st.lists(ENTRIES, max_size=8), st.integers(0, 80))
@settings(max_examples=50)
def test_kept_entries_fit_and_outrank_dropped_ones(entries: list[Entry], room: int) -> None:
    placed = lay_out_keys(entries, room)
    ends = [place.x + place.width for place in placed]
    assert all(place.x - end >= 2 for place, end in zip(placed[1:], ends, strict=False))
    assert not placed or ends[-1] <= room
    kept = {place.index for place in placed}
    gone = set(range(len(entries))) - kept
    assert all(entries[lost].rank <= entries[index].rank for lost in gone for index in kept)
    assert [entries[place.index].rank for place in placed] == sorted(
        (entries[place.index].rank for place in placed), reverse=True
    )


async def test_changes_are_offered_once_the_data_is_live() -> None:
    """Also where nothing but the connection changes then: no row, and not the cursor."""
    source = FakeSource(health=PictureHealth(Link.LOADING))
    async with driving(source, action_service=FakeActions()) as driver:
        bar = driver.app.screen.query_one(KeyBar)
        assert "scale" not in bar.text
        source.set_health(PictureHealth(Link.LIVE))
        await wait_for(driver.pilot, lambda: "scale" in bar.text, "changes are offered")
