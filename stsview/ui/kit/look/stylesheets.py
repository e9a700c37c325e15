"""Paths of the style sheets."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[3]

FIRST = frozenset({"fleet", "key_bar", "roles", "screens", "table"})
"""Names of the style sheets of the fleet."""


def styles_folder() -> Path:
    """The folder of the style sheets: in an installed package, else next to it.

    Resolved from this file: an editable install may leave a stale copy elsewhere on the path. Raises FileNotFoundError
    if neither exists, which means a broken installation.
    """
    for folder in (_PACKAGE / "styles", _PACKAGE.parent / "styles"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no style sheets in {_PACKAGE / 'styles'} nor in {_PACKAGE.parent / 'styles'}")


def stylesheets() -> list[Path]:
    """All style sheets sorted by name, for `App.CSS_PATH`."""
    return sorted(styles_folder().glob("*.tcss"))
