"""The head of the set screen: rollout, wait and spec."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.model.views import SetView
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.widgets.span_lines import SpanLines
from stsview.ui.set.head_lines import ONE_LINE, head_lines


class SetHead(SpanLines):
    """The head of a set: two lines if it is wide enough, else three."""

    DEFAULT_CSS = "SetHead { padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._view: SetView | None = None
        self._now: datetime | None = None

    def update(self, view: SetView, now: datetime) -> None:
        """Show the head of `view`."""
        self._view, self._now = view, now
        self.show(head_lines(view, now, ONE_LINE))

    def lines_for(self, width: int) -> Sequence[Spans]:
        if self._view is None or self._now is None:
            return ()
        return head_lines(self._view, self._now, width)
