"""The header line: cluster, scope, and whether the data is live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from textual import events
from textual.message import Message

from stsview.live.snapshot import ClusterState, PictureHealth, Scope
from stsview.text.ages import clock_time
from stsview.ui.kit.live.header_layout import HeaderSegment, breadcrumb, header_line, segment_at
from stsview.ui.kit.live.health_text import health_forms
from stsview.ui.kit.look.roles import Role, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines


class HeaderLine(SpanLines):
    """Program name, context and breadcrumb on the left.

    Connection state and the cluster's time on the right.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = "HeaderLine { dock: top; height: 1; }"

    class Clicked(Message):
        """A part of the breadcrumb was clicked."""

        def __init__(self, target: str) -> None:
            super().__init__()
            self.target = target
            """CONTEXT, SCOPE, UP or FORWARDS of `stsview.ui.kit.live.header_layout`."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._segments: tuple[HeaderSegment, ...] = ()
        self._health: tuple[Spans, ...] = ()
        self._time = ""

    def update(
        self,
        scope: Scope,
        path: Sequence[str],
        health: PictureHealth,
        now: datetime,
        forwards: int = 0,
        clusters: Sequence[ClusterState] = (),
    ) -> None:
        """Show this state.

        `path` leads from the cluster to the object shown, which comes last (empty on the fleet). `forwards` is the
        number of forwarded ports. `clusters` are the states of several clusters, each of which is shown.
        """
        self._segments = breadcrumb(scope, path, forwards, recorded=bool(health.recorded_in))
        self._health, self._time = _forms(health, clusters, now), clock_time(now, self._zone)
        # The parts stand in for the line, so that a change of any repaints it: what is drawn depends on the width.
        self.show([tuple(segment.span for segment in self._segments), *self._health, ((self._time, Role.DIM),)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        return (header_line(self._segments, self._health, self._time, width),) if self._health else ()

    def on_click(self, event: events.Click) -> None:
        target = segment_at(self._segments, event.x)
        if target:
            event.stop()
            self.post_message(self.Clicked(target))


def _forms(health: PictureHealth, clusters: Sequence[ClusterState], now: datetime) -> tuple[Spans, ...]:
    if not clusters:
        return health_forms(health, now)
    # Not with the first screen of one cluster, which does not need it.
    from stsview.ui.kit.live.clusters_text import clusters_forms

    return clusters_forms(clusters, now)
