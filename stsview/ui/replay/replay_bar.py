"""The line that shows where in a recording the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from stsview.live.replay.timeline import DatedChange, Timeline
from stsview.model.finding import Level
from stsview.model.states import Health
from stsview.text.ages import precise
from stsview.text.glyphs import active
from stsview.text.terminal_text import spans_width
from stsview.triage.finding_changes import ChangeType
from stsview.ui.kit.look.health_roles import sign
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.widgets.span_lines import SpanLines

_HEALTH_OF = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING}

_SHORTEST_TRACK = 10
"""Cells below which the track says nothing."""


class ReplayBar(SpanLines):
    """State, time line with the findings on it, and position; one line."""

    ALLOW_SELECT = False

    DEFAULT_CSS = "ReplayBar { dock: bottom; height: 1; padding: 0 1; margin-bottom: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._timeline: Timeline | None = None
        self._now: datetime | None = None
        self._state: Spans = ()

    def update(
        self, timeline: Timeline, now: datetime, end: datetime, speed: float | None, zone: tzinfo | None
    ) -> None:
        """Show the position `now` of a recording that ends at `end`; `speed` None: it stands still."""
        self._timeline, self._now, self._end = timeline, now, end
        state: Span = ("paused", Role.WARNING_STRONG) if speed is None else (f"playing {speed:g}x", Role.READY_STRONG)
        time = now.astimezone(zone).strftime("%H:%M:%S")
        elapsed = precise((now - timeline.start).total_seconds())
        length = precise((end - timeline.start).total_seconds())
        more = "" if timeline.complete else active().ellipsis
        self._state = (("replay  ", Role.DIM), state, ("  ", Role.TEXT))
        self._position: Spans = ((f"  {time}", Role.STRONG), (f"  {elapsed} of {length}{more}", Role.DIM))
        # What is drawn depends on the width: the parts stand in for the line.
        self.show([self._state, self._position, ((f"{len(timeline.findings)} {now.isoformat()}", Role.DIM),)])

    def lines_for(self, width: int) -> Sequence[Spans]:
        if self._timeline is None or self._now is None:
            return ()
        room = width - spans_width(self._state) - spans_width(self._position)
        if room < _SHORTEST_TRACK:
            return ((*self._state, *self._position),)
        return ((*self._state, *track(self._timeline, self._now, self._end, room), *self._position),)


def track(timeline: Timeline, now: datetime, end: datetime, cells: int) -> Spans:
    """The recording as `cells` cells, with the findings that begin in each, the worst first, and the position."""
    length = max((end - timeline.start).total_seconds(), 1e-9)

    def cell_of(at: datetime) -> int:
        return min(cells - 1, max(0, int((at - timeline.start).total_seconds() / length * cells)))

    worst: dict[int, Level] = {}
    for dated in timeline.findings:
        if dated.change.type is ChangeType.BEGAN and dated.change.finding.level in _HEALTH_OF:
            cell = cell_of(dated.at)
            worst[cell] = max(dated.change.finding.level, worst.get(cell, Level.NOTICE))
    glyphs, position = active(), cell_of(now)
    spans: list[Span] = []
    for cell in range(cells):
        if cell == position:
            spans.append((glyphs.divider, Role.STRONG))
        elif cell in worst:
            spans.append(sign(_HEALTH_OF[worst[cell]]))
        else:
            spans.append(
                (glyphs.bar if cell < position else glyphs.bar_rest, Role.DIM if cell < position else Role.LINE)
            )
    return tuple(spans)


def change_words(dated: DatedChange) -> Spans:
    """What happened, for one line: `began ▲ data/kafka  kafka-3: …`."""
    change = dated.change
    health = Health.READY if change.type is ChangeType.ENDED else _HEALTH_OF.get(change.finding.level, Health.NEUTRAL)
    return (
        (f"{change.type.value} ", Role.DIM),
        sign(health),
        (f" {change.set}  ", Role.STRONG),
        (change.finding.headline, Role.TEXT),
    )
