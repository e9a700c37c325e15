"""Line wrapping of text with roles."""

from __future__ import annotations

from itertools import groupby

from stsview.text.terminal_text import crop_spans, safe, wrap
from stsview.ui.kit.look.roles import Role, Span, Spans


def wrap_spans(spans: Spans, cells: int) -> list[Spans]:
    """Wrap the spans, made safe, at spaces into lines of at most `cells` cells.

    At least one line.
    """
    text = "".join(safe(piece) for piece, _ in spans)
    roles = [role for piece, role in spans for _ in safe(piece)]
    lines: list[Spans] = []
    at = 0
    for line in wrap(text, max(1, cells)):
        # Wrapping drops only the spaces around a break.
        while at < len(text) and text[at] == " " and not line.startswith(" "):
            at += 1
        known = roles[at : at + len(line)]
        known += [known[-1] if known else Role.TEXT] * (len(line) - len(known))
        lines.append(_in_roles(line, known))
        at += len(line)
    return lines


def wrap_at_most(spans: Spans, cells: int, lines: int) -> list[Spans]:
    """As `wrap_spans`, in at most `lines` lines.

    The last one holds the rest, to be cropped when drawn.
    """
    if lines <= 1:
        return [spans]
    # A text may be of any length: read no more of it than can be shown.
    enough = crop_spans(spans, max(1, cells) * (lines + 1))
    wrapped = wrap_spans(tuple(enough), cells)
    if len(wrapped) <= lines:
        return wrapped
    last: list[Span] = []
    for number, line in enumerate(wrapped[lines - 1 :]):
        last += [*((((" ", line[0][1]),) if line else ()) if number else ()), *line]
    return [*wrapped[: lines - 1], tuple(last)]


def _in_roles(line: str, roles: list[Role]) -> Spans:
    pairs = groupby(zip(line, roles, strict=True), key=lambda pair: pair[1])
    return tuple(("".join(character for character, _ in group), role) for role, group in pairs)
