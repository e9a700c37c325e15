"""Splitting a log into lines of limited length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stsview.objects.log_messages import LogLine

LONGEST_LINE = 32 * 1024
"""Bytes kept of one line; the rest is counted and dropped."""

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
"""The timestamp that a kubelet puts before a line (kubernetes/pkg/kubelet/kuberuntime/logs/logs.go, timeFormatOut)."""

_SLICE = 128 * 1024
"""Bytes to split before yielding to the event loop."""


class LineSplitter:
    """Splits the chunks of one answer into lines.

    Invalid UTF-8 becomes replacement characters.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._dropped = 0

    def feed(self, chunk: bytes) -> Iterator[list[LogLine]]:
        """The lines that `chunk` completes, in slices of a millisecond or two each."""
        for start in range(0, len(chunk), _SLICE):
            lines = self._split(chunk[start : start + _SLICE])
            if lines:
                yield lines

    def end(self) -> list[LogLine]:
        """The last line, if the answer ended without a newline."""
        if not self._rest:
            return []
        line = self._finish(bytes(self._rest))
        self._rest.clear()
        return [line]

    def _split(self, piece: bytes) -> list[LogLine]:
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
        # Half a character at the cut is not the container's invalid UTF-8.
        dropped, self._dropped = self._dropped, 0
        return _line(whole.decode("utf-8", "ignore" if dropped else "replace"), dropped)


def _line(text: str, dropped: int = 0) -> LogLine:
    if len(text) > LONGEST_LINE:
        dropped += len(text) - LONGEST_LINE
        text = text[:LONGEST_LINE]
    text = text.removesuffix("\r")
    stamp, found, message = text.partition(" ")
    if found and _STAMP.fullmatch(stamp):
        return LogLine(message, stamp, dropped)
    if not found and _STAMP.fullmatch(text):
        return LogLine("", text, dropped)
    return LogLine(text, "", dropped)
