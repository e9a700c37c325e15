"""The commands with their usual keys, by screen, for `stsview.config.keys`.

`python -m stsview.ui.command_table > stsview/config/commands.json`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from stsview.ui.app import StsviewApp
from stsview.ui.app_commands import APP_COMMANDS, NOT_ON_TEXTS
from stsview.ui.findings.findings_screen import FindingsScreen
from stsview.ui.fleet.fleet_cells import COLUMNS as FLEET_COLUMNS
from stsview.ui.fleet.fleet_screen import FleetScreen
from stsview.ui.inspect.describe_screen import DescribeScreen
from stsview.ui.inspect.events.events_screen import EventsScreen
from stsview.ui.inspect.exec.command_screen import CommandScreen
from stsview.ui.inspect.forwards.forwards_screen import ForwardsScreen
from stsview.ui.inspect.logs.log_screen import LogScreen
from stsview.ui.inspect.names.names_screen import NamesScreen
from stsview.ui.inspect.revisions_screen import RevisionsScreen
from stsview.ui.inspect.usage.usage_screen import UsageScreen
from stsview.ui.inspect.yaml_screen import YamlScreen
from stsview.ui.kit.commands.commands import Command, CommandsMixin
from stsview.ui.kit.pager.pager import Pager
from stsview.ui.kit.table import VirtualTable
from stsview.ui.nodes.nodes_screen import NodesScreen
from stsview.ui.replay.timeline_screen import TimelineScreen
from stsview.ui.set.ordinal_cells import ALL_COLUMNS as SET_COLUMNS
from stsview.ui.set.ordinal_table import OrdinalTable
from stsview.ui.set.set_screen import SetScreen

_OPEN, _SCOPE = "open", "not on texts"
_SORTS = {"fleet": FLEET_COLUMNS, "set": SET_COLUMNS}

SCREENS: dict[str, tuple[type[CommandsMixin], ...]] = {
    "the fleet": (FleetScreen, VirtualTable),
    "a set": (SetScreen, OrdinalTable),
    "the findings": (FindingsScreen, VirtualTable),
    "the nodes": (NodesScreen, VirtualTable),
    "logs": (LogScreen, Pager),
    "YAML": (YamlScreen, Pager),
    "describe": (DescribeScreen, Pager),
    "the output of a command": (CommandScreen, Pager),
    "events": (EventsScreen, VirtualTable),
    "revisions": (RevisionsScreen, VirtualTable, Pager),
    "names": (NamesScreen, VirtualTable),
    "usage": (UsageScreen, VirtualTable),
    "forwarded ports": (ForwardsScreen, VirtualTable),
    "the time line of a recording": (TimelineScreen, VirtualTable),
}
"""The classes whose commands each screen has, without those of the app."""


def table() -> dict[str, Any]:
    """The commands by the name of the class that declares them, and the names of these classes by screen."""
    owners: dict[str, list[dict[str, Any]]] = {}
    screens: dict[str, list[str]] = {}
    for screen, classes in SCREENS.items():
        names: list[str] = []
        all_of_them: tuple[type[Any], ...] = (StsviewApp, *classes)
        for cls in all_of_them:
            for base in cls.__mro__:
                if own := base.__dict__.get("OWN_COMMANDS", ()):
                    owners[base.__name__] = [_entry(command) for command in own if command.id not in NOT_ON_TEXTS]
                    names.append(base.__name__)
            if issubclass(cls, VirtualTable):
                owners[_OPEN] = [{"id": "open", "keys": ["enter"], "help": "Open this row"}]
                names.append(_OPEN)
        for kind, columns in _SORTS.items():
            if screen.endswith(kind):
                owners[f"order of {kind}"] = list(_sorts(columns))
                names.append(f"order of {kind}")
        if not getattr(classes[0], "is_text", False):
            owners[_SCOPE] = [_entry(command) for command in APP_COMMANDS if command.id in NOT_ON_TEXTS]
            names.append(_SCOPE)
        screens[screen] = list(dict.fromkeys(names))
    return {"owners": owners, "screens": screens}


def _entry(command: Command) -> dict[str, Any]:
    return {"id": command.id, "keys": list(command.keys), "help": command.help}


def _sorts(columns: Any) -> Iterator[dict[str, Any]]:
    for column in columns:
        if column.sortable and column.shortcut:
            help_ = f"Sort by {column.title}; again to reverse"
            yield {"id": f"sort_{column.id}", "keys": [column.shortcut], "help": help_}


def page() -> str:
    return json.dumps(table(), indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
