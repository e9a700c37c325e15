"""Reports of a rollout: on a terminal with a progress bar, as lines, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol, TextIO

import msgspec
from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.live import Live as LiveDisplay

from stsview.cli.output.console import Console, Piece, styled
from stsview.cli.output.document import document
from stsview.cli.output.progress_bar import progress_bar
from stsview.live.snapshot import Snapshot
from stsview.model.names import short_revision
from stsview.model.rollout.rollout_outcome import RolloutStatus
from stsview.model.states import Health
from stsview.model.views import SetView
from stsview.objects.meta import Key
from stsview.text.ages import age, clock_time, precise
from stsview.text.glyphs import active, glyph

_OUTCOMES = {
    "done": ("done", "bold green"),
    # The status itself begins with the partition that pauses it.
    "held": ("", "bold green"),
    "by-hand": ("needs manual deletion", "bold yellow"),
    "stuck": ("stuck", "bold red"),
    "gone": ("failed", "bold red"),
    "timed-out": ("timed out", "bold yellow"),
}

_LABEL_CELLS = 11


class RolloutReport(msgspec.Struct, frozen=True):
    """The status of a rollout after a change."""

    snapshot: Snapshot
    now: datetime
    key: Key
    view: SetView | None
    status: RolloutStatus
    seconds: float
    """Since the first report."""
    problem: str = ""
    """Why the data is not current: the report is from before. Empty while it is."""
    outcome: str = ""
    """The value of a final `Stage`, or `timed-out`; empty while the rollout is running."""
    exit_code: int | None = None


class RolloutOutput(Protocol):
    def open(self) -> AbstractContextManager[object]:
        """To enter before the first report."""

    def show(self, report: RolloutReport) -> None:
        """Called for every report; the last one has an outcome."""


class JsonOutput:
    """A JSON document a line. The documentation of JSON output lists the fields."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def open(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, report: RolloutReport) -> None:
        self._file.write(json.dumps(_document(report), ensure_ascii=True) + "\n")
        self._file.flush()


def _document(report: RolloutReport) -> dict[str, object]:
    status, rollout = report.status, report.view.rollout if report.view is not None else None
    return document(
        "RolloutReport",
        report.snapshot,
        key=report.key,
        stage=status.stage,
        waitsFor=status.headline,
        detail=status.detail,
        ordinal=status.ordinal,
        since=status.since,
        current=rollout.current if rollout is not None else "",
        update=status.update,
        done=status.done,
        total=status.total,
        pace=rollout.pace if rollout is not None else None,
        finding=status.finding,
        problem=report.problem,
        seconds=round(report.seconds, 3),
        outcome=report.outcome or None,
        exitCode=report.exit_code,
    )


class LineOutput:
    """A line for every change; one that alternates with others, as pods are recreated without end, only once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._update: str | None = None
        self._finding = ""
        self._at: tuple[int, int, str] = (0, 0, "")
        self._said: set[str] = set()
        """What was said since the counts changed last."""

    def open(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, report: RolloutReport) -> None:
        for line in self.lines(report):
            self._console.line(*line)

    def lines(self, report: RolloutReport) -> Iterator[list[Piece]]:
        """The lines for what is new in a report."""
        status = report.status
        if self._update != status.update:
            yield list(_target(report, again=self._update is not None))
            self._update = status.update
        if report.outcome:
            yield from _outcome(report)
            return
        line: list[Piece] = [(f"{clock_time(report.now)}  ", "dim")]
        if report.problem:
            yield [*line, (f"{glyph(Health.WARNING)} {report.problem}", "yellow")]
            return
        at = (status.done, status.total, status.update)
        if at != self._at:
            self._at, self._said = at, set()
        if status.words not in self._said:
            yield [*line, f"{status.done}/{status.total}  ", status.words]
            self._said.add(status.words)
        headline = status.finding.headline if status.finding is not None else ""
        if headline and headline != self._finding and headline not in self._said:
            self._said.add(headline)
            left = f" in {precise((status.until - report.now).total_seconds())}" if status.until else ""
            yield [*line, (f"{glyph(Health.WARNING)} {headline}", "yellow"), (f", stuck{left} unless resolved", "dim")]
        self._finding = headline


def _target(report: RolloutReport, *, again: bool) -> Iterator[Piece]:
    rollout = report.view.rollout if report.view is not None else None
    yield f"{report.key}", "bold"
    if rollout is None or not rollout.update:
        return
    yield f"  {'template changed: now ' if again else ''}to {short_revision(rollout.update, report.key.name)}"
    if rollout.manager:
        when = f", {age(rollout.since, report.now)} ago" if rollout.since is not None else ""
        yield f", by {rollout.manager}{when}", "dim"


def _outcome(report: RolloutReport) -> Iterator[list[Piece]]:
    status = report.status
    word, style = _OUTCOMES[report.outcome]
    text: list[Piece] = [(word, style), f": {status.words}"] if word else [(status.words, style)]
    yield [*text, (f"  {precise(report.seconds)}", "dim")]
    finding = status.finding
    if finding is None:
        return
    if finding.headline != status.headline:
        yield [("cause".ljust(_LABEL_CELLS), "dim"), finding.headline]
    for label, sentence in (("effect", finding.so), ("next step", finding.next)):
        if sentence:
            yield [(label.ljust(_LABEL_CELLS), "dim"), sentence]


class BarOutput:
    """The lines of `LineOutput`, and a progress bar below them."""

    def __init__(self, console: Console) -> None:
        self._lines = LineOutput(console)
        # The bar would not overwrite a line that the terminal wraps.
        self._console = RichConsole(file=console.console.file, markup=False, highlight=False, emoji=False)
        self._report: RolloutReport | None = None

    def open(self) -> AbstractContextManager[object]:
        return LiveDisplay(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True)

    def show(self, report: RolloutReport) -> None:
        for line in self._lines.lines(report):
            self._console.print(styled(*line), soft_wrap=True)
        self._report = report

    def _draw(self) -> RenderableType:
        """Called in a thread of the display, too."""
        report = self._report
        if report is None:
            return styled((f"loading {active().ellipsis}", "dim"))
        status = report.status
        return progress_bar(status.done, status.total, *_bar_text(report))


def _bar_text(report: RolloutReport) -> Iterator[Piece]:
    yield report.problem or report.status.headline
    view = report.view
    pace = view.rollout.pace if view is not None else None
    if view is not None and pace and view.rollout.left and not report.problem:
        yield f"  about {precise(pace * view.rollout.left)} left", "dim"
