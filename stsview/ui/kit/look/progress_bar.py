"""Progress bars of one line."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.text.glyphs import active
from stsview.ui.kit.look.roles import Role, Spans


def bar(done: int, of: int, cells: int) -> Spans:
    """A bar of `cells` cells, empty only at the start and full only at the end."""
    filled = round(cells * done / of) if of else 0
    if done and not filled:
        filled = 1
    if done < of and filled == cells:
        filled = cells - 1
    return bar_of_parts(((Role.PROGRESSING, filled), (Role.LINE, cells - filled)))


def bar_of_parts(parts: Sequence[tuple[Role, int]]) -> Spans:
    """A bar of parts, each a role and a number of cells; `LINE` is the empty part."""
    glyphs = active()
    return tuple(
        ((glyphs.bar_rest if role is Role.LINE else glyphs.bar) * cells, role) for role, cells in parts if cells
    )
