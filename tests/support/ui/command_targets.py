"""A small app with commands of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from stsview.ui.kit.commands.available import explain, unavailable_for
from stsview.ui.kit.commands.commands import Argument, Command, CommandsMixin, TypedCommand, Unavailable
from stsview.ui.kit.commands.help_screen import HelpScreen
from stsview.ui.kit.commands.key_bar import KeyBar
from stsview.ui.kit.commands.palette_command import PALETTE
from stsview.ui.kit.commands.palette_screen import open_palette
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.roles import Role, RolesApp
from stsview.ui.kit.look.stylesheets import stylesheets
from stsview.ui.kit.look.themes import use_themes
from stsview.ui.kit.table import Column, VirtualTable


class FleetLike(CommandsMixin, Screen[None]):
    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command("filter", ("slash",), "filter", "Show only the sets that match", footer=80),
        Command(
            "namespace",
            ("N",),
            "namespace",
            "Choose the namespaces to watch",
            footer=70,
            short="ns",
            typed=TypedCommand(("ns", "namespace"), Argument("NAME", lambda screen: screen.namespaces)),
        ),
        Command(
            "scale",
            ("s",),
            "scale",
            "Scale the set",
            footer=30,
            guard=lambda screen: screen.live or Unavailable("the set is asleep"),
        ),
    )

    live = True
    namespaces = ("auth", "data", "[/", "a[b=c]d\x1b[2J")

    def compose(self) -> ComposeResult:
        table: VirtualTable[str] = VirtualTable(
            (Column("name", "NAME", sortable=True, shortcut="M"),), lambda key: (((key, Role.STRONG),),)
        )
        table.set_order(("kafka", "vault"))
        yield table
        yield Input(id="filter", disabled=True, compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def action_filter(self) -> None:
        line = self.query_one(Input)
        line.disabled = False
        line.focus()

    def action_namespace(self, name: str = "") -> None:
        self.app.ran.append(f"namespace {name}".strip())  # type: ignore[attr-defined]

    def action_scale(self) -> None:
        self.app.ran.append("scale")  # type: ignore[attr-defined]

    def on_row_selected(self) -> None:
        self.app.ran.append("open")  # type: ignore[attr-defined]


class CommandsApp(CommandsMixin, RolesApp[None]):
    CSS_PATH: ClassVar[Any] = stylesheets()
    CSS = "VirtualTable { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "help", ("question_mark",), "help", "Keys of this screen", group="Everywhere", footer=Rank.HELP, short=""
        ),
        PALETTE,
        Command("quit", ("q",), "quit", "Quit stsview", group="Everywhere", typed=TypedCommand(("q", "quit"))),
    )

    def __init__(self) -> None:
        super().__init__()
        use_themes(self)
        self.ran: list[str] = []

    def get_default_screen(self) -> Screen[Any]:
        return FleetLike()

    def on_key(self, event: events.Key) -> None:
        unavailable = unavailable_for(self.screen, event.key)
        if unavailable is not None:
            explain(unavailable)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self.screen))

    async def action_palette(self) -> None:
        await open_palette(self)

    async def action_quit(self) -> None:
        self.ran.append("quit")
