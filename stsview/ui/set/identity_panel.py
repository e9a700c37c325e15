"""The chain from the pod of an ordinal to its node."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.model.views import OrdinalView
from stsview.text.glyphs import active
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.panel import Panel
from stsview.ui.set.identity_chain import IdentityRow, chain, placement_note

_LABEL_CELLS = 8


class IdentityPanel(Panel):
    """Pod, DNS name, claims, volumes and node of one ordinal, each with its state."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._chain: tuple[IdentityRow, ...] = ()
        self._note = ""

    def update(self, ordinal: OrdinalView, now: datetime) -> None:
        """Show the identity of `ordinal`."""
        self._chain = tuple(chain(ordinal, now))
        self.set_frame(f"Identity of {ordinal.name}", ordinal.state.health)
        self._note = placement_note(ordinal)
        self.show([((self._note, Role.WARNING),), *(line for link in self._chain for line in link.lines)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        room = self.content_size.height - bool(self._note)
        links = _shortened(self._chain, room)
        spare = room - sum(len(link.lines) for link in links)
        lines: list[Spans] = [((self._note, Role.WARNING),)] if self._note else []
        for number, link in enumerate(links):
            more = number + 1 < len(links)
            shaft = f"  {'|' if active().ascii_only else '│'}" if more else ""
            for index, line in enumerate(link.lines):
                label = link.label if index == 0 else shaft
                lines.append(((label.ljust(_LABEL_CELLS), Role.DIM if index == 0 else Role.LINE), *line))
            if more and spare >= len(links) - 1:
                lines.append(((shaft, Role.LINE),))
        return lines


def _shortened(links: Sequence[IdentityRow], room: int) -> list[IdentityRow]:
    """The links in `room` lines, if that can be: the first line of each says what it is, the others go where there is
    no room, the last of a link first."""
    more = sorted((line, number) for number, link in enumerate(links) for line in range(1, len(link.lines)))
    kept = set(more[: max(0, room - len(links))])
    return [
        IdentityRow(
            link.label, tuple(text for line, text in enumerate(link.lines) if not line or (line, number) in kept)
        )
        for number, link in enumerate(links)
    ]
