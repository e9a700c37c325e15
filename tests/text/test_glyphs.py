from __future__ import annotations

import unicodedata

import pytest
import wcwidth
from msgspec.structs import fields, replace
from rich.cells import cell_len

from stsview.model.states import Health
from stsview.model.views import Severity
from stsview.text.glyphs import ASCII, UNICODE, Glyphs, active, detect, glyph, use
from stsview.ui.kit.look.health_roles import health_of, role_of, sign
from stsview.ui.kit.look.roles import Role


def every_sign(glyphs: Glyphs) -> list[str]:
    values = [getattr(glyphs, field.name) for field in fields(glyphs)]
    return [
        *(value for value in values if isinstance(value, str) and value != glyphs.encoding),
        *glyphs.healths.values(),
    ]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_glyph_is_one_cell_in_every_width_table(glyphs: Glyphs) -> None:
    for drawn in every_sign(glyphs):
        assert len(drawn) == 1
        assert cell_len(drawn) == 1, drawn
        assert wcwidth.wcwidth(drawn) == 1, drawn


def test_no_glyph_is_drawn_as_an_emoji() -> None:
    """Unicode's Emoji_Presentation=Yes; those with only Emoji=Yes, such as ✔ and ✖, are text unless VS16 follows."""
    for drawn in every_sign(UNICODE):
        assert wcwidth.wcswidth(drawn + "\ufe0e") == 1
        assert unicodedata.east_asian_width(drawn) != "W"


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_each_health_has_its_own_glyph(glyphs: Glyphs) -> None:
    assert set(glyphs.healths) == set(Health)
    assert len(set(glyphs.healths.values())) == len(Health)


def test_ascii_is_ascii() -> None:
    assert all(drawn.isascii() and drawn.isprintable() for drawn in every_sign(ASCII))


@pytest.mark.parametrize(
    ("environ", "encoding", "expected"),
    [
        ({"TERM": "xterm-256color"}, "utf-8", UNICODE),
        ({"TERM": "xterm-256color"}, "UTF8", UNICODE),
        ({}, "utf-8", UNICODE),
        ({"TERM": "linux"}, "utf-8", ASCII),
        ({"TERM": "dumb"}, "utf-8", ASCII),
        ({"TERM": "xterm"}, "ISO-8859-1", replace(ASCII, encoding="ISO-8859-1")),
        ({"TERM": "xterm"}, "ANSI_X3.4-1968", replace(ASCII, encoding="ANSI_X3.4-1968")),
        ({"TERM": "xterm", "STSVIEW_ASCII": "1"}, "utf-8", ASCII),
        ({"TERM": "linux", "STSVIEW_ASCII": "0"}, "utf-8", UNICODE),
        ({"TERM": "xterm", "STSVIEW_ASCII": ""}, "utf-8", UNICODE),
    ],
)
def test_the_glyphs_follow_the_terminal(environ: dict[str, str], encoding: str, expected: Glyphs) -> None:
    assert detect(environ, encoding) == expected


def test_the_glyphs_in_use_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    use(None)
    monkeypatch.setenv("STSVIEW_ASCII", "1")
    assert active() is ASCII
    assert glyph(Health.DEGRADED) == "x"


def test_every_health_has_a_role_and_every_severity_a_health() -> None:
    assert sign(Health.DEGRADED) == ("✖", Role.DEGRADED)
    assert {role_of(health) for health in Health} <= set(Role)
    assert role_of(Health.UNKNOWN) is not role_of(Health.READY)
    assert [health_of(severity) for severity in Severity] == [
        Health.READY,
        Health.PROGRESSING,
        Health.UNKNOWN,
        Health.WARNING,
        Health.DEGRADED,
    ]
