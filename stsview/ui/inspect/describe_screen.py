"""Describe screen of an object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.on_demand import Description
from stsview.live.snapshot import Snapshot
from stsview.ui.inspect.describe import describe
from stsview.ui.inspect.inspect_target import InspectView, ObjectRef
from stsview.ui.inspect.object_screen import ObjectScreen
from stsview.ui.kit.look.roles import Spans


class DescribeScreen(ObjectScreen):
    """Lays the sheet out for the present width, and keeps its ages current."""

    _description: Description | None = None
    _lines_shown: Sequence[Spans] = ()

    def path(self) -> Sequence[str]:
        return (*self._ref.key, "describe") if self._ref.key.namespace else (self._ref.key.name, "describe")

    def offers(self, inspect_view: InspectView) -> bool:
        return inspect_view is not InspectView.DESCRIBE and super().offers(inspect_view)

    async def read(self, ref: ObjectRef) -> Sequence[Spans]:
        self._description = None
        self._description = await self.reading.describe(ref.kind, ref.key)
        self.check_uid(self._description.object)
        self._lines_shown = self._lines(self._description, self._now())
        return self._lines_shown

    def _lines(self, description: Description, now: datetime) -> Sequence[Spans]:
        return describe(description, now, self.pager.scrollable_content_region.width, self.zone)

    def update_ages(self, snapshot: Snapshot, now: datetime) -> None:
        super().update_ages(snapshot, now)
        self._refresh_lines(now)

    def on_resize(self) -> None:
        self.call_after_refresh(self._refresh_lines, self._now())

    def _refresh_lines(self, now: datetime) -> None:
        if self._description is None:
            return
        lines = self._lines(self._description, now)
        if lines != self._lines_shown:
            self._lines_shown = lines
            self.show_lines(lines)
