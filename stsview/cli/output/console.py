"""Lines for a terminal or a pipe: colours only where somebody looks, nothing parsed as markup, nothing that harms."""

from __future__ import annotations

import sys
from typing import TextIO, TypeAlias

from rich.console import Console as RichConsole
from rich.text import Text

from stsview.model.finding import Danger, Level
from stsview.model.views import Severity
from stsview.text.terminal_text import safe, wrap

LEVEL_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTICE: "bold"}

DANGER_WORDS = {
    Danger.READ_ONLY: "reads only",
    Danger.REVERSIBLE: "can be undone",
    Danger.DISRUPTIVE: "disrupts",
    Danger.LOSS: "may lose data or identity",
}
"""What a step may cost."""

SEVERITY_STYLES = {
    Severity.STUCK: "bold red",
    Severity.AT_RISK: "bold yellow",
    Severity.UNKNOWN: "bold",
    Severity.ROLLING: "blue",
    Severity.HEALTHY: "green",
}


Piece: TypeAlias = str | tuple[str, str]
"""A piece of text, alone or with a rich style."""


def inked(*pieces: Piece) -> Text:
    """One line of them that can do no harm."""
    text = Text()
    for piece in pieces:
        words, style = (piece, "") if isinstance(piece, str) else piece
        text.append(safe(words), style)
    return text


class Console:
    """Standard output, or another stream, line by line; long lines are left to the terminal to break."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.console = RichConsole(file=file or sys.stdout, soft_wrap=True, markup=False, highlight=False, emoji=False)

    def line(self, *pieces: Piece) -> None:
        self.console.print(inked(*pieces))

    def words(self, words: str, *before: Piece) -> None:
        """A sentence behind the pieces `before`; on a terminal its lines end between words, and begin below each
        other."""
        lead = inked(*before)
        room = self.console.width - lead.cell_len
        lines = wrap(words, room) if self.console.is_terminal and room > 0 else [words]
        for number, line in enumerate(lines):
            self.console.print((lead if not number else Text(" " * lead.cell_len)) + inked(line))

    @property
    def moves(self) -> bool:
        """Whether it is a terminal on which lines can be drawn over."""
        # rich takes some pipes for terminals, such as those of build servers.
        console = self.console
        return console.file is sys.stdout and sys.stdout.isatty() and not console.is_dumb_terminal

    @property
    def answers(self) -> bool:
        """Whether who reads it sits at the keyboard that the program hears."""
        return self.console.file.isatty() and sys.stdin.isatty() and sys.stdout.isatty()
