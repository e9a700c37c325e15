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
        self._latest = ""
        """The fraction of the latest timestamp of the last second."""
        self._joined = True
        """Whether a line was sent again since the last request."""
        self._broken_off = False
        self.gap = False
        """Whether none of the lines that were read last was sent again, although it had to be: the node has removed
        them meanwhile, and perhaps lines after them."""

    @property
    def since(self) -> str:
        """The value for `sinceTime`; empty before any line was read."""
        return "" if self._second is None else self._second.strftime("%Y-%m-%dT%H:%M:%SZ")

    def resume(self, *, broken_off: bool = False) -> None:
        """Expect the lines of the last second again, as after a new request since `since`.

        `broken_off`: the last answer did not end by itself, so that lines may be missing where they are not sent again.
        """
        self._again = self._read.copy()
        self._joined = not self._again
        self._broken_off = broken_off
        self.gap = False

    def restart(self) -> None:
        """Expect the log of another pod, from its start: the clock of its node may be behind."""
        self._prefix = ""
        self._second = None

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
                self._joined = True
                continue
            if not self._joined:
                if self._is_older(stamp):
                    continue
                self._joined, self.gap = True, self._broken_off
            self._note(stamp)
            new.append(line)
        return new

    def _is_older(self, stamp: str) -> bool:
        """Whether the line is from the last second, and from before the first lines that were read."""
        prefix, fraction = _parts(stamp)
        return prefix == self._prefix and fraction <= self._latest

    def _note(self, stamp: str) -> None:
        prefix, fraction = _parts(stamp)
        if prefix != self._prefix:
            second = _second(stamp)
            if second is None or (self._second is not None and second < self._second):
                return
            if second != self._second:
                self._second = second
                self._read.clear()
                self._unstamped.clear()
                self._latest = ""
            self._prefix = prefix
        if fraction > self._latest:
            self._latest = fraction
        self._read[stamp] += 1


def _parts(stamp: str) -> tuple[str, str]:
    """The second with the offset, as on nodes with local time one hour a year occurs twice, and its fraction."""
    if stamp[-1] == "Z":
        return stamp[:19] + "Z", stamp[19:-1]
    return stamp[:19] + stamp[-6:], stamp[19:-6]


def _second(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
