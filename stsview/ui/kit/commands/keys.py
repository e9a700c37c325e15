"""Display names of keys."""

from __future__ import annotations

from textual.keys import format_key

from stsview.text.glyphs import active

_NAMES = {"enter": "enter", "backspace": "bksp"}
"""Names for keys that Textual shows as signs which not every font has."""

_ARROWS = ("up", "down", "left", "right")


def key_name(key: str) -> str:
    """`ctrl+d` as `^d`, `slash` as `/`, `escape` as `esc`, `shift+tab` as `shift-tab`."""
    *modifiers, last = key.split("+")
    name = last if last in _ARROWS and active().ascii_only else _NAMES.get(last) or format_key(last)
    for modifier in reversed(modifiers):
        name = f"^{name}" if modifier == "ctrl" else f"{modifier}-{name}"
    return name
