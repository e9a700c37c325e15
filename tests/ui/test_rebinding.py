"""Keys of the configuration: wherever a key works or is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from stsview.config import Configuration, load
from stsview.model.action_id import ActionId
from stsview.model.finding import Danger, Finding, Level, Ref, Remedy
from stsview.ui.app_commands import APP_COMMANDS, NOT_ON_TEXTS
from stsview.ui.findings.explain_screen import ExplainScreen
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.kit.commands.help_screen import HelpScreen
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.keymap import use_keymap
from stsview.ui.kit.commands.palette_screen import PaletteScreen
from stsview.ui.kit.first_keys import FirstKeys
from stsview.ui.kit.live.empty_states import no_match
from stsview.ui.kit.look.roles import plain
from stsview.ui.kit.widgets.filter_bar import FilterInput
from stsview.ui.kit.widgets.span_lines import SpanLines
from stsview.ui.nodes.nodes_screen import NodesScreen
from tests.support.ui.driver import Driver, driving
from tests.support.ui.fake_actions import FakeActions
from tests.support.ui.fake_live import FakeSource
from tests.support.ui.fleets import fleet_of, kafka

KEYS = """[keys]
events = "y"
yaml = "e"
nodes = "m"
triage = "v"
fix = "f5"
logs = ["ctrl+l", "l"]
leave = "Q"
back = ["b", "esc"]
clear_filter = ["b", "esc"]
help = "H"
palette = ";"
cursor_down = "z"
down = "z"
sort_name = "M"
namespaces = []
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Iterator[Configuration]:
    path = tmp_path / "config.toml"
    path.write_text(KEYS)
    yield load(str(path))
    use_keymap({})


def bar(driver: Driver) -> str:
    return driver.app.screen.query_one(KeyBar).text


async def test_keys_work_and_the_old_ones_do_not(configuration: Configuration) -> None:
    async with driving(configuration=configuration, size=(120, 36)) as driver:
        first = driver.cursor
        await driver.press("j")
        assert driver.cursor == first
        await driver.press("z")
        assert driver.cursor != first
        await driver.press("n", "N", "f")
        assert driver.app.screen is driver.fleet
        await driver.press("m")
        assert isinstance(driver.app.screen, NodesScreen)
        await driver.press("b")
        await driver.press("v")
        assert isinstance(driver.app.screen, FindingsScreen)
        await driver.press("b", "y")
        assert isinstance(driver.app.screen, EventsScreen)
        await driver.press("b", "ctrl+l")
        assert isinstance(driver.app.screen, LogScreen)
        await driver.press("Q")
        await driver.sees("Q again to quit, b to go back")
        await driver.press("b", "M")
        assert driver.names == sorted(driver.names)


async def test_keys_are_shown_wherever_keys_are(configuration: Configuration, tmp_path: Path) -> None:
    first_keys = FirstKeys(tmp_path / "used")
    remedy = Remedy("wake it", Danger.REVERSIBLE, ActionId.RECONCILE)
    about = Ref("StatefulSet", "data", "kafka", "u")
    finding = Finding("controller-stuck", Level.ERROR, about, "stuck", None, (), remedies=(remedy,))
    source = FakeSource(fleet_of(replace(kafka(), findings=(finding,))))
    options = {"configuration": configuration, "action_service": FakeActions(), "first_keys": first_keys}
    async with driving(source, size=(160, 36), **options) as driver:  # type: ignore[arg-type]
        assert "In an incident:  enter open  ·  v findings  ·  f5 fix  ·  ^l logs  ·  H help" in driver.text
        for words in ("f5 fix", "y events", "^l log", "v findings", "H help"):
            assert words in bar(driver)
        assert "f5 1 " in driver.text, "the steps of the findings name the key that takes them"
        await driver.press("H")
        await driver.press("H", "v", "j", "w")
        assert isinstance(driver.app.screen, ExplainScreen)
        assert "f5 fix" in bar(driver)
        assert "f5 1 " in driver.text
        await driver.press("t")
        assert isinstance(driver.app.screen, ExplainScreen)
        await driver.press("f5")
        await driver.sees("wake it")
        await driver.press("escape", "b", "H")
        listed = help_of(driver)
        for words in ("^l l ", "  :ns ", "  m  "):
            assert words in listed
        await driver.press("H")
        assert driver.names, "the fleet is back"
        await driver.press("semicolon")
        assert isinstance(driver.app.screen, PaletteScreen)
        await driver.type("yaml")
        row = next(line for line in driver.lines if ":yaml" in line and "object" in line)
        assert row.rstrip("│ ").endswith(" e")
        await driver.press("escape")
        assert no_match("x", 3).details == ("press b to clear the filter",)


def help_of(driver: Driver) -> str:
    """The whole text of the help, which is open."""
    screen = driver.app.screen
    assert isinstance(screen, HelpScreen)
    return "\n".join(plain(line) for line in screen.query_one(SpanLines).lines)


async def test_letters_stay_letters_where_text_is_typed(configuration: Configuration) -> None:
    async with driving(configuration=configuration) as driver:
        await driver.press("slash")
        await driver.type("zbmyvQH")
        assert driver.app.screen.query_one(FilterInput).value == "zbmyvQH"


async def test_dialogs_keep_their_keys(configuration: Configuration) -> None:
    async with driving(configuration=configuration) as driver:
        await driver.press("vertical_line")
        before = driver.text
        await driver.press("z", "b", "m")
        assert driver.text == before
        await driver.press("j", "space", "q")
        assert driver.app.screen is driver.fleet
        await driver.press("vertical_line", "H")
        assert isinstance(driver.app.screen, HelpScreen), "help is a key of the app over dialogs too"


def test_the_scope_is_not_chosen_on_texts() -> None:
    screen = SimpleNamespace(is_text=True, is_modal=False, focused=None, is_mounted=True)
    app = SimpleNamespace(screen=screen, screen_stack=[])
    app.app = app
    named = [command for command in APP_COMMANDS if command.id in NOT_ON_TEXTS]
    assert len(named) == len(NOT_ON_TEXTS)
    assert not any(command.availability(app) for command in named)
