"""Terminal-safe text: no control characters, and a reliable width.

Nothing here parses markup, and no result may be passed to code that does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from rich.cells import cell_len, get_character_cell_size

from stsview.text.glyphs import Glyphs, active

T = TypeVar("T")

_MARKS_PER_BASE = 6
"""More combining marks than any script uses would overwrite the lines above and below."""

_TAB_STOP = 8

_INVISIBLE = frozenset(
    # Letters by category, but invisible (Unicode: Default_Ignorable_Code_Point), and yet wide.
    [0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0]
)


def safe(text: str) -> str:
    """`text` as one line that cannot corrupt the terminal or the text next to it.

    Control characters become control pictures (␊ for a newline, ␛ for an escape). Characters that
    reorder or hide text (bidi controls, zero-width characters, variation selectors, unassigned and private code points,
    surrogates) become the replacement character, and so do those whose width differs between terminals (parts of emoji,
    spacing marks). The width of the result is the sum of the widths of its characters.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character for character, _ in _measured(text))


def safe_lines(text: str) -> list[str]:
    """The lines of `text` (\\n, \\r\\n, \\r), tabs expanded, made safe; never empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ["".join(_detabbed(line)) if "\t" in line else safe(line) for line in lines]


def width(text: str) -> int:
    """Width of `safe(text)` in cells."""
    return cell_len(safe(text))


def crop(text: str, cells: int) -> str:
    """The safe text cropped to `cells` cells, ending in an ellipsis if it was cut.

    Reads no more of `text` than needed, however long it is.
    """
    return "".join(piece for piece, _ in crop_spans(((text, None),), cells))


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The safe text cropped or padded to exactly `cells` cells.

    `right` aligns it to the right.
    """
    cropped = crop(text, cells)
    padding = " " * (cells - cell_len(cropped))
    return padding + cropped if right else cropped + padding


def crop_spans(spans: Iterable[tuple[str, T]], cells: int) -> list[tuple[str, T]]:
    """Spans made safe and cropped to `cells` cells.

    The ellipsis gets the role of the span that it cuts.
    """
    room = cells
    kept: list[tuple[str, T]] = []
    for text, role in spans:
        piece, used, whole = _prefix(text, room)
        if piece:
            kept.append((piece, role))
        room -= used
        if not whole:
            return _with_ellipsis(kept, role, cells)
    return kept


def spans_width(spans: Iterable[tuple[str, object]], limit: int | None = None) -> int:
    """Width of the safe spans in cells; stops reading once it exceeds `limit`."""
    total = 0
    for text, _ in spans:
        total += width(text if limit is None else text[: (limit + 1) * (_MARKS_PER_BASE + 1)])
        if limit is not None and total > limit:
            break
    return total


def row_starts(text: str, cells: int) -> list[int]:
    """The indices at which rows of at most `cells` cells start, at words where they can; never empty.

    A space at the end of a row may stand beyond it. Indices refer to `text`: making it safe replaces each character by
    one.
    """
    cells = max(1, cells)
    if text.isascii():
        return _row_starts(text, cells, lambda start: start + cells, lambda _: True)
    widths = [taken for _, taken in _measured(text)]

    def end_of(start: int) -> int:
        used = 0
        for at in range(start, len(widths)):
            if used and used + widths[at] > cells:
                return at
            used += widths[at]
        return len(widths)

    # A mark stays with its base.
    return _row_starts(text, cells, end_of, lambda at: widths[at] > 0)


def _row_starts(text: str, cells: int, end_of: Callable[[int], int], may_start: Callable[[int], bool]) -> list[int]:
    """As `row_starts`; `end_of` returns the first index that does not fit into the row that starts at its argument.

    A row is not left more than half empty: a long word is broken instead.
    """
    starts = [0]
    while (end := end_of(starts[-1])) < len(text):
        space = end if text[end] == " " else text.rfind(" ", starts[-1] + cells // 2, end)
        after = space + 1
        if space < 0 or (after < len(text) and not may_start(after)):
            starts.append(end)
        elif after < len(text):
            starts.append(after)
        else:
            break
    return starts


def rows_needed(text: str, cells: int) -> int:
    """The number of those rows."""
    return 1 if text.isascii() and len(text) <= cells else len(row_starts(text, cells))


def _prefix(text: str, room: int) -> tuple[str, int, bool]:
    """The safe start of `text` that fits, its width, and whether it is all of `text`."""
    head = text[: room + 1]
    if head.isascii() and head.isprintable():
        return head[:room], min(len(head), room), len(head) <= room
    taken: list[str] = []
    used = 0
    for character, cells in _measured(text):
        if used + cells > room:
            return "".join(taken), used, False
        taken.append(character)
        used += cells
    return "".join(taken), used, True


def _with_ellipsis(kept: list[tuple[str, T]], role: T, cells: int) -> list[tuple[str, T]]:
    """Append an ellipsis, dropping whole characters from the end to make room."""
    if cells <= 0:
        return []
    room = cells - sum(cell_len(piece) for piece, _ in kept)
    while room < 1:
        piece, piece_role = kept.pop()
        end = len(piece)
        while end and room < 1:
            end -= 1
            room += get_character_cell_size(piece[end])
        if end:
            kept.append((piece[:end], piece_role))
        role = piece_role
    ellipsis = active().ellipsis
    trailing = (f" {active().separator}", ellipsis, " ")
    while kept and kept[-1][0].endswith(trailing):
        # A separator before the cut says nothing, nor does a second ellipsis after one of the text itself.
        piece, piece_role = kept.pop()
        cut = next(sign for sign in trailing if piece.endswith(sign))
        if rest := piece.removesuffix(cut):
            kept.append((rest, piece_role))
        if cut == ellipsis:
            break
    return [*kept, (ellipsis, role)]


def _measured(text: str) -> Iterator[tuple[str, int]]:
    """Each character or its replacement, with its width."""
    glyphs = active()
    marks = _MARKS_PER_BASE
    for character in text:
        cells = _cells(character)
        if cells < 0 or not glyphs.can_encode(character):
            marks = _MARKS_PER_BASE
            yield _stand_in(character, glyphs), 1
        elif cells > 0:
            marks = 0
            yield character, cells
        elif marks < _MARKS_PER_BASE:
            marks += 1
            yield character, 0
        else:
            # A mark without a base, or on too many others.
            yield glyphs.stand_in, 1


@lru_cache(maxsize=8192)
def _cells(character: str) -> int:
    """Width of one character; -1 if it must not be drawn."""
    category = unicodedata.category(character)
    code = ord(character)
    if category[0] == "C" or category in ("Zl", "Zp") or code in _INVISIBLE:
        return -1
    if 0x1F1E6 <= code <= 0x1F1FF or 0x1F3FB <= code <= 0x1F3FF:
        # Halves of flags, and skin tones: terminals differ on whether they are zero, one or two cells wide.
        return -1
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code == 0x034F:
        return -1
    cells = get_character_cell_size(character)
    if cells == 0 and category not in ("Mn", "Me") and not 0x1160 <= code <= 0x11FF:
        # Spacing marks (Mc) among others: Rich says 0, most terminals use one cell.
        return -1
    return cells


def _stand_in(character: str, glyphs: Glyphs) -> str:
    code = ord(character)
    if glyphs.ascii_only:
        return glyphs.plain(character)
    if code >= 0x20 and code != 0x7F:
        return glyphs.stand_in
    return "␡" if code == 0x7F else chr(0x2400 + code)


def _detabbed(line: str) -> Iterator[str]:
    column = 0
    for index, part in enumerate(line.split("\t")):
        if index:
            gap = _TAB_STOP - column % _TAB_STOP
            column += gap
            yield " " * gap
        made_safe = safe(part)
        column += cell_len(made_safe)
        yield made_safe


def wrap(text: str, cells: int) -> list[str]:
    """The safe text wrapped to `cells` cells at spaces.

    Longer words are broken anywhere.

    Drops spaces at a break. A character wider than `cells` becomes an ellipsis.
    """
    lines: list[str] = []
    line = ""
    for word in safe(text).split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= cells:
            line = joined
            continue
        if line:
            lines.append(line)
        while True:
            piece, _, whole = _prefix(word, max(1, cells))
            if whole:
                break
            lines.append(piece or active().ellipsis)
            word = word[len(piece) or 1 :]
        line = word
    return [*lines, line] if line or not lines else lines
