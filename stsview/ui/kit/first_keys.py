"""The keys that solve an incident, shown at the first start until one of them is used."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from textual.actions import parse

from stsview.text.glyphs import active
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.look.roles import Role, Spans

_KEYS = (
    ("enter", "open", "open", "open"),
    ("f", "findings", "triage", "triage"),
    ("t", "fix", "fix", "fix"),
    ("l", "logs", "logs", "inspect('logs')"),
    ("?", "help", "help", "help"),
)
"""Key, label, id of the command, and the action that it performs; the README lists the same."""

_ACTIONS = tuple(parse(action)[1:] for *_, action in _KEYS)


class FirstKeys:
    """Whether the keys are shown; an empty file remembers that they need not be.

    Nothing depends on that file: if it cannot be written, the keys are shown again at the next start.
    """

    def __init__(self, remembered: Path | None) -> None:
        """`remembered`: the path of the file; None: the keys are never shown."""
        self._remembered = remembered
        self._shown = False
        if remembered is not None:
            # A folder that cannot be read remembers nothing.
            with contextlib.suppress(OSError):
                self._shown = not remembered.exists()

    @property
    def forms(self) -> Sequence[Spans]:
        """The line of keys, the longest form first; none once one was used."""
        if not self._shown:
            return ()
        spans = [((hint(id_, key), Role.KEY), (f" {label}", Role.TEXT)) for key, label, id_, _ in _KEYS]
        dot = f"  {active().separator}  "
        line = tuple(span for place, pair in enumerate(spans) for span in (((dot, Role.DIM),) if place else ()) + pair)
        return ((("In an incident:  ", Role.STRONG), *line), line)

    def note(self, action: str) -> bool:
        """Stop showing the keys if `action` is that of one of them; returns whether it was."""
        if not self._shown or self._remembered is None or parse(action)[1:] not in _ACTIONS:
            return False
        self._shown = False
        with contextlib.suppress(OSError):
            self._remembered.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._remembered.touch(mode=0o600)
        return True
