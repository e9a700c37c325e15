"""Hostile text, as an attacker or a broken program might put it into a cluster."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

MARKUP = ("[/", "pod [/red] x", "a[b=c]d", "[@click=app.quit]x[/]", "[b]bold[/b]", "[[", "]", "\\[", "[$error]x", "[")

ESCAPES = (
    "\x1b[2J\x1b[H",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]0;title\x1b\\",
    "\x9b31m",
    "\x90q\x9c",
    "bell\x07",
    "back\x08\x08",
    "nul\x00",
    "del\x7f",
    "\r\noverwritten",
    "tab\tbed",
    "line\nfeed",
    "vertical\x0b\x0c",
    "next\x85line\u2028para\u2029",
)

INVISIBLE = (
    "user\u202etxt.exe",
    "\u2066iso\u2069",
    "zero\u200bwidth\u200djoiner\ufeff",
    "soft\u00adhyphen",
    "\u3164filler\u115f",
    "tag\U000e0041",
    "half\ud800pair",
    "private\ue000use",
    "unassigned\U0003fffe",
)

WIDE = (
    "日本語のメッセージ",
    "한국어",
    "e\u0301a\u0308",
    "z" + "\u0300\u0301\u0302\u0303" * 40 + "algo",
    "\u0301orphan",
    "👍🏽 family 👨‍👩‍👧 flag 🇩🇪 heart ❤️",
    "कि हिन्दी",
    "שלום עולם",
)

HUGE = ("x" * 10_000, "日" * 5_000, "\u0301" * 5_000, "\x1b" * 5_000)

SAMPLES = (*MARKUP, *ESCAPES, *INVISIBLE, *WIDE, *HUGE, "", " ")


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Any text, including lone surrogates, mixed with known attacks."""
    anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=max_size)
    pieces = st.one_of(anything, st.sampled_from([sample for sample in SAMPLES if len(sample) < 300]))
    return st.lists(pieces, max_size=4).map("".join)


def harmful(drawn: str) -> set[str]:
    """The characters of a drawn text that must never reach a terminal."""
    return {
        character
        for character in drawn
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        or 0xFE00 <= ord(character) <= 0xFE0F
    }
