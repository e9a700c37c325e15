"""What is chosen on the screens, and can be kept in the configuration file: theme, columns and orders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from stsview.config import Configuration, FleetConfiguration, SetConfiguration


class KeptSettings:
    """The settings of the file, and those that screens begin with from now on."""

    def __init__(self, configuration: Configuration | None, path: Path | None) -> None:
        """`path` is where they can be kept; None: nowhere."""
        self._written = configuration or Configuration()
        self._path = path
        self.theme = self._written.theme
        """The theme that was chosen on the screen, else that of the file: not one that suits the terminal."""
        self.fleet = self._written.fleet
        self.set = self._written.set

    def note_columns(self, arrangement: FleetConfiguration | SetConfiguration) -> None:
        """Remember the columns of a table for the screens that are opened later; each begins with the order it had."""
        if isinstance(arrangement, FleetConfiguration):
            self.fleet = msgspec.structs.replace(self.fleet, columns=arrangement.columns)
        else:
            self.set = msgspec.structs.replace(self.set, columns=arrangement.columns)

    def changes(self) -> dict[str, dict[str, Any]]:
        """What differs from the file, by table and key, as `stsview.config.writing.keep` takes it."""
        found: dict[str, dict[str, Any]] = {}
        if self.theme != self._written.theme:
            found[""] = {"theme": self.theme}
        for table, now, before in (("fleet", self.fleet, self._written.fleet), ("set", self.set, self._written.set)):
            values: dict[str, Any] = {}
            if now.columns != before.columns:
                values["columns"] = list(now.columns) or None
            if now.sort != before.sort:
                values["sort"] = now.sort
            if values:
                found[table] = values
        return found

    async def keep(self, shown: Iterable[FleetConfiguration | SetConfiguration]) -> str:
        """Write what differs into the file; returns what was kept, for the user.

        `shown` are columns and orders of the tables that are open.

        Raises `stsview.config.BadConfiguration` if it cannot be written.
        """
        # Writing is rare, and what it takes is imported in a tenth of a second.
        from stsview.config.reading import BadConfiguration
        from stsview.config.writing import keep

        if self._path is None:
            raise BadConfiguration("this dashboard has no configuration file")
        for arrangement in shown:
            if isinstance(arrangement, FleetConfiguration):
                self.fleet = arrangement
            else:
                self.set = arrangement
        changes = self.changes()
        names = ", ".join(f"{table}.{key}" if table else key for table, keys in changes.items() for key in keys)
        if not changes:
            return f"nothing differs from {self._path}"
        await asyncio.to_thread(keep, self._path, changes)
        self._written = msgspec.structs.replace(self._written, theme=self.theme, fleet=self.fleet, set=self.set)
        return f"{names}: kept in {self._path}"
