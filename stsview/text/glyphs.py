"""One sign per state, everywhere the same, and the few others that the screens draw; each takes one cell."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stsview.model.states import Health


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs that a terminal can draw. Every one is one cell wide."""

    healths: Mapping[Health, str]
    check: str
    """Something holds, was found in order."""
    ellipsis: str
    stand_in: str
    """Stands for a character that must not reach the terminal."""
    separator: str
    """Between parts of a sentence, with a space on either side."""
    crumb: str
    """Between the steps of the way here."""
    nothing: str
    """In a cell that has nothing to say."""
    bar: str
    """One cell of a progress bar, done or not; the colour tells which (see `bar_rest` where there is none)."""
    bar_rest: str
    arrow: str
    arrow_shaft: str
    cursor: str
    """The bar at the left edge of the selected row."""
    ascending: str
    descending: str
    ascii_only: bool = False
    encoding: str = "utf-8"
    """What the terminal reads. Characters that it has no bytes for get a stand-in: written out as Python would
    (`\\u65e5`) they would be six cells wide."""

    def can_encode(self, character: str) -> bool:
        if self.encoding == "utf-8":
            return True
        try:
            character.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        except LookupError:
            return character.isascii()
        return True

    def health(self, health: Health) -> str:
        return self.healths[health]


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
    cursor="|",
    ascending="^",
    descending="v",
    ascii_only=True,
)


def detect(environ: Mapping[str, str], encoding: str) -> Glyphs:
    """The set that a terminal can draw, as far as it tells: `STSVIEW_ASCII` (1 or 0) decides, else TERM and encoding.

    The Linux console has a font of 256 or 512 signs without most of ours; a dumb terminal promises nothing.
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
    """The set in use; chosen at the first call from this process's environment, unless `use` came before."""
    global _active  # noqa: PLW0603 - a process has one terminal
    if _active is None:
        _active = detect(os.environ, locale.getencoding())
    return _active


def use(glyphs: Glyphs | None) -> None:
    """Draw with `glyphs` from now on; None: choose anew from the environment. What is on the screen is not redrawn."""
    global _active  # noqa: PLW0603 - a process has one terminal
    _active = glyphs


def glyph(health: Health) -> str:
    return active().healths[health]
