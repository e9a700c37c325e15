from __future__ import annotations

from msgspec.structs import replace

from stsview.text import glyphs
from stsview.ui.kit.commands.help_screen import HelpScreen, help_lines
from stsview.ui.kit.look.roles import plain
from stsview.ui.kit.toast import toast
from tests.support.ui.command_targets import CommandsApp, FleetLike
from tests.support.ui.stage import screen_lines, wait_for


async def test_help_lists_every_key_in_groups() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = [plain(line).rstrip() for line in help_lines(app.screen, 76)]
        headings = [line for line in lines if line and not line.startswith(" ")]
        assert headings == ["This row", "Everywhere", "Move", "Sort"]
        squeezed = [" ".join(line.split()) for line in lines]
        for expected in (
            "enter Open this row",
            "/ Show only the sets that match",
            "N :ns NAME Choose the namespaces to watch",
            "j ↓ Move one row down",
            "M Sort by NAME; again to reverse",
            "? Keys of this screen",
            ": ^p Command palette",
            "q :q Quit stsview",
        ):
            assert expected in squeezed, squeezed


async def test_unavailable_commands_are_absent() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, FleetLike)
        assert any("Scale" in plain(line) for line in help_lines(app.screen, 76))
        app.screen.live = False
        assert not any("Scale" in plain(line) for line in help_lines(app.screen, 76))


async def test_the_last_line_can_be_reached_on_a_small_terminal() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
        await wait_for(pilot, lambda: "Open this row" in "".join(screen_lines(app)), "its first lines")
        assert "Sort by NAME" not in "".join(screen_lines(app))
        for _ in range(8):
            await pilot.press("j")
        await wait_for(pilot, lambda: "Sort by NAME" in "".join(screen_lines(app)), "its last line")
        await pilot.press("g")
        await wait_for(pilot, lambda: "Open this row" in "".join(screen_lines(app)), "its first lines")
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: isinstance(app.screen, FleetLike), "the screen below")


async def test_long_help_is_wrapped_with_indent() -> None:
    app = CommandsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        narrow = [plain(line) for line in help_lines(app.screen, 40)]
        assert all(len(line.rstrip()) <= 40 for line in narrow)
        place = next(number for number, line in enumerate(narrow) if "Choose the" in line)
        assert narrow[place + 1].index("watch") == narrow[place].index("Choose")


async def test_an_ascii_terminal_gets_only_ascii() -> None:
    glyphs.use(replace(glyphs.ASCII, encoding="ascii"))
    app = CommandsApp()
    async with app.run_test(size=(60, 12), notifications=True) as pilot:
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
        toast(app, "日本 ●", title="copied")
        for _ in range(5):
            await pilot.press("j")
        await wait_for(pilot, lambda: "copied" in "".join(screen_lines(app)), "a toast")
        shown = "".join(screen_lines(app))
        assert shown.isascii(), shown
