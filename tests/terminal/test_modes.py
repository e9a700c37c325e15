"""What is taken back of the modes that a lost program has left in the terminal."""

from __future__ import annotations

import pytest

from stsview.terminal.modes import ModeTracker


@pytest.mark.parametrize(
    ("written", "restored"),
    [
        ([b"plain text\r\n"], b""),
        ([b"\x1b[?1049h\x1b[?25l", b"text"], b"\x1b[?1049l\x1b[?25h"),
        ([b"\x1b[?1049h\x1b[?25l text \x1b[?25h\x1b[?1049l"], b""),
        ([b"\x1b[?1000;1006h\x1b[?2004h"], b"\x1b[?1000l\x1b[?1006l\x1b[?2004l"),
        ([b"x\x1b[?10", b"49", b"h"], b"\x1b[?1049l"),
        ([b"\x1b[?7l\x1b[?1h"], b"\x1b[?1l\x1b[?7h"),
    ],
)
def test_modes(written: list[bytes], restored: bytes) -> None:
    modes = ModeTracker()
    for one in written:
        modes.note(one)
    assert modes.restoring() == b"\x1b[0m" + restored
