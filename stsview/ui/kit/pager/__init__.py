"""A pager for text of any length that draws only the visible rows."""

from __future__ import annotations

from stsview.ui.kit.pager.lines import FixedLines, Lines
from stsview.ui.kit.pager.pager import Pager
from stsview.ui.kit.pager.search import Search
from stsview.ui.kit.pager.window import TextWindow, ViewChanged

__all__ = ["FixedLines", "Lines", "Pager", "Search", "TextWindow", "ViewChanged"]
