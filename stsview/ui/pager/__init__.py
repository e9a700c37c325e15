"""Text of any length in a window: only what is in sight is drawn."""

from __future__ import annotations

from stsview.ui.pager.lines import FixedLines, Lines
from stsview.ui.pager.pager import Pager
from stsview.ui.pager.search import Search
from stsview.ui.pager.window import Moved, TextWindow

__all__ = ["FixedLines", "Lines", "Moved", "Pager", "Search", "TextWindow"]
