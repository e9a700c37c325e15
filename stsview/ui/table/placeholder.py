"""What a table shows in place of rows: nothing there, still reading, or cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from stsview.model.views import Tone
from stsview.ui.glyphs import glyph
from stsview.ui.roles import Role, Spans
from stsview.ui.text import safe, width, wrap
from stsview.ui.tones import role_of


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A headline with the glyph of its tone, and lines of detail below it: the reason, and what can be done."""

    headline: str
    details: tuple[str, ...] = ()
    tone: Tone = Tone.QUIET

    def lines(self, cells: int) -> list[Spans]:
        """The lines, wrapped so that each fits in `cells` cells."""
        role = role_of(self.tone)
        headline = role.strong if self.tone is not Tone.QUIET else Role.TEXT
        lines: list[Spans] = []
        sign = f"{glyph(self.tone)} " if self.tone is not Tone.QUIET else ""
        room = max(1, cells - width(sign))
        for number, text in enumerate(wrap(self.headline, room)):
            lines.append(((sign, role), (text, headline)) if number == 0 and sign else ((text, headline),))
        for detail in self.details:
            lines.extend(((text, Role.DIM),) for text in wrap(safe(detail), max(1, cells)))
        return lines
