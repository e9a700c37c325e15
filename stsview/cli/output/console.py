"""Lines for a terminal or a pipe.

Colours only on a terminal, no markup, no control characters.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO, TypeAlias

from rich.console import Console as RichConsole
from rich.text import Text

from stsview.live.snapshot import OFFLINE, Link, Scope, Snapshot
from stsview.model.finding import Level
from stsview.model.views import Severity
from stsview.text.ages import local_time
from stsview.text.glyphs import active
from stsview.text.numbers import count
from stsview.text.terminal_text import safe, wrap
from stsview.text.terminal_text import width as cell_width

LEVEL_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTICE: "bold"}

SEVERITY_STYLES = {
    Severity.STUCK: "bold red",
    Severity.AT_RISK: "bold yellow",
    Severity.UNKNOWN: "bold",
    Severity.ROLLING: "blue",
    Severity.HEALTHY: "green",
}


Piece: TypeAlias = str | tuple[str, str]
"""A piece of text, plain or with a rich style."""


def styled(*pieces: Piece) -> Text:
    """One line of the pieces, made safe for a terminal."""
    text = Text()
    for piece in pieces:
        plain, style = (piece, "") if isinstance(piece, str) else piece
        text.append(safe(plain), style)
    return text


class Console:
    """Standard output, or another stream, line by line; the terminal wraps long lines."""

    def __init__(self, file: TextIO | None = None, *, width: int | None = None) -> None:
        """`width` replaces that of the terminal."""
        self.console = RichConsole(
            file=file or sys.stdout, width=width, soft_wrap=True, markup=False, highlight=False, emoji=False
        )

    @property
    def room(self) -> int | None:
        """Cells of a line on a terminal; None in a pipe, whose lines have any length."""
        # rich treats some pipes as terminals, such as those of build servers.
        return self.console.width if self.console.file.isatty() else None

    def line(self, *pieces: Piece) -> None:
        text = styled(*pieces)
        text.rstrip()
        self.console.print(text)

    def sentence(self, text: Piece, *prefix: Piece) -> None:
        """Print a sentence after `prefix`.

        On a terminal it wraps between words, with its lines aligned.
        """
        lead = styled(*prefix)
        plain, style = (text, "") if isinstance(text, str) else text
        room = self.room - lead.cell_len if self.room is not None else 0
        lines = wrap(plain, room) if room > 0 else [plain]
        for number, line in enumerate(lines):
            self.console.print((lead if not number else Text(" " * lead.cell_len)) + styled((line, style)))

    def facts(self, parts: Sequence[str]) -> None:
        """Print short facts, separated by dots; on a terminal the line breaks between them."""
        dot = f" {active().separator} "
        line = ""
        for part in filter(None, parts):
            joined = f"{line}{dot}{part}" if line else part
            if line and self.room is not None and cell_width(joined) > self.room:
                self.sentence(line)
                joined = part
            line = joined
        if line:
            self.sentence(line)

    @property
    def can_redraw(self) -> bool:
        """Whether it is a terminal on which lines can be overwritten."""
        # rich treats some pipes as terminals, such as those of build servers.
        console = self.console
        return console.file is sys.stdout and sys.stdout.isatty() and not console.is_dumb_terminal

    @property
    def is_interactive(self) -> bool:
        """Whether its reader also has the keyboard that is standard input."""
        return self.console.file.isatty() and sys.stdin.isatty() and sys.stdout.isatty()


def print_origin(snapshot: Snapshot, console: Console) -> None:
    """Print, before all else, that the objects are from a file or a recording; nothing for a cluster."""
    health = snapshot.health
    if health.link in OFFLINE:
        medium = "recording" if health.link is Link.REPLAY else "file"
        as_of = local_time(health.since or snapshot.now)
        console.line((f"from a {medium}, as of {as_of}", "bold"), (f"  {snapshot.scope.context}", "dim"))
        if health.problem:
            console.line(("? ", "bold"), health.problem)


def print_disabled(snapshot: Snapshot, console: Console) -> None:
    """Print which rules the configuration disables: nothing is known of what they would find."""
    if disabled := snapshot.disabled_rules:
        rules = count(len(disabled), "rule")
        console.sentence(f"{rules} disabled by the configuration: {', '.join(disabled)}", ("? ", "bold"))


def where(scope: Scope, every: str = "all namespaces") -> str:
    """The namespaces that were looked at, as in `in namespace data`; `every` stands for all of them."""
    if scope.limit:
        return scope.text
    match scope.namespaces:
        case ():
            return every
        case (namespace,):
            return f"namespace {namespace}"
    return f"namespaces {', '.join(scope.namespaces)}"
