"""The command that opens the palette, whose screen is imported when it is opened."""

from __future__ import annotations

from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.commands.typing import not_typing

PALETTE = Command(
    "palette",
    ("colon", "ctrl+p"),
    "command",
    "Command palette",
    group="Everywhere",
    footer=Rank.PALETTE,
    guard=not_typing,
    # The app handles a priority key before it reads the next one: text typed right after the colon must not reach the
    # screen below.
    priority=True,
    palette=False,
    short="cmd",
)
"""A command of the app, whose `action_palette` awaits `palette_screen.open_palette`."""
