"""Events of `stsview watch`, a line each: for a person, or as JSON."""

from __future__ import annotations

import json
from typing import Protocol, TextIO

from stsview.cli.output.check_formats import about
from stsview.cli.output.console import LEVEL_STYLES, Console, Piece
from stsview.cli.output.document import document
from stsview.cli.unattended.observer import EventType, WatchEvent
from stsview.live.snapshot import Snapshot
from stsview.model.finding import Level
from stsview.model.states import Health
from stsview.text.ages import age, local_time
from stsview.text.glyphs import active, glyph

_LEVEL_HEALTH = {Level.ERROR: Health.DEGRADED, Level.WARNING: Health.WARNING, Level.NOTICE: Health.NEUTRAL}

_WORD_CELLS = max(len(type_.value) for type_ in EventType) + 2

_CONNECTION = {
    EventType.LOST: "the picture of the cluster is not current; findings neither begin nor end until it is: ",
    EventType.RESTORED: "the picture of the cluster is current again",
}


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
    """Time, what happened, and to which finding, set or connection."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, event: WatchEvent, snapshot: Snapshot) -> None:
        # With the date: a watch lasts for days.
        lead: list[Piece] = [(f"{local_time(snapshot.now)}  ", "dim"), event.type.value.ljust(_WORD_CELLS)]
        console = self._console.console
        # rich itself would end the program, with a failure, when the reader of a pipe has gone.
        with console.capture() as captured:
            self._console.line(*lead, *_pieces(event, snapshot))
        console.file.write(captured.get())
        console.file.flush()


def _pieces(event: WatchEvent, snapshot: Snapshot) -> list[Piece]:
    finding, reason = event.finding, f": {event.reason}" if event.reason else ""
    if event.type in _CONNECTION:
        return [(f"{_CONNECTION[event.type]}{event.reason}", "bold")]
    if event.set is None:
        return [(f"{glyph(Health.UNKNOWN)} {event.reason}", "bold")]
    if finding is None:
        known = event.type is EventType.KNOWN
        text = "can be judged again" if known else "cannot be judged; what was found of it may still hold"
        return [f"{glyph(Health.NEUTRAL if known else Health.UNKNOWN)} {event.set}  {text}{reason}"]
    ended = event.type is EventType.ENDED
    subject, headline = about(event.set, snapshot.fleet.sets.get(event.set), finding)
    style = "" if ended else LEVEL_STYLES[finding.level]
    mark = active().check if ended else glyph(_LEVEL_HEALTH[finding.level])
    level = f"{event.former.name.lower()} → " if event.former is not None and not ended else ""
    since = age(finding.since, snapshot.now)
    facts = [f"{level}{finding.level.name.lower()}", finding.rule, f"after {since}" if ended and since else since]
    return [
        (f"{mark} ", style),
        f"{subject}  ",
        (headline, style),
        f"  ({', '.join(filter(None, facts))})",
        reason,
    ]
