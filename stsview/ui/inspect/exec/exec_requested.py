"""The message that asks for a shell or a command in a pod."""

from __future__ import annotations

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget


class ExecRequested(Message):
    """The operator asked for a shell in the pod of `target`, or with `line` for a command."""

    def __init__(self, target: InspectTarget, line: str = "") -> None:
        super().__init__()
        self.target = target
        self.line = line
