"""Names of values in usage texts that also say by what a shell can complete them.

An argument whose metavar is one of these is completed; what else there is to complete, such as commands, options and
choices, the parser knows by itself.
"""

from __future__ import annotations

from enum import Enum, auto


class Names(Enum):
    """What a value names."""

    NOTHING = auto()
    """Something that is not completed, although values of that name are elsewhere."""
    FILES = auto()
    CONTEXTS = auto()
    NAMESPACES = auto()
    """Several, with commas between them."""
    SETS = auto()
    PODS = auto()
    """A pod, also as SET/ORDINAL."""
    MEMBERS = auto()
    """A set, or a pod as in PODS."""
    PODS_OF_SET = auto()
    """A pod of the set that another argument names."""
    ORDINALS = auto()
    """Ordinals of the set that another argument names, with commas between them."""
    REVISIONS = auto()
    """A revision of the set that another argument names."""
    NODES = auto()
    RULES = auto()
    SCENARIOS = auto()
    TASKS = auto()
    """What roles grant the rights for."""


class Placeholder(str):
    """The text that stands for a value in usage, and what the value names."""

    __slots__ = ("names",)

    names: Names

    def __new__(cls, text: str, names: Names) -> Placeholder:
        made = super().__new__(cls, text)
        made.names = names
        return made


FILE = Placeholder("FILE", Names.FILES)
PATH = Placeholder("PATH", Names.FILES)
CONTEXT = Placeholder("NAME", Names.CONTEXTS)
NAMESPACES = Placeholder("NS[,NS]", Names.NAMESPACES)
RECORDED_NAMESPACES = Placeholder("NS[,NS]", Names.NOTHING)
"""Those of a recording need not be in the cluster."""
SET = Placeholder("SET", Names.SETS)
POD = Placeholder("POD", Names.PODS)
MEMBER = Placeholder("SET|SET/ORDINAL|POD", Names.MEMBERS)
EXEC_POD = Placeholder("POD|SET/ORDINAL", Names.PODS)
FORWARDED_POD = Placeholder("SET/ORDINAL|POD", Names.PODS)
ASKED_POD = Placeholder("POD|ORDINAL", Names.PODS_OF_SET)
ORDINAL_LIST = Placeholder("LIST", Names.ORDINALS)
REVISION = Placeholder("N", Names.REVISIONS)
REVISIONS = (Placeholder("A", Names.REVISIONS), Placeholder("B", Names.REVISIONS))
NODE = Placeholder("NODE", Names.NODES)
RULE = Placeholder("RULE", Names.RULES)
SCENARIO = Placeholder("NAME", Names.SCENARIOS)
TASK = Placeholder("TASK", Names.TASKS)
