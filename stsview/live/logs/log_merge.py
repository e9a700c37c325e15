"""Merging the lines of several logs by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from stsview.objects.log_messages import LogLine

HOLD_SECONDS = 0.4
"""How long a line waits for older ones of other logs, at most: too short to be noticed while reading."""

STALL_SECONDS = 3.0
"""How long a log whose existing lines are being read may send nothing before the others stop waiting for it."""

LATE_SECONDS = 2.0
"""By how much the way of a line must be longer than that of others of its log to count as late."""

_FORGET = 0.2
"""Seconds by which the shortest way of a log may grow in a second: its node may have set its clock."""

LATE = "late lines: they are older than the lines above"


class MergedLine(msgspec.Struct, frozen=True, gc=False):
    """A line, and whose log it is from."""

    source: str
    """Empty for a note about several logs."""
    line: LogLine
    late: bool = False
    """Whether newer lines of other logs were released before it."""


class _Piece(msgspec.Struct):
    """Lines of one log that arrived together."""

    name: str
    """Of the log; empty for a note about several."""
    times: list[int]
    """Of the lines, in nanoseconds; never decreasing, also where the clock of the node went back."""
    lines: Sequence[LogLine]
    arrived: float
    behind: bool
    """Whether its lines may be older than lines that were released before they arrived."""
    start: int = 0
    """The first line that was not released yet."""


class _Source(msgspec.Struct):
    pieces: deque[_Piece] = msgspec.field(default_factory=deque)
    held: int = 0
    last: int = -1
    """Time of the last line."""
    catching_up: bool = True
    """Whether its existing lines are being read, or will be at once."""
    closed: bool = False
    """Whether no line will be added."""
    heard: float = 0.0
    """When it last sent a line, or began to catch up."""
    shortest: float | None = None
    """The shortest way of a line from its time to its arrival, in seconds; clocks may make it any number."""
    shortest_at: float = 0.0
    late: bool = False
    """Whether its last released line was late."""


class LogMerge:
    """Lines of several logs, released in the order of their timestamps.

    Lines of one log keep their order, whatever their timestamps. While existing lines are read, the order is exact. A
    new line is released after `HOLD_SECONDS` at the latest, so that a slow log never holds back the others; older
    lines of other logs that arrive after it are released as soon as they arrive, marked as late, the first ones after
    a note.

    Times passed in are seconds of a monotonic clock.
    """

    def __init__(self, *, stall_seconds: float | None = STALL_SECONDS) -> None:
        """`stall_seconds` None: wait for existing lines however long they take."""
        self._stall_seconds = stall_seconds
        self._sources: dict[str, _Source] = {}
        self._ready: deque[MergedLine] = deque()
        self._released = -1
        """Time of the newest released line."""

    @property
    def held(self) -> int:
        """Number of lines that were not taken yet."""
        return len(self._ready) + sum(source.held for source in self._sources.values())

    def held_of(self, name: str) -> int:
        """Number of lines of a log that were not released yet."""
        source = self._sources.get(name)
        return 0 if source is None else source.held

    def open(self, name: str, now: float) -> None:
        """A log is going to be read: the others wait for its existing lines."""
        source = self._sources.setdefault(name, _Source())
        source.catching_up, source.closed, source.heard = True, False, now

    def close(self, name: str) -> None:
        """A log has ended; it is forgotten once its lines are released."""
        source = self._sources.get(name)
        if source is not None:
            source.catching_up, source.closed = False, True

    def catch_up(self, name: str, now: float, *, catching_up: bool) -> None:
        """Whether existing lines of a log are being read, which the others wait for."""
        source = self._sources[name]
        if catching_up and not source.catching_up:
            source.heard = now
        source.catching_up = catching_up

    def add(self, name: str, lines: Sequence[LogLine], now: float) -> None:
        """Lines arrived."""
        if not lines:
            return
        source = self._sources[name]
        times = _times(lines, source.last)
        source.last = times[-1]
        source.heard = now
        behind = source.catching_up
        if not behind:
            way = now - times[-1] / 1e9
            if source.shortest is None:
                source.shortest = way
            else:
                source.shortest = min(source.shortest + (now - source.shortest_at) * _FORGET, way)
            source.shortest_at = now
            behind = now - times[0] / 1e9 - source.shortest > LATE_SECONDS
        source.pieces.append(_Piece(name, times, lines, now, behind))
        source.held += len(lines)

    def note(self, names: Sequence[str], text: str, now: float) -> None:
        """Put a note about these logs after their last lines, or after those of the others if they have none.

        About one log, the text does not name it.
        """
        sources = [(self._sources.setdefault(name, _Source(catching_up=False, closed=True)), name) for name in names]
        source, name = max(sources, key=lambda found: found[0].last)
        about = name if len(names) == 1 else ""
        # Of a log without lines: now, as far as the others tell.
        time = source.last if source.last >= 0 else max(one.last for one in self._sources.values())
        source.pieces.append(_Piece(about, [time], (LogLine(text, note=True),), now, behind=False))
        source.held += 1

    def take(self, now: float, most: int | None = None) -> list[MergedLine]:
        """The next lines, at most `most`."""
        ready = self._ready
        if most is None or len(ready) < most:
            self._release(self._limit(now))
        if most is None or len(ready) <= most:
            taken = list(ready)
            ready.clear()
            return taken
        return [ready.popleft() for _ in range(most)]

    def _limit(self, now: float) -> int:
        """The time up to which lines are released."""
        held_back: int | None = None
        newest = -1
        complete = True
        for source in self._sources.values():
            stalled = self._stall_seconds is not None and now >= source.heard + self._stall_seconds
            if source.catching_up and not stalled:
                held_back = source.last if held_back is None else min(held_back, source.last)
            # What is read of the past needs no time to arrive.
            for piece in reversed(source.pieces):
                if source.catching_up or piece.arrived + HOLD_SECONDS <= now:
                    newest = max(newest, piece.times[-1])
                    break
            complete = complete and (source.catching_up or source.closed or len(self._sources) == 1)
        if complete:
            # Nothing can arrive that belongs before these lines.
            newest = max((source.last for source in self._sources.values()), default=-1)
        return newest if held_back is None else min(newest, held_back)

    def _release(self, limit: int) -> None:
        times: list[int] = []
        lines: list[MergedLine] = []
        for name, source in list(self._sources.items()):
            while source.pieces and source.pieces[0].times[source.pieces[0].start] <= limit:
                piece = source.pieces[0]
                end = bisect_right(piece.times, limit, piece.start)
                stamps, found = piece.times[piece.start : end], piece.lines[piece.start : end]
                past = bisect_left(stamps, self._released) if piece.behind else 0
                if past and not source.late and not found[0].note:
                    times.append(stamps[0])
                    lines.append(MergedLine(piece.name, LogLine(LATE, found[0].stamp, note=True), late=True))
                lines += [MergedLine(piece.name, line, late=not line.note) for line in found[:past]]
                lines += [MergedLine(piece.name, line) for line in found[past:]]
                times += stamps
                source.late = past == len(stamps)
                source.held -= len(found)
                piece.start = end
                if end < len(piece.times):
                    break
                source.pieces.popleft()
            if source.closed and not source.pieces:
                del self._sources[name]
        # Stable: lines of one log with the same time keep their order.
        order = sorted(range(len(times)), key=times.__getitem__)
        self._ready += [lines[place] for place in order]
        if times:
            self._released = max(self._released, times[order[-1]])


def _times(lines: Iterable[LogLine], last: int) -> list[int]:
    """Times of lines in nanoseconds since 1970, none before that of the line before it."""
    times: list[int] = []
    prefix, base = "", -1
    for line in lines:
        stamp = line.stamp
        if stamp:
            if stamp[:19] != prefix or stamp[-1] != "Z":
                prefix, base = (stamp[:19], _seconds(stamp)) if stamp[-1] == "Z" else ("", _seconds(stamp))
            if base >= 0:
                fraction = stamp[20:-1] if stamp[-1] == "Z" else stamp[20:-6]
                digits = int(fraction[:9].ljust(9, "0")) if fraction.isdecimal() else 0
                last = max(last, base * 1_000_000_000 + digits)
        times.append(last)
    return times


def _seconds(stamp: str) -> int:
    """Whole seconds since 1970; -1 for what is no time."""
    try:
        return int(datetime.fromisoformat(stamp).timestamp())
    except (ValueError, OverflowError):
        return -1
