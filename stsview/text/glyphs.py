"""Glyphs: one per health, and the few others that screens draw.

Each is one cell wide.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from stsview.model.states import Health


class Glyphs(msgspec.Struct, frozen=True):
    """A set of glyphs that a terminal can draw, each one cell wide."""

    healths: Mapping[Health, str]
    check: str
    """A passed check."""
    ellipsis: str
    stand_in: str
    """Replaces a character that must not reach the terminal."""
    separator: str
    """Separates parts of a sentence, with a space on either side."""
    crumb: str
    """Separates the parts of a breadcrumb."""
    nothing: str
    """In an empty table cell."""
    bar: str
    """One cell of a progress bar; the colour shows whether it is done (without colour, see `bar_rest`)."""
    bar_rest: str
    arrow: str
    arrow_shaft: str
    divider: str
    """Separates what belongs to a set from what does not, or the lines of a chain."""
    divider_late: str
    """Instead of the divider before a line of a log that is out of its order."""
    forward: str
    """Forwarded ports."""
    cursor: str
    """The bar at the left edge of the selected row."""
    ascending: str
    descending: str
    ascii_only: bool = False
    encoding: str = "utf-8"
    """Encoding of the terminal. Characters that it cannot encode are replaced: Python's escapes (`\\u65e5`) would be
    six cells wide."""

    def can_encode(self, character: str) -> bool:
        """Whether the terminal can draw the character."""
        if self.ascii_only and character in _TYPOGRAPHIC:
            return False
        if self.encoding == "utf-8":
            return True
        try:
            character.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        except LookupError:
            return character.isascii()
        return True

    def plain(self, character: str) -> str:
        """A character to draw instead of one that the terminal cannot draw."""
        return self.ellipsis if character == UNICODE.ellipsis else _TYPOGRAPHIC.get(character, self.stand_in)

    def health(self, health: Health) -> str:
        return self.healths[health]


_TYPOGRAPHIC = {
    "…": ">",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "·": "-",
    "×": "x",
    "→": ">",
}
"""Signs of sentences, and the ASCII characters that replace them."""

UNICODE = Glyphs(
    healths={
        Health.READY: "●",
        Health.PROGRESSING: "◐",
        Health.DEGRADED: "✖",
        Health.TERMINATING: "◌",
        Health.MISSING: "○",
        Health.WARNING: "▲",
        Health.UNKNOWN: "?",
        Health.NEUTRAL: "·",
    },
    check="✔",
    ellipsis="…",
    stand_in="\N{REPLACEMENT CHARACTER}",
    separator="·",
    crumb="›",
    nothing="—",
    bar="━",
    bar_rest="━",
    arrow="▶",
    arrow_shaft="─",
    divider="│",
    divider_late="┆",
    forward="⇄",
    cursor="▌",
    ascending="▲",
    descending="▼",
)

ASCII = Glyphs(
    healths={
        Health.READY: "+",
        Health.PROGRESSING: "~",
        Health.DEGRADED: "x",
        Health.TERMINATING: "-",
        Health.MISSING: "o",
        Health.WARNING: "!",
        Health.UNKNOWN: "?",
        Health.NEUTRAL: ".",
    },
    check="+",
    ellipsis=">",
    stand_in="?",
    separator="-",
    crumb=">",
    nothing="-",
    bar="#",
    bar_rest=".",
    arrow=">",
    arrow_shaft="-",
    divider="|",
    divider_late=":",
    forward="=",
    cursor="|",
    ascending="^",
    descending="v",
    ascii_only=True,
)


def detect(environ: Mapping[str, str], encoding: str) -> Glyphs:
    """The glyphs for a terminal, by `STSVIEW_ASCII` (1 or 0), TERM and encoding.

    The font of the Linux console has 256 or 512 glyphs, without most of ours; a dumb terminal promises nothing.
    """
    unicode = encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf8mb4", "cp65001")
    wish = environ.get("STSVIEW_ASCII", "")
    if wish:
        ascii_only = wish not in ("0", "false", "no")
    else:
        ascii_only = not unicode or environ.get("TERM", "") in ("linux", "dumb")
    glyphs = ASCII if ascii_only else UNICODE
    return glyphs if unicode else replace(glyphs, encoding=encoding)


_active: Glyphs | None = None


def active() -> Glyphs:
    """The glyphs in use, detected at the first call unless `use` came before."""
    global _active  # noqa: PLW0603 - a process has one terminal
    if _active is None:
        _active = detect(os.environ, locale.getencoding())
    return _active


def use(glyphs: Glyphs | None) -> None:
    """Use `glyphs` from now on (None: detect again); does not redraw the screen."""
    global _active  # noqa: PLW0603 - a process has one terminal
    _active = glyphs


def glyph(health: Health) -> str:
    return active().healths[health]
