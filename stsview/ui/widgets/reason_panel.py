"""Why a set is as it is, in a frame in the colour of how bad that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from stsview.model.views import SetView, Tone
from stsview.ui.presentation.peek import LABEL_CELLS, reasons
from stsview.ui.presentation.reason import Reason
from stsview.ui.presentation.wrapping import wrap_at_most
from stsview.ui.roles import Role, Spans
from stsview.ui.tones import tone_of
from stsview.ui.widgets.panel import Panel

_INDENT = 2

_MOST_LINES = 8
"""A part that is longer is cropped: messages of admission webhooks know no bounds."""


class ReasonPanel(Panel):
    """Headline, because, so, next."""

    def __init__(
        self,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._reasons: tuple[Reason, ...] = ()

    def tell(self, view: SetView, now: datetime, title: str) -> None:
        """Show why `view` is as it is; `title` stands in the frame."""
        self.say(title, tone_of(view.severity), reasons(view, now, self._zone))

    def say(self, title: str, tone: Tone, told: Sequence[Reason]) -> None:
        """Show these explanations in a frame of that tone."""
        self._reasons = tuple(told)
        self.frame(title, tone)
        self.show([line for reason in self._reasons for line in _flat(reason)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        """Each part in as many lines as it needs; where they do not all fit, the longest parts are cropped first."""
        height = self.content_size.height
        most = _MOST_LINES
        lines = self._in_lines(width, most)
        while len(lines) > height and most > 1:
            most -= 1
            lines = self._in_lines(width, most)
        return lines

    def _in_lines(self, width: int, most: int) -> list[Spans]:
        lines: list[Spans] = []
        room = width - _INDENT - LABEL_CELLS
        for reason in self._reasons:
            lines.extend(wrap_at_most(reason.headline, width, min(most, 2)))
            for label, spans in reason.lines:
                for number, line in enumerate(wrap_at_most(spans, room, most)):
                    shown = label if number == 0 else ""
                    lines.append(((" " * _INDENT + shown.ljust(LABEL_CELLS), Role.DIM), *line))
        return lines


def _flat(reason: Reason) -> list[Spans]:
    return [reason.headline, *(((label, Role.DIM), *spans) for label, spans in reason.lines)]
