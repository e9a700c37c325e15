"""The dialog that chooses a context of the kubeconfig."""

from __future__ import annotations

from collections.abc import Sequence

from stsview.ui.kit.choosers.chooser import Choice, Chooser


class ContextChooser(Chooser):
    """Returns the name of one context, or None when cancelled."""

    def __init__(self, contexts: Sequence[str], current: str) -> None:
        choices = [Choice(name, name, "current" if name == current else "") for name in contexts]
        super().__init__("Contexts", choices, marked=(current,))
