"""Lines for a terminal or a pipe: colours only where somebody looks, nothing parsed as markup, nothing that harms."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

from stsview.model.finding import Level
from stsview.model.views import Severity
from stsview.ui.text import safe

LEVEL_STYLES = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTICE: "bold"}

SEVERITY_STYLES = {
    Severity.STUCK: "bold red",
    Severity.AT_RISK: "bold yellow",
    Severity.UNKNOWN: "bold",
    Severity.ROLLING: "blue",
    Severity.HEALTHY: "green",
}


class Paper:
    """Standard output, line by line; long lines are left to the terminal to break."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, soft_wrap=True, markup=False, highlight=False, emoji=False)

    def line(self, *pieces: str | tuple[str, str]) -> None:
        """Pieces of text, each alone or with a rich style."""
        text = Text()
        for piece in pieces:
            words, style = (piece, "") if isinstance(piece, str) else piece
            text.append(safe(words), style)
        self._console.print(text)
