"""The report of a recording: when findings began and ended, and what was done meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from stsview.actions.execution.audit_log import AuditFailed, AuditLog, usual_path
from stsview.cli.output.document import API_VERSION, plain_value, to_json
from stsview.cluster.errors import printable_line
from stsview.live.replay.player import Note
from stsview.live.replay.recording_target import RecordingTarget
from stsview.live.replay.timeline import Episode, Timeline
from stsview.model.settings import ModelSettings
from stsview.text.ages import precise
from stsview.text.numbers import count

_AUDIT_LEAD = "before"
"""The `moment` of the entries of the audit log that tell what was begun."""

_SAME = timedelta(minutes=5)
"""An action sends its next request within that time: a pod takes no longer to become Ready."""


def print_report(target: RecordingTarget, settings: ModelSettings, form: str) -> None:
    """Print the report as `markdown` or `json`. Raises `CannotStart`."""
    timeline = target.open(settings, at_start=True).timeline
    timeline.fill()
    notes = _once(sorted([*timeline.notes, *_audited(timeline)], key=lambda note: note.at))
    if form == "json":
        sys.stdout.write(to_json(_document(target, timeline, notes)) + "\n")
    else:
        sys.stdout.write("\n".join(_markdown(target, timeline, notes)) + "\n")


def _audited(timeline: Timeline) -> Iterator[Note]:
    """What stsview did from this machine on the recorded cluster meanwhile, by its audit log."""
    try:
        for entry in AuditLog(usual_path()).entries(timeline.start):
            at = _instant(entry.get("time"))
            if at is None or at > timeline.known_until or entry.get("context") != timeline.context:
                continue
            if entry.get("moment") == _AUDIT_LEAD:
                yield Note(at, str(entry.get("title", "")), str(entry.get("user", "")))
    except AuditFailed:
        return


def _once(notes: list[Note]) -> list[Note]:
    """Without what is noted again for each request, or both in the recording and in the audit log."""
    found: list[Note] = []
    latest: dict[str, datetime] = {}
    for note in notes:
        former = latest.get(note.text)
        latest[note.text] = note.at
        if former is None or note.at - former > _SAME:
            found.append(note)
    return found


def _document(target: RecordingTarget, timeline: Timeline, notes: list[Note]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "IncidentReport",
        "recording": target.name,
        "context": timeline.context,
        "start": plain_value(timeline.start),
        "end": plain_value(timeline.known_until),
        "findings": [
            {
                "began": plain_value(one.began),
                "ended": plain_value(one.ended),
                "set": plain_value(one.set),
                "rule": one.finding.rule,
                "level": plain_value(one.finding.level),
                "ordinals": list(one.finding.ordinals),
                "object": plain_value(one.finding.object),
                "headline": one.finding.headline,
                "acknowledged": one.finding.acknowledged,
            }
            for one in timeline.episodes()
        ],
        "done": [{"at": plain_value(note.at), "what": note.text, "by": note.by} for note in notes],
    }


def _markdown(target: RecordingTarget, timeline: Timeline, notes: list[Note]) -> Iterator[str]:
    episodes = list(timeline.episodes())
    length = precise((timeline.known_until - timeline.start).total_seconds())
    yield f"# {_cell(timeline.context or target.name)}: {_date(timeline.start)} to {_time(timeline.known_until)} UTC"
    yield ""
    open_ = sum(one.ended is None for one in episodes)
    still = f", {open_} of them to the end" if open_ else ""
    yield f"{length} recorded; {count(len(episodes), 'finding')}{still}."
    if episodes:
        yield from _table_of(episodes, timeline.known_until)
    if notes:
        yield ""
        yield "| at | what was done | by |"
        yield "| --- | --- | --- |"
        for note in notes:
            yield f"| {_time(note.at)} | {_cell(note.text)} | {_cell(note.by or 'unknown')} |"


def _table_of(episodes: list[Episode], end: datetime) -> Iterator[str]:
    yield ""
    yield "| from | to | lasted | StatefulSet | ordinals | level | finding |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for one in episodes:
        yield f"| {' | '.join(_cell(text) for text in _row(one, end))} |"


def _row(one: Episode, end: datetime) -> tuple[str, ...]:
    # What began before the recording says itself since when it lasts, where an object tells.
    began = one.finding.since if one.at_start and one.finding.since is not None else one.began
    return (
        _time(began) if began.date() == end.date() else _date(began),
        _time(one.ended) if one.ended is not None else "lasts",
        precise(((one.ended or end) - began).total_seconds()),
        str(one.set),
        ", ".join(map(str, one.finding.ordinals)) or "all",
        one.finding.level.name.lower() + (" (acknowledged)" if one.finding.acknowledged else ""),
        one.finding.headline,
    )


def _cell(text: str) -> str:
    """Text of the cluster in a table: on one line, and without what Markdown would interpret."""
    line = printable_line(text, 300)
    for sign in ("\\", "|", "`", "*", "_", "<", "[", "]"):
        line = line.replace(sign, f"\\{sign}")
    return line


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S")


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
