"""The files that are read instead of a cluster; what reads them is imported when they are opened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from stsview.live.files.file_source import FileSource
    from stsview.model.settings import ModelSettings


class FileTarget(msgspec.Struct, frozen=True):
    """Files to read instead of a cluster."""

    paths: tuple[str, ...]
    at: datetime | None = None
    """The instant that counts as now; None: the newest time in the files."""
    namespaces: tuple[str, ...] = ()
    """Empty: all."""

    @property
    def name(self) -> str:
        """What stands for the context: the name of the file, or of the first."""
        from stsview.live.files.documents import STANDARD_INPUT

        first = self.paths[0]
        name = "standard input" if first == STANDARD_INPUT else Path(first).name or first
        others = len(self.paths) - 1
        return f"{name} and {others} more" if others else name

    def open(self, settings: ModelSettings) -> FileSource:
        """Read the files. Raises `CannotStart`."""
        from stsview.live.files.file_objects import FileObjects
        from stsview.live.files.file_source import FileSource

        return FileSource(FileObjects.read(self.paths, self.at), settings, self.name, self.namespaces)
