"""`stsview history SET`: the revisions of a set and their differences."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from stsview.cli.output.console import Console, print_origin
from stsview.cli.output.document import document, to_json
from stsview.cli.support.connect import opened
from stsview.cli.support.errors import CommandError, fail
from stsview.cli.support.read_revisions import History, read_history
from stsview.cli.support.select_sets import find_set
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.files.file_source import FileTarget
from stsview.live.target import Target
from stsview.model.names import short_revision
from stsview.model.rollout.history import HistoryEntry
from stsview.model.settings import ModelSettings
from stsview.text.ages import time_or_date
from stsview.text.template_diff import DiffLine, LineKind, diff
from stsview.text.terminal_text import fit, width


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
    target: Target | FileTarget, settings: ModelSettings, name: str, clock: Clock | None = None
) -> History:
    """The revisions of the set of that name. Raises `CannotStart`, `CommandError`."""
    clock = clock or SystemClock()
    async with opened(target, settings, clock) as (source, snapshot):
        return await read_history(source, find_set(snapshot, name).key, clock)


_HEADINGS = ("REV", "NAME", "CREATED", "BY", "PODS", "", "CAUSE")

_MAX_CELLS = 60


def as_text(history: History, console: Console) -> None:
    """A line for each revision, the newest first."""
    rows = [_HEADINGS, *(_row(entry, history) for entry in history.entries)]
    widths = [min(_MAX_CELLS, max(width(row[column]) for row in rows)) for column in range(len(_HEADINGS))]
    print_origin(history.snapshot, console)
    for number, row in enumerate(rows):
        cells = "  ".join(fit(cell, cells) for cell, cells in zip(row, widths, strict=True)).rstrip()
        console.line((cells, "" if number else "dim"))
    if not history.entries:
        console.line("no revisions: the controller has not observed the set yet")


def _row(entry: HistoryEntry, history: History) -> tuple[str, ...]:
    revision = entry.revision
    created = time_or_date(revision.created, history.snapshot.now) if revision.created is not None else ""
    return (
        str(revision.number),
        short_revision(revision.name, history.view.name),
        created,
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
