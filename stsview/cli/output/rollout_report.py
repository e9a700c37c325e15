"""How a rollout goes, told to a person at a terminal, to a pipe, or to a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TextIO

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.live import Live as LiveDisplay

from stsview.cli.output.console import Console, Piece, inked
from stsview.cli.output.document import document
from stsview.cli.output.progress_bar import bar
from stsview.live.snapshot import Snapshot
from stsview.model.names import short_revision
from stsview.model.rollout.rollout_outcome import RolloutStatus
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.ages import age, clock_time, precise
from stsview.text.glyphs import active, glyph

_ENDS = {
    "done": ("done", "bold green"),
    "held": ("held", "bold green"),
    "by-hand": ("left to do by hand", "bold yellow"),
    "stuck": ("stuck", "bold red"),
    "gone": ("failed", "bold red"),
    "timed-out": ("timed out", "bold yellow"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """How a rollout stands, when that has changed."""

    snapshot: Snapshot
    now: datetime
    key: Key
    view: SetView | None
    standing: RolloutStatus
    seconds: float
    """Since it was first looked at."""
    problem: str = ""
    """Why the picture cannot be believed now: this is how it stood before."""
    outcome: str = ""
    """How it ended: a `Stage` in its word, or `timed-out`; empty while it goes on."""
    exit_code: int | None = None


class Shows(Protocol):
    def shown(self) -> AbstractContextManager[object]:
        """To be entered before the first report."""

    def take(self, report: Report) -> None:
        """One more report; the last one has an outcome."""


class JsonLines:
    """A document a line; README.md names its fields."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def take(self, report: Report) -> None:
        self._file.write(json.dumps(_document(report), ensure_ascii=True) + "\n")
        self._file.flush()


def _document(report: Report) -> dict[str, object]:
    standing, rollout = report.standing, report.view.rollout if report.view is not None else None
    return document(
        "RolloutReport",
        report.snapshot,
        key=report.key,
        stage=standing.stage,
        waitsFor=standing.headline,
        detail=standing.detail,
        ordinal=standing.ordinal,
        since=standing.since,
        current=rollout.current if rollout is not None else "",
        update=standing.update,
        done=standing.done,
        total=standing.total,
        pace=rollout.pace if rollout is not None else None,
        finding=standing.finding,
        problem=report.problem,
        seconds=round(report.seconds, 3),
        outcome=report.outcome or None,
        exitCode=report.exit_code,
    )


class Lines:
    """A line for every change."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._update: str | None = None
        self._trouble = ""

    def shown(self) -> AbstractContextManager[object]:
        return nullcontext()

    def take(self, report: Report) -> None:
        for line in self.lines(report):
            self._console.line(*line)

    def lines(self, report: Report) -> Iterator[list[Piece]]:
        """What is new in it."""
        standing = report.standing
        if self._update != standing.update:
            yield list(_whither(report, again=self._update is not None))
            self._update = standing.update
        if report.outcome:
            yield from _end(report)
            return
        line: list[Piece] = [(f"{clock_time(report.now)}  ", "dim")]
        if report.problem:
            yield [*line, (f"{glyph(Health.WARNING)} {report.problem}", "yellow")]
            return
        yield [*line, f"{standing.done}/{standing.total}  ", standing.words]
        trouble = standing.finding.headline if standing.finding is not None else ""
        if trouble and trouble != self._trouble:
            left = f", the end in {precise((standing.until - report.now).total_seconds())}" if standing.until else ""
            yield [*line, (f"{glyph(Health.WARNING)} {trouble}", "yellow"), (f"{left} unless it passes", "dim")]
        self._trouble = trouble


def _whither(report: Report, *, again: bool) -> Iterator[Piece]:
    rollout = report.view.rollout if report.view is not None else None
    yield f"{report.key}", "bold"
    if rollout is None or not rollout.update:
        return
    yield f"  {'the template changed: now ' if again else ''}to {short_revision(rollout.update, report.key.name)}"
    if rollout.manager:
        when = f", {age(rollout.since, report.now)} ago" if rollout.since is not None else ""
        yield f", by {rollout.manager}{when}", "dim"


def _end(report: Report) -> Iterator[list[Piece]]:
    standing = report.standing
    word, style = _ENDS[report.outcome]
    yield [(word, style), f": {standing.words}", (f"  {precise(report.seconds)}", "dim")]
    finding = standing.finding
    if finding is None:
        return
    if finding.headline != standing.headline:
        yield [("why   ", "dim"), finding.headline]
    for heading, words in (("so", finding.so), ("next", finding.next)):
        if words:
            yield [(heading.ljust(6), "dim"), words]


class Bar:
    """The same lines, and below them a bar that moves."""

    def __init__(self, console: Console) -> None:
        self._lines = Lines(console)
        # A line that the terminal breaks would not be drawn over.
        self._console = RichConsole(file=console.console.file, markup=False, highlight=False, emoji=False)
        self._report: Report | None = None

    def shown(self) -> AbstractContextManager[object]:
        return LiveDisplay(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True)

    def take(self, report: Report) -> None:
        for line in self._lines.lines(report):
            self._console.print(inked(*line), soft_wrap=True)
        self._report = report

    def _draw(self) -> RenderableType:
        """Called in a thread of the display's own, too."""
        report = self._report
        if report is None:
            return inked((f"reading {active().ellipsis}", "dim"))
        standing = report.standing
        return bar(standing.done, standing.total, *_now(report))


def _now(report: Report) -> Iterator[Piece]:
    yield report.problem or report.standing.headline
    view = report.view
    pace = view.rollout.pace if view is not None else None
    if view is not None and pace and view.rollout.left and not report.problem:
        yield f"  about {precise(pace * view.rollout.left)} left", "dim"
