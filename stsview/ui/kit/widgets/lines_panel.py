"""A panel of labelled lines, each wrapped if there is room."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.model.states import Health
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.look.wrapping import wrap_at_most
from stsview.ui.kit.widgets.panel import Panel

_LABEL_CELLS = 8


class LinesPanel(Panel):
    """Labelled lines, of which the last is wrapped into the remaining height."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._labelled: tuple[tuple[str, Spans], ...] = ()

    def show_labelled(self, title: str, health: Health, lines: Sequence[tuple[str, Spans]]) -> None:
        self._labelled = tuple(lines)
        self.set_frame(title, health)
        self.show([((label, Role.DIM), *said) for label, said in lines])

    def lines_for(self, width: int) -> Sequence[Spans]:
        lines: list[Spans] = []
        room = width - _LABEL_CELLS
        for place, (label, said) in enumerate(self._labelled):
            last = place == len(self._labelled) - 1
            most = max(1, self.content_size.height - len(lines)) if last else 1
            for number, line in enumerate(wrap_at_most(said, room, most)):
                lines.append(((("" if number else label).ljust(_LABEL_CELLS), Role.DIM), *line))
        return lines
