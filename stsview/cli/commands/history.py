"""`stsview history SET`: its revisions, and what differs between two of them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from stsview.cli.output.console import Console
from stsview.cli.output.document import document, to_json
from stsview.cli.support.connect import CouldNotLook, looking
from stsview.cli.support.read_revisions import History, read_history
from stsview.cli.support.refuse import refuse
from stsview.cli.support.select_sets import the_set
from stsview.clock import Clock, SystemClock
from stsview.live.errors import CannotStart
from stsview.live.target import Target
from stsview.model.names import short_revision
from stsview.model.rollout.history import HistoryEntry
from stsview.model.settings import ModelSettings
from stsview.text.ages import since_when
from stsview.text.template_diff import DiffLine, Sort, diff
from stsview.text.terminal_text import fit, width


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and return the exit code: 0, or 2 when the set could not be looked at."""
    from stsview.cli.support.resolve import chosen_configuration, chosen_settings, chosen_target

    try:
        configuration = chosen_configuration(arguments)
        target = chosen_target(arguments, configuration)
        settings = chosen_settings(arguments, configuration)
        found = asyncio.run(history(target, settings, arguments.set))
        if arguments.diff is not None:
            _print_diff(found, *arguments.diff, as_json=arguments.output == "json")
        elif arguments.output == "json":
            sys.stdout.write(to_json(_document(found)) + "\n")
        else:
            as_text(found, Console())
    except (CannotStart, CouldNotLook) as error:
        return refuse(str(error))
    return 0


async def history(target: Target, settings: ModelSettings, name: str, clock: Clock | None = None) -> History:
    """The revisions of the set of that name. Raises `CannotStart`, `CouldNotLook`."""
    clock = clock or SystemClock()
    async with looking(target, settings, clock) as (live, snapshot):
        return await read_history(live, the_set(snapshot, name).key, clock)


_HEADINGS = ("REV", "NAME", "MADE", "BY", "PODS", "", "CAUSE")

_MOST_CELLS = 60


def as_text(found: History, console: Console) -> None:
    """A line for each revision, the newest first."""
    rows = [_HEADINGS, *(_row(entry, found) for entry in found.entries)]
    widths = [min(_MOST_CELLS, max(width(row[column]) for row in rows)) for column in range(len(_HEADINGS))]
    for number, row in enumerate(rows):
        cells = "  ".join(fit(cell, cells) for cell, cells in zip(row, widths, strict=True)).rstrip()
        console.line((cells, "" if number else "dim"))
    if not found.entries:
        console.line("no revisions: the controller has not seen the set yet")


def _row(entry: HistoryEntry, found: History) -> tuple[str, ...]:
    revision = entry.revision
    made = since_when(revision.created, found.snapshot.now) if revision.created is not None else ""
    return (
        str(revision.number),
        short_revision(revision.name, found.view.name),
        made,
        revision.manager,
        str(len(entry.pods)) if entry.pods else "",
        " and ".join(word for word, is_ in (("current", entry.current), ("update", entry.update)) if is_),
        " ".join(revision.cause.split()),
    )


def _document(found: History) -> dict[str, object]:
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
        for entry in found.entries
    ]
    return document("SetHistory", found.snapshot, key=found.view.key, revisions=revisions)


def _print_diff(found: History, before: str, after: str, *, as_json: bool) -> None:
    a, b = found.find(before), found.find(after)
    lines = diff(a, b)
    if as_json:
        told = document(
            "RevisionDiff",
            found.snapshot,
            key=found.view.key,
            before=a.name,
            after=b.name,
            equal=not lines,
            diff=[line.plain for line in lines],
        )
        sys.stdout.write(to_json(told) + "\n")
        return
    diff_as_text((a.name, a.number), (b.name, b.number), lines, Console())


_STYLES = {Sort.PLACE: "cyan", Sort.GONE: "red", Sort.NEW: "green", Sort.SAME: ""}


def diff_as_text(before: tuple[str, int], after: tuple[str, int], lines: Sequence[DiffLine], console: Console) -> None:
    """A unified diff, as `patch` and people read it."""
    if not lines:
        console.line(f"the templates of {before[0]} and {after[0]} are equal")
        return
    console.line((f"--- {before[0]}  (revision {before[1]})", "bold"))
    console.line((f"+++ {after[0]}  (revision {after[1]})", "bold"))
    for line in lines:
        console.line((line.plain, _STYLES[line.sort]))
