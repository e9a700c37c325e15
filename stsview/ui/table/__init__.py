"""A table of any number of rows, of which only those in sight are ever drawn."""

from stsview.ui.table.column import Align, Column
from stsview.ui.table.messages import HeaderClicked, RowHighlighted, RowSelected
from stsview.ui.table.placeholder import Placeholder
from stsview.ui.table.rows import Cell
from stsview.ui.table.sorting import SortMark
from stsview.ui.table.virtual_table import VirtualTable

__all__ = [
    "Align",
    "Cell",
    "Column",
    "HeaderClicked",
    "Placeholder",
    "RowHighlighted",
    "RowSelected",
    "SortMark",
    "VirtualTable",
]
