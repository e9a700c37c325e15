from __future__ import annotations

import math
import re
from itertools import combinations

import pytest
from msgspec.structs import asdict
from textual.app import App
from textual.color import Color, rgb_to_lab

from stsview.ui.kit.look.roles import Role
from stsview.ui.kit.look.stylesheets import stylesheets
from stsview.ui.kit.look.themes import PALETTES, Palette, theme_for_terminal, themes, use_themes
from stsview.ui.kit.widgets.span_lines import SpanLines
from tests.support.ui.stage import Stage, style_at

EACH = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)

SERIES = ("series_1", "series_2", "series_3", "series_4", "series_5", "series_6")

READ = ("text", "bright", "accent", "ready", "progressing", "warning", "degraded", "terminating", *SERIES)
"""Roles of text that carries meaning."""


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = Color.parse(colour).normalized
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@EACH
@pytest.mark.parametrize("role", READ)
def test_text_has_enough_contrast(palette: Palette, role: str) -> None:
    colours = asdict(palette)
    for ground in ("ground", "panel"):
        assert contrast(colours[role], colours[ground]) >= 4.5, ground


@EACH
def test_dim_text_has_enough_contrast(palette: Palette) -> None:
    for ground in (palette.ground, palette.panel, palette.selected, palette.hover):
        assert contrast(palette.dim, ground) >= 3


@EACH
def test_the_cursor_row_has_enough_contrast(palette: Palette) -> None:
    colours = asdict(palette)
    for ground in (palette.selected, palette.hover):
        for role in READ:
            assert contrast(colours[role], ground) >= (3.6 if role == "terminating" else 4.5), role


@EACH
def test_the_badge_has_enough_contrast(palette: Palette) -> None:
    assert contrast(palette.on_accent, palette.accent) >= 4.5


@EACH
def test_roles_do_not_share_a_colour(palette: Palette) -> None:
    states = [palette.ready, palette.progressing, palette.warning, palette.degraded, palette.terminating]
    series = [asdict(palette)[name] for name in SERIES]
    assert len({*states, palette.dim, *series}) == 6 + len(SERIES)
    for one, other in combinations(map(Color.parse, series), 2):
        assert difference(one, other) > 20, (one, other)


def seen_by_the_colour_blind(colour: str, kind: str) -> Color:
    """Viénot, Brettel & Mollon 1999, in linear RGB."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    def gamma(part: float) -> float:
        part = min(1.0, max(0.0, part))
        return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)

    red, green, blue = map(linear, Color.parse(colour).normalized)
    if kind == "protan":
        red, green, blue = 0.1124 * red + 0.8876 * green, 0.1124 * red + 0.8876 * green, 0.004 * (red - green) + blue
    else:
        red, green, blue = 0.2927 * red + 0.7073 * green, 0.2927 * red + 0.7073 * green, -0.0223 * (red - green) + blue
    return Color(round(255 * gamma(red)), round(255 * gamma(green)), round(255 * gamma(blue)))


def difference(one: Color, other: Color) -> float:
    """CIE 1976: about 2 is just visible side by side; above 20 two colours are clearly different."""
    left, right = rgb_to_lab(one), rgb_to_lab(other)
    return math.dist((left.L, left.a, left.b), (right.L, right.a, right.b))


@pytest.mark.parametrize("kind", ["protan", "deutan"])
def test_the_colour_blind_theme_keeps_states_apart(kind: str) -> None:
    palette = PALETTES["stsview-colour-blind"]
    states = {name: asdict(palette)[name] for name in ("ready", "progressing", "warning", "degraded", "dim")}
    for (one, left), (other, right) in combinations(states.items(), 2):
        apart = difference(seen_by_the_colour_blind(left, kind), seen_by_the_colour_blind(right, kind))
        assert apart > 20, (one, other, apart)


def test_the_dark_theme_is_the_one_of_the_design() -> None:
    dark = asdict(PALETTES["stsview-dark"])
    assert (dark["ground"], dark["accent"], dark["degraded"]) == ("#0e1318", "#4fc3c7", "#ef6a72")


@EACH
def test_colours_are_written_out(palette: Palette) -> None:
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in asdict(palette).values())


def test_no_theme_is_an_ansi_theme() -> None:
    """Textual 8.2.8 draws ANSI themes black on black under NO_COLOR."""
    assert not any(theme.ansi for theme in themes())
    assert {theme.name: theme.dark for theme in themes()} == {
        "stsview-dark": True,
        "stsview-light": False,
        "stsview-high-contrast": True,
        "stsview-colour-blind": True,
    }


def test_only_our_themes_are_offered() -> None:
    app: App[None] = App()
    use_themes(app)
    assert set(app.available_themes) == set(PALETTES)
    assert app.theme == "stsview-dark"
    with pytest.raises(ValueError, match="unknown theme 'nord', known themes: stsview-dark,"):
        use_themes(app, "nord")


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "stsview-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "stsview-dark"),
        ({"TERM": "xterm-kitty"}, "stsview-dark"),
        ({"TERM": "linux"}, "stsview-high-contrast"),
        ({"TERM": "xterm-16color"}, "stsview-high-contrast"),
        ({}, "stsview-high-contrast"),
    ],
)
def test_sixteen_colours_ask_for_contrast(environ: dict[str, str], theme: str) -> None:
    assert theme_for_terminal(environ) == theme


def test_the_default_theme_depends_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "linux")
    app: App[None] = App()
    use_themes(app)
    assert app.theme == "stsview-high-contrast"


def test_states_differ_in_sixteen_colours() -> None:
    from rich.color import ColorSystem

    palette = PALETTES["stsview-high-contrast"]
    drawn = {
        name: Color.parse(asdict(palette)[name]).rich_color.downgrade(ColorSystem.STANDARD).number
        for name in ("ground", "text", "dim", "accent", "ready", "warning", "degraded", "terminating", "selected")
    }
    states = [drawn[name] for name in ("ready", "warning", "degraded", "terminating")]
    assert len(set(states)) == 4, drawn
    for name in ("text", "dim", "accent", "ready", "warning", "degraded", "terminating"):
        assert drawn[name] not in (drawn["ground"], drawn["selected"]), drawn
    assert drawn["selected"] != drawn["ground"]


@pytest.mark.parametrize("name", PALETTES)
async def test_style_sheets_work_with_every_theme(name: str) -> None:
    assert stylesheets()
    lines = SpanLines([((role.value, role),) for role in Role])
    async with Stage(lines, theme=name).run_test(size=(40, 32)) as pilot:
        await pilot.pause()
        palette = PALETTES[name]
        drawn = {role: style_at(pilot.app, 0, y) for y, role in enumerate(Role)}
        colours = {role: style.color.name for role, style in drawn.items() if style.color is not None}
        assert colours[Role.DEGRADED] == colours[Role.DEGRADED_STRONG] == palette.degraded
        assert colours[Role.READY] == palette.ready
        assert colours[Role.DIM] == colours[Role.HEADING] == palette.dim
        assert drawn[Role.STRONG].bold
        assert not drawn[Role.BRIGHT].bold
        badge = drawn[Role.BADGE]
        assert badge.bgcolor is not None
        assert (badge.bgcolor.name, colours[Role.BADGE]) == (palette.accent, palette.on_accent)


async def test_a_change_of_theme_is_seen_at_once() -> None:
    lines = SpanLines([(("degraded", Role.DEGRADED),)])
    async with Stage(lines).run_test(size=(40, 4)) as pilot:
        await pilot.pause()
        pilot.app.theme = "stsview-light"
        await pilot.pause()
        colour = style_at(pilot.app, 0, 0).color
        assert colour is not None
        assert colour.name == PALETTES["stsview-light"].degraded


async def test_without_colour_text_styles_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = SpanLines([((role.value, role),) for role in Role])
    async with Stage(lines).run_test(size=(40, 32)) as pilot:
        await pilot.pause()
        drawn = {role: style_at(pilot.app, 0, y) for y, role in enumerate(Role)}
        assert drawn[Role.DEGRADED].underline
        assert drawn[Role.DEGRADED].bold
        assert drawn[Role.WARNING].underline
        assert not drawn[Role.READY].underline
        assert drawn[Role.BADGE].bgcolor is not None
        for style in drawn.values():
            assert style.color is not None
            red, green, blue = style.color.get_truecolor()
            assert red == green == blue
