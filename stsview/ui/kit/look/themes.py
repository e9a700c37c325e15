"""Themes: a colour for each role of `styles/`.

Nothing else in the program names a colour.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from textual.app import App
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import Theme

from stsview.text.glyphs import active


class Palette(msgspec.Struct, frozen=True):
    """Colours of the roles as `#rrggbb`.

    Style sheets name each `$role-<name>`, with `-` for `_`.
    """

    ground: str
    panel: str
    """Background of the first and last line, and of dialogs."""
    line: str
    text: str
    dim: str
    bright: str
    accent: str
    on_accent: str
    selected: str
    """Background of the row under the cursor."""
    hover: str
    """Background of the row under the mouse."""
    ready: str
    progressing: str
    warning: str
    degraded: str
    terminating: str
    series_1: str
    """Ordinals in a merged log, in turn; a colour of no state."""
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str


DARK = Palette(
    ground="#0e1318",
    panel="#131a21",
    line="#24303b",
    text="#c9d3dc",
    dim="#6d7d8b",
    bright="#f1f5f8",
    accent="#4fc3c7",
    on_accent="#0e1318",
    selected="#1d2a35",
    hover="#161f28",
    ready="#6cc58b",
    progressing="#58a6d6",
    warning="#e3b25b",
    degraded="#ef6a72",
    terminating="#8e7cc3",
    series_1="#79b8ff",
    series_2="#f0a3d0",
    series_3="#b8d65c",
    series_4="#b9a7ff",
    series_5="#56d4c8",
    series_6="#d9b48f",
)

LIGHT = Palette(
    ground="#fafbfc",
    panel="#eef1f4",
    line="#cdd5dc",
    text="#2b343c",
    dim="#69757f",
    bright="#05090c",
    accent="#0a6c74",
    on_accent="#ffffff",
    selected="#dbe7ec",
    hover="#edf2f5",
    ready="#186a3b",
    progressing="#145a96",
    warning="#7d5200",
    degraded="#b01e2d",
    terminating="#5f4a9e",
    series_1="#0550ae",
    series_2="#a0307e",
    series_3="#4d6b00",
    series_4="#6639ba",
    series_5="#0b6b68",
    series_6="#8a4b1f",
)

HIGH_CONTRAST = Palette(
    ground="#000000",
    panel="#000000",
    line="#8a8a8a",
    text="#ffffff",
    dim="#c0c0c0",
    bright="#ffffff",
    accent="#00ffff",
    on_accent="#000000",
    selected="#00005f",
    hover="#262626",
    ready="#00ff00",
    progressing="#5fd7ff",
    warning="#ffff00",
    degraded="#ff8080",
    terminating="#ff87ff",
    series_1="#87afff",
    series_2="#ff87d7",
    series_3="#afff00",
    series_4="#d7afff",
    series_5="#00ffd7",
    series_6="#ffd7af",
)

COLOUR_BLIND = Palette(
    ground="#0e1318",
    panel="#131a21",
    line="#24303b",
    text="#c9d3dc",
    dim="#7d8c99",
    bright="#f7fafc",
    accent="#8fd3ff",
    on_accent="#0e1318",
    selected="#1d2a35",
    hover="#161f28",
    ready="#4a9fe0",
    progressing="#b9dcf5",
    warning="#f0e06a",
    degraded="#f5822a",
    terminating="#a88fc4",
    series_1="#56b4e9",
    series_2="#d98cb8",
    series_3="#e8dd8a",
    series_4="#8f9cf0",
    series_5="#a8e0d0",
    series_6="#d0b088",
)
"""After Okabe and Ito: good is blue, bad is orange, and all differ in lightness too."""

PALETTES: Mapping[str, Palette] = {
    "stsview-dark": DARK,
    "stsview-light": LIGHT,
    "stsview-high-contrast": HIGH_CONTRAST,
    "stsview-colour-blind": COLOUR_BLIND,
}
"""By theme name."""

DEFAULT_THEME = "stsview-dark"


def variables(palette: Palette) -> dict[str, str]:
    """Style sheet variables: roles (`role-ground`), Textual's own, and borders.

    The borders depend on what the terminal can draw: `role-frame` around a panel, `role-edge` at the side of a toast.
    """
    roles = {f"role-{name.replace('_', '-')}": value for name, value in msgspec.structs.asdict(palette).items()}
    return {
        **roles,
        "role-frame": "ascii" if active().ascii_only else "round",
        "role-edge": "ascii" if active().ascii_only else "outer",
        "text-muted": palette.dim,
        "text-disabled": palette.dim,
        "foreground-muted": palette.dim,
        "border": palette.accent,
        "border-blurred": palette.line,
        "block-cursor-foreground": palette.bright,
        "block-cursor-background": palette.selected,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": palette.bright,
        "block-cursor-blurred-background": palette.selected,
        "block-cursor-blurred-text-style": "bold",
        "block-hover-background": palette.hover,
        "input-cursor-background": palette.bright,
        "input-cursor-foreground": palette.ground,
        "input-selection-background": palette.selected,
        "scrollbar": palette.line,
        "scrollbar-hover": palette.dim,
        "scrollbar-active": palette.accent,
        "scrollbar-background": palette.ground,
        "scrollbar-background-hover": palette.ground,
        "scrollbar-background-active": palette.ground,
        "scrollbar-corner-color": palette.ground,
        "link-color": palette.accent,
    }


def theme(name: str, palette: Palette) -> Theme:
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.progressing,
        accent=palette.accent,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.panel,
        panel=palette.panel,
        success=palette.ready,
        warning=palette.warning,
        error=palette.degraded,
        dark=_is_dark(palette.ground),
        variables=variables(palette),
    )


def _is_dark(colour: str) -> bool:
    return sum(int(colour[start : start + 2], 16) for start in (1, 3, 5)) < 3 * 128


def themes() -> list[Theme]:
    """All themes, for the active glyphs."""
    return [theme(name, palette) for name, palette in PALETTES.items()]


def use_themes(app: App[Any], wish: str = "") -> None:
    """Register the themes with `app` and select `wish`, or the default if empty.

    Textual's own themes are removed: they lack our roles, and its ANSI themes draw black on black under NO_COLOR.
    Raises ValueError, which names the known themes, for an unknown `wish`.
    """
    chosen = wish or theme_for_terminal(os.environ)
    if chosen not in PALETTES:
        raise ValueError(f"unknown theme {chosen!r}, known themes: {', '.join(PALETTES)}")
    for known in themes():
        app.register_theme(known)
    former = app.current_theme
    if former.dark == _is_dark(PALETTES[chosen].ground) and not (former.ansi or app.is_running):
        # Only the variables differ. An assignment would have all style sheets parsed twice before the first frame.
        app.set_reactive(App.theme, chosen)
        app.stylesheet.set_variables(app.get_css_variables())
    else:
        app.theme = chosen
    for name in app.available_themes.keys() - PALETTES.keys():
        app.unregister_theme(name)
    # The scrollbar renderer is a class attribute: one for the whole process, which has one terminal.
    ScrollBar.renderer = WholeCellScrollBar if active().ascii_only else ScrollBarRender


class WholeCellScrollBar(ScrollBarRender):
    """A scrollbar of whole cells, without block elements at its ends."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def theme_for_terminal(environ: Mapping[str, str]) -> str:
    """The default theme: high contrast for terminals of 16 colours, else dark.

    Terminals of 16 colours cannot show the shades of the other themes.

    Detected as Rich does, by COLORTERM and TERM. A bare `xterm` or `screen` means 16 colours, although nearly all such
    terminals can show more.
    """
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return DEFAULT_THEME
    colours = environ.get("TERM", "").strip().lower().rpartition("-")[2]
    return DEFAULT_THEME if colours in ("256color", "kitty") else "stsview-high-contrast"
