"""The message that asks for the objects that a set names."""

from __future__ import annotations

from enum import Enum

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget


class Reference(Enum):
    """How a set names another object."""

    OWNER = "owner"
    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"  # noqa: S105 - a word

    @property
    def missing(self) -> str:
        """What to say where there is none."""
        return "has no owner" if self is Reference.OWNER else f"has no {self.value} in its template"


class ReferencesRequested(Message):
    """The operator asked for the objects of this sort that the set of a target names."""

    def __init__(self, target: InspectTarget, reference: Reference) -> None:
        super().__init__()
        self.target = target
        self.reference = reference
