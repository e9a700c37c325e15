"""The line under the header: blank while there is nothing to say about the picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import PictureHealth, Scope
from stsview.ui.kit.live.health_text import PRESENT, notice_forms
from stsview.ui.kit.look.phrases import widest_that_fits
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class NoticeLine(SpanLines):
    """It always takes its line, so that nothing jumps when there is something to say."""

    DEFAULT_CSS = "NoticeLine { height: 1; padding: 0 1; }"

    def update(self, health: PictureHealth, scope: Scope, now: datetime, else_: Sequence[Spans] = ()) -> None:
        """`else_` are forms of what to say while the picture is the present one, the fullest first: of a gap in it the
        header tells as well."""
        self.show(else_ if else_ and health.link in PRESENT else notice_forms(health, scope, now))

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (widest_that_fits(self.lines, width),) if self.lines else ()
