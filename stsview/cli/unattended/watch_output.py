"""Events of `stsview watch`, a line each: for a person, or as JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Protocol, TextIO

from stsview.cli.output.check_formats import about
from stsview.cli.output.console import LEVEL_STYLES, Console
from stsview.cli.output.document import document
from stsview.cli.unattended.observer import EventType, WatchEvent
from stsview.live.snapshot import Snapshot
from stsview.model.finding import Level
from stsview.model.states import Health
from stsview.text.ages import age, local_time, zone_name
from stsview.text.glyphs import active, glyph

_LEVEL_HEALTH = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}

_WORD_CELLS = max(len(type_.value) for type_ in EventType) + 2


class WatchOutput(Protocol):
    def show(self, event: WatchEvent, snapshot: Snapshot) -> None:
        """Print the event and flush it. Raises `BrokenPipeError`."""


class JsonEvents:
    """A JSON document a line. The documentation of JSON output lists the fields."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def show(self, event: WatchEvent, snapshot: Snapshot) -> None:
        content = document(
            "WatchEvent",
            snapshot,
            event=event.type,
            set=event.set,
            finding=event.finding,
            formerLevel=event.former,
            reason=event.reason,
        )
        self._file.write(json.dumps(content, ensure_ascii=True) + "\n")
        self._file.flush()


class TextEvents:
    """Time, what happened, and to which finding, set or connection.

    In a pipe each line has the date; on a terminal, which is narrower, days are apart.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._day = ""

    def show(self, event: WatchEvent, snapshot: Snapshot) -> None:
        console = self._console.console
        # rich itself would end the program, with a failure, when the reader of a pipe has gone.
        with console.capture() as captured:
            stamp = self._stamp(snapshot.now)
            mark, style, text = _told(event, snapshot)
            self._console.sentence((text, style), (stamp, "dim"), event.type.value.ljust(_WORD_CELLS), (mark, style))
        console.file.write(captured.get())
        console.file.flush()

    def _stamp(self, now: datetime) -> str:
        if self._console.room is None:
            return f"{local_time(now)}  "
        day, _, time = local_time(now).partition(" ")
        if day != self._day:
            self._day = day
            self._console.line((f"{day}, times in {zone_name(now)}", "dim"))
        return f"{time.partition(' ')[0]}  "


def _told(event: WatchEvent, snapshot: Snapshot) -> tuple[str, str, str]:
    """Mark, style, and what happened."""
    finding, reason = event.finding, f": {event.reason}" if event.reason else ""
    unknown = f"{glyph(Health.UNKNOWN)} "
    if event.type is EventType.LOST:
        gap = "the picture of the cluster is not current; findings neither begin nor end until it is"
        return unknown, "bold", f"{gap}{reason}"
    if event.type is EventType.RESTORED:
        return f"{active().check} ", "bold", "the picture of the cluster is current again"
    if event.set is None:
        return unknown, "bold", event.reason
    if event.type is EventType.KNOWN:
        return f"{active().check} ", "", f"{event.set}  can be judged again"
    if finding is None:
        return unknown, "bold", f"{event.set}  cannot be judged; what was found of it may still hold{reason}"
    ended = event.type is EventType.ENDED
    subject, headline = about(event.set, snapshot.fleet.sets.get(event.set), finding)
    mark = active().check if ended else glyph(_LEVEL_HEALTH[finding.level])
    style = "" if ended else LEVEL_STYLES[finding.level]
    level = finding.level.name.lower()
    if event.former not in (None, finding.level) and not ended:
        level = f"{event.former.name.lower()}, now {level}"
    since = age(finding.since, snapshot.now)
    facts = [level, finding.rule, f"after {since}" if ended and since else since]
    return f"{mark} ", style, f"{subject}  {headline}  ({', '.join(filter(None, facts))}){reason}"
