from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from stsview.text import glyphs
from stsview.ui.kit.commands.available import available_commands
from stsview.ui.kit.commands.commands import Argument, Command, CommandsMixin, TypedCommand
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.table import VirtualTable


class Base(CommandsMixin, Screen[None]):
    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("scale", ("s",), "scale", "Scale this set", footer=30, guard=lambda screen: screen.live),
        Command("logs", ("l",), "logs", "Read the logs", footer=20),
    )

    live = True

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        yield Input(id="filter")

    def action_scale(self) -> None:
        self.done.append("scale")

    def action_logs(self) -> None:
        self.done.append("logs")

    def action_look(self, namespace: str = "") -> None:
        self.done.append(f"look {namespace}")


class Derived(Base):
    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "look",
            ("n",),
            "look",
            "Look at a namespace",
            typed=TypedCommand(("ns",), Argument("NAME")),
            guard=lambda s: s.live,
        ),
        Command("slash", ("slash",), "filter", "Filter", footer=10, action="logs"),
    )


class Host(CommandsMixin, App[None]):
    ENABLE_COMMAND_PALETTE = False
    OWN_COMMANDS: ClassVar[Sequence[Command]] = (Command("quit", ("q",), "quit", "Leave", group="Everywhere"),)

    def __init__(self, screen: Base) -> None:
        super().__init__()
        self._first = screen

    def get_default_screen(self) -> Screen[Any]:
        return self._first


async def test_a_declared_command_is_bound_to_its_keys() -> None:
    screen = Base()
    async with Host(screen).run_test() as pilot:
        screen.set_focus(None)
        await pilot.press("s", "l")
        await pilot.pause()
        assert screen.done == ["scale", "logs"]
        bound = screen.active_bindings["s"].binding
        assert (bound.description, bound.tooltip, bound.show, bound.id) == ("scale", "Scale this set", True, "scale")


async def test_a_guard_disables_keys_and_hides_the_command() -> None:
    screen = Base()
    async with Host(screen).run_test() as pilot:
        screen.set_focus(None)
        screen.live = False
        await pilot.press("s", "l")
        await pilot.pause()
        assert screen.done == ["logs"]
        assert "s" not in screen.active_bindings
        assert [found.command.id for found in available_commands(screen)] == ["logs", "quit"]


async def test_a_subclass_has_the_commands_of_its_base_and_its_own() -> None:
    screen = Derived()
    async with Host(screen).run_test():
        screen.set_focus(None)
        assert [found.command.id for found in available_commands(screen)] == ["scale", "logs", "look", "slash", "quit"]


def test_a_command_is_declared_once() -> None:
    with pytest.raises(TypeError, match="Twice declares the command 'logs' a second time"):

        class Twice(Base):
            OWN_COMMANDS = (Command("logs", ("L",), "all logs", "Read the logs of all pods"),)


async def test_a_typed_argument_reaches_the_action_unchanged() -> None:
    screen = Derived()
    async with Host(screen).run_test() as pilot:
        screen.set_focus(None)
        look = next(found for found in available_commands(screen) if found.command.id == "look")
        await look.run("it's [b] 'quoted')")
        screen.live = False
        await look.run("too late")
        await pilot.pause()
        assert screen.done == ["look it's [b] 'quoted')"]


async def test_keys_that_are_typed_into_an_input_reach_no_command() -> None:
    screen = Derived()
    async with Host(screen).run_test() as pilot:
        await pilot.pause()
        assert isinstance(screen.focused, Input)
        found = {found.command.id: found.keys for found in available_commands(screen)}
        assert found == {"scale": (), "logs": (), "look": (), "slash": (), "quit": ()}
        screen.set_focus(None)
        found = {found.command.id: found.keys for found in available_commands(screen)}
        assert found == {"scale": ("s",), "logs": ("l",), "look": ("n",), "slash": ("slash",), "quit": ("q",)}


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ctrl+d", "^d"),
        ("slash", "/"),
        ("question_mark", "?"),
        ("colon", ":"),
        ("N", "N"),
        ("escape", "esc"),
        ("enter", "enter"),
        ("pagedown", "pgdn"),
        ("up", "↑"),
        ("shift+tab", "shift-tab"),
        ("f1", "f1"),
        ("space", "space"),
    ],
)
def test_key_names(key: str, shown: str) -> None:
    assert key_name(key) == shown


def test_key_names_in_ascii() -> None:
    glyphs.use(glyphs.ASCII)
    assert key_name("up") == "up"
    assert all(key_name(key).isascii() for command in VirtualTable.OWN_COMMANDS for key in command.keys)
