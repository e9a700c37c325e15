"""How far a log was read, so that it goes on after a cut without a gap and without a line twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from stsview.objects.log_messages import LogLine

_MOST_UNSTAMPED = 64


class LogPosition:
    """A kubelet can be asked for what it got since a *second* (metav1.Time has no fractions on the wire), and tells all
    of that second again. So the stamps of the second read last are kept: with their nanoseconds they tell lines apart,
    also where standard output and error came out of order, and also when the file was rotated meanwhile.
    """

    def __init__(self) -> None:
        self._prefix = ""
        self._second: datetime | None = None
        self._read: Counter[str] = Counter()
        self._again: Counter[str] = Counter()
        self._unstamped: set[str] = set()

    @property
    def since(self) -> str:
        """For `sinceTime`; empty before any line was read."""
        return "" if self._second is None else self._second.strftime("%Y-%m-%dT%H:%M:%SZ")

    def resume(self) -> None:
        """What is read from now on was asked for since `since`."""
        self._again = self._read.copy()

    def fresh(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Those of the lines that were not read before."""
        new: list[LogLine] = []
        for line in lines:
            stamp = line.stamp
            if not stamp:
                # Not the container's: what a kubelet says in place of a log, and again whenever it is asked.
                if line.text in self._unstamped:
                    continue
                if len(self._unstamped) < _MOST_UNSTAMPED:
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
        # The offset is part of it: where nodes keep local time, an hour of it comes twice a year.
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
