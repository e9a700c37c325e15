"""What a program has changed in a terminal, by the sequences that it wrote, and how to take it back."""

from __future__ import annotations

import re

_MODES = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_LONGEST = 32
"""Bytes of a sequence that may be split between two writes."""

_OFF = ("1049", "1047", "47", "1000", "1002", "1003", "1004", "1005", "1006", "1015", "2004", "1")
"""Private modes that are off in a terminal at a prompt: alternate screen, mouse, focus, paste, cursor keys (xterm's
ctlseqs, "DEC Private Mode Set")."""
_ON = ("25", "7")
"""Those that are on: cursor, wrap."""
_PLAIN = b"\x1b[0m"


class ModeTracker:
    """Follows the output of a program that may end without tidying up, as when its connection is lost."""

    def __init__(self) -> None:
        self._set: dict[str, bool] = {}
        self._rest = b""

    def note(self, data: bytes) -> None:
        """Note the modes in `data`, the next part of the output."""
        data = self._rest + data
        for match in _MODES.finditer(data):
            for mode in match[1].decode().split(";"):
                self._set[mode] = match[2] == b"h"
        start = data.rfind(b"\x1b", max(0, len(data) - _LONGEST))
        self._rest = data[start:] if start >= 0 and not _MODES.match(data, start) else b""

    def restoring(self) -> bytes:
        """What to write so that the terminal is as before; colours are reset in any case."""
        off = [mode for mode in _OFF if self._set.get(mode)]
        on = [mode for mode in _ON if self._set.get(mode) is False]
        sequences = [f"\x1b[?{mode}l" for mode in off] + [f"\x1b[?{mode}h" for mode in on]
        return _PLAIN + "".join(sequences).encode()
