"""The order of the keys in the key bar, which is also the order in which they are kept when it is narrow.

One list for all screens: what an incident needs comes first, what only changes the scope comes last.
"""

from __future__ import annotations

from enum import IntEnum, auto


class Rank(IntEnum):
    """Ranks of commands in the key bar, the lowest first."""

    QUIT = auto()
    CONTEXTS = auto()
    NAMESPACES = auto()
    NAMES = auto()
    NODES = auto()
    FINDINGS = auto()
    FORWARD = auto()
    COPY = auto()
    DISPLAY = auto()
    """How a text is drawn or kept: wrap, timestamps, save."""
    YAML = auto()
    DESCRIBE = auto()
    ACTIONS = auto()
    CANARY = auto()
    PALETTE = auto()
    RELATED = auto()
    """Another part of the same thing: the next panel, another container or object."""
    PREVIOUS = auto()
    FILTER = auto()
    TRIAGE = auto()
    """The findings, on the fleet: there an incident begins."""
    SHELL = auto()
    KILL = auto()
    DELETE = auto()
    RESTART = auto()
    SCALE = auto()
    OPEN = auto()
    LOGS = auto()
    EVENTS = auto()
    REVISIONS = auto()
    FIX = auto()
    RETRY = auto()
    """Offered only while it can help."""
    MAIN = auto()
    """What a screen is for: explain a finding, follow a log, show only warnings."""
    CLEAR = auto()
    MATCHES = auto()
    """The matches of a search, while there are some."""
    DIALOG = 100
    """From here on: commands of dialogs, by numbers of their own, up to `HELP`."""
    BACK = 999
    """This and help are never dropped, and always at the end of the line."""
    HELP = 1000


NEEDED = Rank.PALETTE
"""From this rank on a key is worth more than the words of the way back and help."""
