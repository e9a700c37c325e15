"""Adds the manual pages to the wheel, as the parser of the same source describes the commands."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPages(BuildHookInterface):
    """Writes the pages into a folder of its own, from which the wheel takes them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # The parser imports nothing but the standard library, so the build needs no package of stsview's.
        sys.path.insert(0, self.root)
        try:
            from stsview.cli.output.man_pages import write_pages
        finally:
            sys.path.remove(self.root)
        self._folder = tempfile.TemporaryDirectory(prefix="stsview-")
        for page in write_pages(Path(self._folder.name)):
            build_data["shared_data"][str(page)] = f"share/man/man1/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self._folder.cleanup()
