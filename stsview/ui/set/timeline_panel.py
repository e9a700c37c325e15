"""The last replacements of a set's pods."""

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
    """A line per ordinal, on one scale."""

    def __init__(
        self,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._story: RecentReplacements | None = None
        self._now: datetime | None = None

    @property
    def wanted(self) -> int:
        """Lines that it would like, frame included."""
        return lines_wanted(self._story) + _FRAME

    def update(self, view: SetView, ended: Mapping[str, datetime], now: datetime) -> None:
        """Show the last replacements of this set; `ended`: when the end of the pod before was asked for, by name."""
        self._story, self._now = recent_replacements(view, ended, now), now
        self.set_frame("Timeline" if self._story is None else title(self._story, now, self._zone), Health.NEUTRAL)
        self.show(self.lines_for(max(1, self.content_size.width)))

    def lines_for(self, width: int) -> Sequence[Spans]:
        if self._story is None or self._now is None:
            return [(("no pod tells how it came to be", Role.DIM),)]
        return timeline(self._story, self._now, width, max(1, self.content_size.height))
