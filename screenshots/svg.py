"""Small SVG pictures of a terminal: one text for each run of one style, one rectangle for each background.

Rich's own export has a rectangle, a clip path and an entity for every few cells, which is three times the size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len

WIDTH, HEIGHT = 12.2, 24.4
"""Of a cell, for a font of 20 units."""

_BASE = 18.2
"""Of the text, below the top of its cell."""
_PAD, _BAR = 9.0, 41.0


class Look(NamedTuple):
    """How a run of text looks; colours as `#rrggbb`."""

    colour: str
    background: str
    bold: bool = False
    underline: bool = False
    italic: bool = False


Row = tuple[tuple[str, Look], ...]
"""Runs of text from the left to the right."""


class Canvas:
    """Rows of runs as SVG, with the colours and styles that were used as classes."""

    def __init__(self, background: str) -> None:
        self._background = background
        self._classes: dict[tuple[str, bool, bool, bool], str] = {}

    def row(self, row: Row) -> str:
        """The elements of one row, whose top is at 0."""
        return "".join((*self._rectangles(row), *self._texts(row)))

    def style(self) -> str:
        """The rules of all classes that were used so far."""
        rules = ["text{white-space:pre}"]
        for (colour, bold, underline, italic), name in self._classes.items():
            more = ";font-weight:700" * bold + ";text-decoration:underline" * underline + ";font-style:italic" * italic
            rules.append(f".{name}{{fill:{colour}{more}}}")
        return "".join(rules)

    def _rectangles(self, row: Row) -> Iterator[str]:
        at, merged = 0, list[tuple[int, int, str]]()
        for text, look in row:
            length = cell_len(text)
            if merged and merged[-1][2] == look.background:
                start, before, colour = merged[-1]
                merged[-1] = (start, before + length, colour)
            else:
                merged.append((at, length, look.background))
            at += length
        for start, length, colour in merged:
            if colour != self._background:
                # A little higher than its row: no seam shows between two of them.
                yield (
                    f'<rect x="{_number(start * WIDTH)}" width="{_number(length * WIDTH)}" height="24.9" '
                    f'fill="{colour}"/>'
                )

    def _texts(self, row: Row) -> Iterator[str]:
        at = 0
        for text, look in row:
            length = cell_len(text)
            shown = text.rstrip(" ") if not look.underline else text
            start = at + len(shown) - len(shown.lstrip(" ")) if not look.underline else at
            shown = shown.lstrip(" ") if not look.underline else shown
            at += length
            if shown:
                yield (
                    f'<text x="{_number(start * WIDTH)}" y="{_BASE}" textLength="{_number(cell_len(shown) * WIDTH)}" '
                    f'class="{self._class(look)}">{escape(shown)}</text>'
                )

    def _class(self, look: Look) -> str:
        key = (look.colour, look.bold, look.underline, look.italic)
        return self._classes.setdefault(key, f"c{len(self._classes)}")


def still(rows: Sequence[Row], background: str, title: str) -> str:
    """One picture."""
    canvas = Canvas(background)
    columns = max(sum(cell_len(text) for text, _ in row) for row in rows)
    body = [f'<g transform="translate(0 {_number(at * HEIGHT)})">{canvas.row(row)}</g>' for at, row in enumerate(rows)]
    return _document(columns, len(rows), background, title, canvas.style(), "", body)


def film(frames: Sequence[tuple[float, Sequence[Row]]], background: str, title: str, last_seconds: float = 5.0) -> str:
    """Pictures one after another, each from its time in seconds on; again from the start after `last_seconds`.

    Rows that several of them have are in the file once. Where nothing moves, the first one stays.
    """
    canvas = Canvas(background)
    total = frames[-1][0] + last_seconds
    names: dict[Row, str] = {}
    for _, rows in frames:
        for row in rows:
            names.setdefault(row, f"r{len(names)}")
    shared = "".join(f'<g id="{name}">{canvas.row(row)}</g>' for row, name in names.items())
    rules, body = [], []
    for at, (start, rows) in enumerate(frames):
        end = frames[at + 1][0] if at + 1 < len(frames) else total
        used = "".join(
            f'<use href="#{names[row]}" y="{_number(y * HEIGHT)}"/>' for y, row in enumerate(rows) if canvas.row(row)
        )
        body.append(f'<g class="f f{at}">{used}</g>')
        begins, ends = (_number(100 * moment / total) for moment in (start, end))
        before = f"0%,{begins}%{{visibility:hidden}}" if start else ""
        after = f"{ends}%,to{{visibility:hidden}}" if end < total else ""
        # Of two rules for the same percentage, the later one holds.
        rules.append(f"@keyframes k{at}{{{before}{begins}%{{visibility:visible}}{after}}}")
        rules.append(f".f{at}{{animation-name:k{at}}}")
    timing = f".f{{visibility:hidden;animation:{_number(total)}s step-end infinite}}.f0{{visibility:visible}}"
    rules.append("@media(prefers-reduced-motion:reduce){.f{animation:none}}")
    columns = max(sum(cell_len(text) for text, _ in row) for row in frames[0][1])
    style = canvas.style() + timing + "".join(rules)
    return _document(columns, len(frames[0][1]), background, title, style, shared, body)


def _document(
    columns: int, lines: int, background: str, title: str, style: str, shared: str, body: Iterable[str]
) -> str:
    width, height = columns * WIDTH + 2 * _PAD, lines * HEIGHT + _BAR + _PAD
    dots = "".join(
        f'<circle cx="{22 + 22 * at}" cy="20" r="7" fill="{colour}"/>'
        for at, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(width)} {_number(height)}" '
            "font-family=\"'Fira Code',ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"20\">",
            f"<title>{escape(title)}</title><style>{style}</style><defs>{shared}</defs>",
            f'<rect width="{_number(width)}" height="{_number(height)}" rx="8" fill="{background}" stroke="#7f7f7f" '
            f'stroke-opacity=".4"/>{dots}',
            f'<text x="{_number(width / 2)}" y="27" text-anchor="middle" font-family="sans-serif" font-size="17" '
            f'fill="#808890">{escape(title)}</text>',
            f'<g transform="translate({_PAD} {_BAR})">',
            *body,
            "</g></svg>\n",
        )
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
