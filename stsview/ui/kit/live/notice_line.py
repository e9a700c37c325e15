"""The notice line below the header: blank while the data is current and complete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stsview.live.snapshot import ClusterState, PictureHealth, Scope
from stsview.ui.kit.live.health_text import PRESENT, STALE, notice_forms
from stsview.ui.kit.look.phrases import widest_that_fits
from stsview.ui.kit.look.roles import Spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class NoticeLine(SpanLines):
    """Always one line high, so that a notice moves nothing below it."""

    DEFAULT_CSS = "NoticeLine { height: 1; padding: 0 1; }"

    def update(
        self,
        health: PictureHealth,
        scope: Scope,
        now: datetime,
        fallback: Sequence[Spans] = (),
        clusters: Sequence[ClusterState] = (),
    ) -> None:
        """Show the notice; `fallback` is text for current data, the longest form first.

        The fallback precedes notices about gaps in current data, which the header names as well. Of several `clusters`
        each has notices of its own.
        """
        stale = any(state.health.link in STALE for state in clusters)
        if clusters and (stale or not (fallback and health.link in PRESENT)):
            # Not with the first screen of one cluster, which does not need it.
            from stsview.ui.kit.live.clusters_text import clusters_notices

            self.show(clusters_notices(clusters, now))
            return
        self.show(fallback if fallback and health.link in PRESENT else notice_forms(health, scope, now))

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (widest_that_fits(self.lines, width),) if self.lines else ()
