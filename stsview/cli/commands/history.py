"""`stsview history SET`: the revisions of a set and their differences."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from stsview.cli.output.console import Console, print_origin
from stsview.cli.output.document import document, to_json
from stsview.cli.output.table import Table, print_table
from stsview.cli.support.connect import opened
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.read_revisions import History, read_history
from stsview.cli.support.select_sets import find_set
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.replay.recording_target import AnyTarget
from stsview.model.names import short_revision
from stsview.model.rollout.history import HistoryEntry
from stsview.model.settings import ModelSettings
from stsview.text.ages import age, local_time
from stsview.text.columns import Align, Column
from stsview.text.template_diff import DiffLine, LineKind, diff


def run(arguments: argparse.Namespace) -> int:
    """Print the revisions or a diff; returns 0, or 2 if they could not be read."""
    from stsview.cli.support.resolve import resolve_configuration, resolve_settings, resolve_source

    try:
        configuration = resolve_configuration(arguments)
        target = resolve_source(arguments, configuration)
        settings = resolve_settings(arguments, configuration)
        history = asyncio.run(read_set_history(target, settings, arguments.set))
        if arguments.diff is not None:
            _print_diff(history, *arguments.diff, as_json=arguments.output == "json")
        elif arguments.output == "json":
            sys.stdout.write(to_json(_document(history)) + "\n")
        else:
            as_text(history, Console())
    except (CannotStart, CommandError) as error:
        return fail(str(error))
    return 0


async def read_set_history(
    target: AnyTarget, settings: ModelSettings, name: str, clock: Clock | None = None
) -> History:
    """The revisions of the set of that name. Raises `CannotStart`, `CommandError`."""
    clock = clock or SystemClock()
    async with opened(target, settings, clock) as (source, snapshot):
        return await read_history(source, find_set(snapshot, name).key, clock)


_COLUMNS = (
    Column("number", "REV", priority=200),
    Column("name", "NAME", priority=190),
    Column("created", "CREATED", priority=120),
    Column("applied", "LAST APPLIED", priority=170),
    Column("manager", "BY", priority=140),
    Column("pods", "PODS", priority=160, align=Align.RIGHT),
    Column("state", "", priority=180),
    Column("cause", "CAUSE", min_width=16, priority=100),
)


def as_text(history: History, console: Console) -> None:
    """A line for each revision, the newest first; where the times do not fit, their ages."""
    print_origin(history.snapshot, console)
    if not history.entries:
        console.line("no revisions: the controller has not observed the set yet")
        return
    now = history.snapshot.now
    print_table(
        console,
        Table(_COLUMNS, tuple(_row(entry, history, _time) for entry in history.entries)),
        Table(_COLUMNS, tuple(_row(entry, history, lambda instant: age(instant, now)) for entry in history.entries)),
    )


def _time(instant: datetime | None) -> str:
    return local_time(instant) if instant is not None else ""


def _row(entry: HistoryEntry, history: History, time: Callable[[datetime | None], str]) -> tuple[str, ...]:
    """Cells of `_COLUMNS`; `time` writes an instant."""
    revision = entry.revision
    return (
        str(revision.number),
        short_revision(revision.name, history.view.name),
        time(revision.created),
        time(revision.applied),
        revision.manager,
        str(len(entry.pods)) if entry.pods else "",
        " and ".join(word for word, is_ in (("current", entry.current), ("update", entry.update)) if is_),
        " ".join(revision.cause.split()),
    )


def _document(history: History) -> dict[str, object]:
    revisions = [
        {
            "number": entry.revision.number,
            "name": entry.revision.name,
            "created": entry.revision.created,
            "applied": entry.revision.applied,
            "manager": entry.revision.manager,
            "cause": entry.revision.cause,
            "current": entry.current,
            "update": entry.update,
            "pods": entry.pods,
            "template": {name: value for name, value in entry.revision.template.items() if name != "$patch"},
        }
        for entry in history.entries
    ]
    return document("SetHistory", history.snapshot, key=history.view.key, revisions=revisions)


def _print_diff(history: History, before: str, after: str, *, as_json: bool) -> None:
    a, b = history.find(before), history.find(after)
    lines = diff(a, b)
    if as_json:
        content = document(
            "RevisionDiff",
            history.snapshot,
            key=history.view.key,
            before=a.name,
            after=b.name,
            equal=not lines,
            diff=[line.plain for line in lines],
        )
        sys.stdout.write(to_json(content) + "\n")
        return
    diff_as_text((a.name, a.number), (b.name, b.number), lines, Console())


_STYLES = {LineKind.HUNK: "cyan", LineKind.REMOVED: "red", LineKind.ADDED: "green", LineKind.CONTEXT: ""}


def diff_as_text(before: tuple[str, int], after: tuple[str, int], lines: Sequence[DiffLine], console: Console) -> None:
    """Print a unified diff, in the format that `patch` reads."""
    if not lines:
        console.line(f"the templates of {before[0]} and {after[0]} are equal")
        return
    console.line((f"--- {before[0]}  (revision {before[1]})", "bold"))
    console.line((f"+++ {after[0]}  (revision {after[1]})", "bold"))
    for line in lines:
        console.line((line.plain, _STYLES[line.kind]))
