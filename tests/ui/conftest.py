from __future__ import annotations

from collections.abc import Iterator

import pytest

from stsview.ui import glyphs


@pytest.fixture(autouse=True)
def same_terminal_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is drawn must not depend on where the tests run."""
    for name in ("NO_COLOR", "STSVIEW_ASCII", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    glyphs.use(glyphs.UNICODE)
    yield
    glyphs.use(None)
