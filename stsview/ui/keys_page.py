"""`docs/keys.md`, generated from the declarations of the commands.

`python -m stsview.ui.keys_page > docs/keys.md`
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from stsview.ui.app import StsviewApp
from stsview.ui.changes.change_commands import ActionCommands, PodActionCommands, SetActionCommands
from stsview.ui.changes.recreate_commands import RecreateCommands
from stsview.ui.changes.rollout_commands import RolloutCommands
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.forwards.forwards_screen import ForwardsScreen
from stsview.ui.inspect.inspect_commands import InspectCommands
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.inspect.names.names_screen import NamesScreen
from stsview.ui.inspect.object_screen import ObjectScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from stsview.ui.inspect.text_screen import TextScreen
from stsview.ui.inspect.usage.usage_screen import UsageScreen
from stsview.ui.inspect.yaml_screen import YamlScreen
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.commands.keys import key_name
from stsview.ui.kit.table import VirtualTable
from stsview.ui.kit.table.virtual_table import SORT_COMMAND
from stsview.ui.nodes.nodes_screen import NodesScreen
from stsview.ui.replay.replay_app import ReplayApp
from stsview.ui.replay.timeline_screen import TimelineScreen
from stsview.ui.set.set_screen import SetScreen

_HEAD = """\
# Keys and commands

Generated from the commands: renew it with `make docs`. `?` lists those of the screen you are on.

`^r` is Ctrl-R. A `:command` runs by one of its names, or by the beginning of one that no other command has. Its
argument is optional. The arrow keys select a command from the list instead. A command that cannot run now says why.
"""

_SECTIONS: tuple[tuple[str, tuple[type[CommandsMixin], ...]], ...] = (
    ("On every screen", (StsviewApp,)),
    ("Changes to a set", (ActionCommands, SetActionCommands, RecreateCommands, RolloutCommands)),
    ("Changes to a pod, on the screen of a set", (PodActionCommands,)),
    ("Views of a set or pod", (InspectCommands,)),
    ("Tables", (VirtualTable,)),
    ("Fleet", (FleetScreen,)),
    ("Set", (SetScreen,)),
    ("Findings", (FindingsScreen,)),
    ("Nodes", (NodesScreen,)),
    ("Logs, YAML, describe", (TextScreen,)),
    ("Logs", (LogScreen,)),
    ("YAML, describe", (ObjectScreen, YamlScreen)),
    ("Events", (EventsScreen,)),
    ("Revisions", (RevisionsScreen,)),
    ("Names", (NamesScreen,)),
    ("Usage", (UsageScreen,)),
    ("Forwarded ports", (ForwardsScreen,)),
    ("Recording, on every screen of a replay", (ReplayApp,)),
    ("Time line of a recording", (TimelineScreen,)),
)


def page() -> str:
    return "\n".join([_HEAD, *(line for heading, owners in _SECTIONS for line in _section(heading, owners))]) + "\n"


def _section(heading: str, owners: tuple[type[CommandsMixin], ...]) -> Iterator[str]:
    yield f"## {heading}\n"
    yield "| key | command | does |"
    yield "| --- | --- | --- |"
    for owner in owners:
        # Some commands are declared twice, with ranks for different screens.
        yield from dict.fromkeys(_row(command) for command in owner.__dict__.get("OWN_COMMANDS", ()))
    if VirtualTable in owners:
        # Each table has it once it has columns to sort by.
        yield _row(SORT_COMMAND)
    yield ""


def _row(command: Command) -> str:
    keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
    typed = ""
    if command.typed is not None:
        _, *others = command.typed.names
        typed = f"`{command.typed.form}`" + "".join(f" `:{name}`" for name in others)
    cells = (cell.replace("|", r"\|") for cell in (keys, typed, command.help))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
