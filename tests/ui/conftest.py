from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from stsview.text import glyphs
from tests.support.ui.idle import wait_for_idle

_PARSED: dict[tuple[object, ...], list[RuleSet]] = {}


@pytest.fixture(autouse=True)
def same_terminal_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make output independent of the environment of the tests."""
    for name in ("NO_COLOR", "STSVIEW_ASCII", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    glyphs.use(glyphs.UNICODE)
    yield
    glyphs.use(None)


@pytest.fixture(autouse=True)
def style_sheets_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cache parsed style sheets: every app parses them twice, an eighth of the time of its test.

    What is kept goes by the text, its place and the theme's variables, upon which alone the rules depend.
    """
    parse = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, *args: object, **kwargs: object) -> list[RuleSet]:
        key = (frozenset(sheet._variables.items()), args, frozenset(kwargs.items()))
        if key not in _PARSED:
            _PARSED[key] = parse(sheet, *args, **kwargs)  # type: ignore[arg-type]
        return _PARSED[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)


@pytest.fixture(autouse=True)
def idle_as_soon_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", wait_for_idle)


@pytest.fixture(autouse=True)
def collected_seldom() -> Iterator[None]:
    """Raise the threshold of garbage collection: widgets are many small objects, and it took a fifth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, *usual[1:])
    yield
    gc.set_threshold(*usual)
