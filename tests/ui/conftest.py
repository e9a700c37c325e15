from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from stsview.text import glyphs
from tests.support.ui.idle import wait_for_idle

_PARSED: dict[Hashable, tuple[list[RuleSet], dict[str, list[RuleSet]]]] = {}
_RULES: dict[Hashable, list[RuleSet]] = {}


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
    """Cache parsed style sheets: every app parses them several times, an eighth of the time of its test.

    What is kept goes by the sources in their order and the variables of the theme, upon which alone the rules depend.
    """
    parse, parse_rules = Stylesheet.parse, Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet) -> None:
        key = (_variables_of(sheet), tuple(sheet.source.items()))
        if key not in _PARSED:
            parse(sheet)
            _PARSED[key] = (sheet.rules, sheet.rules_map)
        sheet._rules, sheet._rules_map = _PARSED[key]
        sheet._require_parse = False

    def parse_rules_once(sheet: Stylesheet, *args: object, **kwargs: object) -> list[RuleSet]:
        key = (_variables_of(sheet), args, frozenset(kwargs.items()))
        if key not in _RULES:
            _RULES[key] = parse_rules(sheet, *args, **kwargs)  # type: ignore[arg-type]
        return _RULES[key]

    # Textual's own is as good, but in Python, and called for each rule of each node.
    monkeypatch.setattr(RuleSet, "__hash__", object.__hash__)
    monkeypatch.setattr(Stylesheet, "parse", parse_once)
    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_rules_once)


def _variables_of(sheet: Stylesheet) -> Hashable:
    return tuple(sheet._variables.items())


@pytest.fixture(autouse=True)
def painted_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint no frame that a test does not look at: without a terminal they go nowhere, and took a fifth of the time.

    `screen_lines` and exported pictures paint the whole screen.
    """
    render = Compositor.render_update

    def render_if_whole(compositor: Compositor, full: bool = False, *args: Any, **kwargs: Any) -> Any:
        if full:
            return render(compositor, full, *args, **kwargs)
        compositor._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", render_if_whole)


@pytest.fixture(autouse=True)
def idle_as_soon_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", wait_for_idle)
