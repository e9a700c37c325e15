"""A table of any number of rows that draws only the visible ones."""

from stsview.text.columns import Align, Column
from stsview.ui.kit.table.grid import RowStyle
from stsview.ui.kit.table.messages import HeaderClicked, RowHighlighted, RowSelected
from stsview.ui.kit.table.placeholder import Placeholder
from stsview.ui.kit.table.rows import Cell
from stsview.ui.kit.table.sorted_table import SortedTable
from stsview.ui.kit.table.sorting import Sort, SortMark
from stsview.ui.kit.table.stable_order import StableOrder
from stsview.ui.kit.table.virtual_table import VirtualTable

__all__ = [
    "Align",
    "Cell",
    "Column",
    "HeaderClicked",
    "Placeholder",
    "RowHighlighted",
    "RowSelected",
    "RowStyle",
    "Sort",
    "SortMark",
    "SortedTable",
    "StableOrder",
    "VirtualTable",
]
