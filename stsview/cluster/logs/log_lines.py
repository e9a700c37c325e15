"""From the bytes of a log to its lines, none of which grows beyond bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.objects.log_messages import LogLine

LONGEST_LINE = 32 * 1024
"""Bytes kept of one line; what is beyond is counted and dropped."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
"""What a kubelet puts before a line (kubernetes/pkg/kubelet/kuberuntime/logs/logs.go, timeFormatOut)."""

_SLICE = 128 * 1024
"""Bytes that are made into lines before others have their turn."""


class LineSplitter:
    """Makes lines of one answer, chunk by chunk. Invalid UTF-8 becomes replacement characters."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._dropped = 0

    def feed(self, chunk: bytes) -> Iterator[list[LogLine]]:
        """The lines that end in `chunk`, in slices that take a millisecond or two each."""
        for start in range(0, len(chunk), _SLICE):
            lines = self._take(chunk[start : start + _SLICE])
            if lines:
                yield lines

    def end(self) -> list[LogLine]:
        """The last line, where the answer ended without a line end."""
        if not self._rest:
            return []
        line = self._finish(bytes(self._rest))
        self._rest.clear()
        return [line]

    def _take(self, piece: bytes) -> list[LogLine]:
        first, found, more = piece.partition(b"\n")
        self._keep(first)
        if not found:
            return []
        lines = [self._finish(bytes(self._rest))]
        self._rest.clear()
        body, found, rest = more.rpartition(b"\n")
        if found:
            lines += [_line(text) for text in body.decode("utf-8", "replace").split("\n")]
        self._keep(rest)
        return lines

    def _keep(self, piece: bytes) -> None:
        room = LONGEST_LINE - len(self._rest)
        self._rest += piece[:room]
        self._dropped += max(0, len(piece) - room)

    def _finish(self, whole: bytes) -> LogLine:
        # Half of a character at the cut is no invalid UTF-8 of the container's.
        dropped, self._dropped = self._dropped, 0
        return _line(whole.decode("utf-8", "ignore" if dropped else "replace"), dropped)


def _line(text: str, dropped: int = 0) -> LogLine:
    if len(text) > LONGEST_LINE:
        dropped += len(text) - LONGEST_LINE
        text = text[:LONGEST_LINE]
    text = text.removesuffix("\r")
    stamp, found, said = text.partition(" ")
    if found and _STAMP.fullmatch(stamp):
        return LogLine(said, stamp, dropped)
    if not found and _STAMP.fullmatch(text):
        return LogLine("", text, dropped)
    return LogLine(text, "", dropped)
