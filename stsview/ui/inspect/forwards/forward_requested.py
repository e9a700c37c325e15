"""The message that asks for a forwarded port."""

from __future__ import annotations

from textual.message import Message

from stsview.ui.inspect.inspect_target import InspectTarget


class ForwardRequested(Message):
    """The operator asked to forward a port of the pod of `target`: the one that was typed, or by the form."""

    def __init__(self, target: InspectTarget, ports: str = "") -> None:
        super().__init__()
        self.target = target
        self.ports = ports
        """`[LOCAL:]REMOTE`; empty: nothing was typed."""
