"""A file with every setting, documented."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("example.toml")


def example() -> str:
    """The text of the file: settings have their default values, or are switched off by a leading `#`."""
    return _FILE.read_text(encoding="utf-8")
