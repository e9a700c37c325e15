"""The message that asks for the names of a set."""

from __future__ import annotations

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget


class NamesRequested(Message):
    """The operator asked for the DNS names of the set of `target`; the cursor starts on its pod."""

    def __init__(self, target: InspectTarget) -> None:
        super().__init__()
        self.target = target
