"""The panel with the timeline of the latest pod replacements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.panel import Panel
from stsview.ui.set.timeline import RecentReplacements, lines_wanted, recent_replacements, timeline, title

_FRAME = 2


class TimelinePanel(Panel):
    """A line per ordinal, on one time scale."""

    def __init__(
        self,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._replacements: RecentReplacements | None = None
        self._now: datetime | None = None

    @property
    def wanted(self) -> int:
        """Lines needed to show everything, including the frame."""
        return lines_wanted(self._replacements) + _FRAME

    def update(self, view: SetView, deleted: Mapping[str, datetime], now: datetime) -> None:
        """Show the latest replacements.

        `deleted`: when the previous pod was deleted, by name.
        """
        self._replacements, self._now = recent_replacements(view, deleted, now), now
        self.set_frame(
            "Timeline" if self._replacements is None else title(self._replacements, now, self._zone), Health.NEUTRAL
        )
        self.show(self.lines_for(max(1, self.content_size.width)))

    def lines_for(self, width: int) -> Sequence[Spans]:
        if self._replacements is None or self._now is None:
            return [(("no replacement recorded", Role.DIM),)]
        return timeline(self._replacements, self._now, width, max(1, self.content_size.height))
