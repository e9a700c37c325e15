from __future__ import annotations

from textual import events
from textual.widgets import Input

from stsview.ui.kit.commands.palette_screen import PaletteScreen
from tests.support.ui.command_targets import CommandsApp, FleetLike
from tests.support.ui.hostile import harmful
from tests.support.ui.stage import screen_lines, wait_for


def shown(app: CommandsApp) -> str:
    return "\n".join(screen_lines(app))


async def test_a_command_is_run_by_name() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon")
        await wait_for(pilot, lambda: "Choose the namespaces" in shown(app), "all commands")
        assert "Move one row down" not in shown(app)
        await pilot.press(*"scal")
        await wait_for(pilot, lambda: "Choose the namespaces" not in shown(app), "what matches")
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.ran == ["scale"], "scale")
        assert isinstance(app.screen, FleetLike)


async def test_ctrl_p_opens_it_too_and_escape_closes_it() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("ctrl+p")
        await wait_for(pilot, lambda: isinstance(app.screen, PaletteScreen), "the palette")
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, FleetLike), "the screen below")
        assert app.ran == []


async def test_keys_typed_ahead_run_the_typed_command() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.pause()
        for key, character in [("colon", ":"), *((letter, letter) for letter in "namespace"), ("space", " ")]:
            app.post_message(events.Key(key, character))
        for key, character in [("d", "d"), ("a", "a"), ("enter", "\r"), ("enter", "\r")]:
            app.post_message(events.Key(key, character))
        await wait_for(pilot, lambda: app.ran, "the command")
        await pilot.pause()
        assert app.ran == ["namespace da"]
        assert isinstance(app.screen, FleetLike)


async def test_arrows_choose_and_tab_completes() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon", "n", "s", "tab")
        await wait_for(pilot, lambda: app.screen.query_one(Input).value == "ns ", "the completed name")
        await wait_for(pilot, lambda: "ns auth" in shown(app), "the namespaces")
        await pilot.press("down", "down", "up", "enter")
        await wait_for(pilot, lambda: app.ran == ["namespace auth"], "the chosen namespace")


async def test_a_click_chooses_and_one_outside_closes() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon", *"scale")
        await wait_for(pilot, lambda: "Scale the set" in shown(app), "the command")
        await pilot.click("#palette-choices", offset=(3, 0), times=2)
        await wait_for(pilot, lambda: app.ran == ["scale"], "scale")
        await pilot.press("colon")
        await wait_for(pilot, lambda: isinstance(app.screen, PaletteScreen), "the palette")
        await pilot.click(offset=(1, 22))
        await wait_for(pilot, lambda: isinstance(app.screen, FleetLike), "the screen below")


async def test_only_a_moved_cursor_runs_a_similar_command() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon", *"scl", "enter")
        await wait_for(pilot, lambda: 'unknown command "scl"' in shown(app), "the note")
        assert app.ran == []
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: app.ran == ["scale"], "scale")
        await pilot.press("colon", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PaletteScreen)


async def test_a_wrong_argument_is_explained_and_can_be_corrected() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon", *"scale", "space", "9", "enter")
        await wait_for(pilot, lambda: ":scale takes no argument" in shown(app), "the note")
        await pilot.press("backspace", "backspace", "enter")
        await wait_for(pilot, lambda: app.ran == ["scale"], "scale")


async def test_an_unavailable_command_says_why() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24), notifications=True) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, FleetLike)
        app.screen.live = False
        await pilot.press("colon", *"scale")
        await wait_for(pilot, lambda: "the set is asleep" in shown(app), "the reason in the list")
        await pilot.press("enter")
        await wait_for(pilot, lambda: ":scale: the set is asleep" in shown(app), "a toast")
        await pilot.press("s")
        await wait_for(pilot, lambda: " scale: the set is asleep" in shown(app), "a toast for the key")
        assert app.ran == []


async def test_a_guard_is_evaluated_again_when_the_command_runs() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.pause()
        below = app.screen
        assert isinstance(below, FleetLike)
        await pilot.press("colon", *"scale")
        below.live = False
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is below, "the screen below")
        await pilot.pause()
        assert app.ran == []


async def test_a_colon_is_text_in_an_input() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("slash")
        await wait_for(pilot, lambda: isinstance(app.screen.focused, Input), "the filter")
        await pilot.press("n", "s", "colon", "d")
        await wait_for(pilot, lambda: app.screen.query_one(Input).value == "ns:d", "the text")
        assert isinstance(app.screen, FleetLike)


async def test_it_does_not_open_over_a_dialog() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: app.screen.is_modal, "the help")
        await pilot.press("colon")
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert not isinstance(app.screen, PaletteScreen)


async def test_names_from_the_cluster_are_not_parsed() -> None:
    app = CommandsApp()
    async with app.run_test(size=(90, 24)) as pilot:
        await pilot.press("colon", "n", "s", "space")
        await wait_for(pilot, lambda: "ns auth" in shown(app), "the namespaces")
        assert "ns [/" in shown(app)
        assert "ns a[b=c]d␛[2J" in shown(app)
        assert not harmful("".join(screen_lines(app)))
        await pilot.press("[", "down", "tab", "enter")
        await wait_for(pilot, lambda: app.ran == ["namespace [/"], "the odd namespace")
