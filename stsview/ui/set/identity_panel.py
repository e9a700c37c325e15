"""The panel with the identity of an ordinal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.model.usage.usage_history import MeasuredUsage
from stsview.model.views import OrdinalView
from stsview.text.glyphs import active
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.panel import Panel
from stsview.ui.set.identity_chain import IdentityRow, identity_rows, placement_note

_LABEL_CELLS = 8


class IdentityPanel(Panel):
    """Pod, DNS name, PVCs, volumes and node of one ordinal, each with its state."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._rows: tuple[IdentityRow, ...] = ()
        self._note = ""

    def update(
        self,
        ordinal: OrdinalView,
        now: datetime,
        quoted: Sequence[str] = (),
        measured: MeasuredUsage | None = None,
    ) -> None:
        """Show the identity of `ordinal`, and what it uses; `quoted` are the texts of the panel next to it."""
        self._rows = tuple(identity_rows(ordinal, now, quoted, measured))
        self.set_frame(f"Identity of {ordinal.name}", ordinal.state.health)
        self._note = placement_note(ordinal)
        self.show([((self._note, Role.WARNING),), *(line for row in self._rows for line in row.lines)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        room = self.content_size.height - bool(self._note)
        rows = _shortened(self._rows, room)
        spare = room - sum(len(row.lines) for row in rows)
        lines: list[Spans] = [((self._note, Role.WARNING),)] if self._note else []
        for number, row in enumerate(rows):
            more = number + 1 < len(rows)
            shaft = f"  {'|' if active().ascii_only else '│'}" if more else ""
            for index, line in enumerate(row.lines):
                label = row.label if index == 0 else shaft
                lines.append(((label.ljust(_LABEL_CELLS), Role.DIM if index == 0 else Role.LINE), *line))
            if more and spare >= len(rows) - 1:
                lines.append(((shaft, Role.LINE),))
        return lines


def _shortened(rows: Sequence[IdentityRow], room: int) -> list[IdentityRow]:
    """The rows shortened to `room` lines if possible; first lines always stay."""
    more = sorted((line, number) for number, row in enumerate(rows) for line in range(1, len(row.lines)))
    kept = set(more[: max(0, room - len(rows))])
    return [
        IdentityRow(row.label, tuple(text for line, text in enumerate(row.lines) if not line or (line, number) in kept))
        for number, row in enumerate(rows)
    ]
