"""The line under the header: blank while there is nothing to say about the picture."""

from __future__ import annotations

from datetime import datetime

from stsview.live.snapshot import PictureHealth, Scope
from stsview.ui.presentation.picture import notice_words
from stsview.ui.widgets.span_lines import SpanLines


class NoticeLine(SpanLines):
    """It always takes its line, so that nothing jumps when there is something to say."""

    DEFAULT_CSS = "NoticeLine { height: 1; padding: 0 1; }"

    def tell(self, health: PictureHealth, scope: Scope, now: datetime) -> None:
        self.show([notice_words(health, scope, now)])
