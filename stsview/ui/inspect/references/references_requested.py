"""The message that asks for the objects that a set names."""

from __future__ import annotations

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget
from stsview.ui.inspect.references.referenced_objects import Reference


class ReferencesRequested(Message):
    """The operator asked for the objects of this sort that the set of a target names."""

    def __init__(self, target: InspectTarget, reference: Reference) -> None:
        super().__init__()
        self.target = target
        self.reference = reference
