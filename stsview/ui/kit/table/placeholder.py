"""Placeholder for rows: nothing there, still loading, or not readable."""

from __future__ import annotations

import msgspec

from stsview.model.states import Health
from stsview.text.glyphs import glyph
from stsview.text.terminal_text import safe, width, wrap
from stsview.ui.kit.look.health_roles import role_of
from stsview.ui.kit.look.roles import Role, Spans


class Placeholder(msgspec.Struct, frozen=True):
    """A headline with the glyph of its health, and below it reason and remedy."""

    headline: str
    details: tuple[str, ...] = ()
    health: Health = Health.NEUTRAL

    def lines(self, cells: int) -> list[Spans]:
        """The lines, wrapped to `cells` cells."""
        role = role_of(self.health)
        headline = role.strong if self.health is not Health.NEUTRAL else Role.TEXT
        lines: list[Spans] = []
        sign = f"{glyph(self.health)} " if self.health is not Health.NEUTRAL else ""
        room = max(1, cells - width(sign))
        for number, text in enumerate(wrap(self.headline, room)):
            lines.append(((sign, role), (text, headline)) if number == 0 and sign else ((text, headline),))
        for detail in self.details:
            lines.extend(((text, Role.DIM),) for text in wrap(safe(detail), max(1, cells)))
        return lines
