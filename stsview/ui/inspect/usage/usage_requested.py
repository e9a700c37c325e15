"""The message that asks for the usage of a set."""

from __future__ import annotations

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget


class UsageRequested(Message):
    """The operator asked for CPU, memory and volumes of the set of `target`; the cursor starts on its pod."""

    def __init__(self, target: InspectTarget) -> None:
        super().__init__()
        self.target = target
