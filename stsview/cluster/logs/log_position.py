"""How far a log has been read, to resume without gaps or repeated lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from stsview.objects.log_messages import LogLine

_MAX_UNSTAMPED = 64


class LogPosition:
    """The timestamps of the last second that was read.

    A kubelet can be asked for lines since a *second* only (metav1.Time has no fractions on the wire), and sends that
    second again from its start. The nanoseconds of the timestamps identify lines already read, even when stdout and
    stderr arrived out of order or the file was rotated in between.
    """

    def __init__(self) -> None:
        self._prefix = ""
        self._second: datetime | None = None
        self._read: Counter[str] = Counter()
        self._again: Counter[str] = Counter()
        self._unstamped: set[str] = set()

    @property
    def since(self) -> str:
        """The value for `sinceTime`; empty before any line was read."""
        return "" if self._second is None else self._second.strftime("%Y-%m-%dT%H:%M:%SZ")

    def resume(self) -> None:
        """Expect the lines of the last second again, as after a new request since `since`."""
        self._again = self._read.copy()

    def unread(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Those of `lines` that were not read before."""
        new: list[LogLine] = []
        for line in lines:
            stamp = line.stamp
            if not stamp:
                # Not from the container: a message of the kubelet in place of a log, repeated for each request.
                if line.text in self._unstamped:
                    continue
                if len(self._unstamped) < _MAX_UNSTAMPED:
                    self._unstamped.add(line.text)
                new.append(line)
                continue
            if self._again and self._again[stamp] > 0:
                self._again[stamp] -= 1
                continue
            self._note(stamp)
            new.append(line)
        return new

    def _note(self, stamp: str) -> None:
        # With the offset: on nodes with local time, one hour a year occurs twice.
        prefix = stamp[:19] + ("Z" if stamp[-1] == "Z" else stamp[-6:])
        if prefix != self._prefix:
            second = _second(stamp)
            if second is None or (self._second is not None and second < self._second):
                return
            if second != self._second:
                self._second = second
                self._read.clear()
                self._unstamped.clear()
            self._prefix = prefix
        self._read[stamp] += 1


def _second(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
