"""Toasts: short messages over the screen."""

from __future__ import annotations

from textual.dom import DOMNode

from stsview.model.states import Health
from stsview.text.terminal_text import safe_lines

_SEVERITIES = {Health.DEGRADED: "error", Health.WARNING: "warning"}

_LONGEST = 400


def toast(node: DOMNode, message: str, *, title: str = "", health: Health = Health.NEUTRAL, seconds: float = 5) -> None:
    """Show a message for some seconds.

    Both texts may come from the cluster: they are made safe, and never parsed as markup.
    """
    shown = message if len(message) <= _LONGEST else message[:_LONGEST] + "…"
    severity = _SEVERITIES.get(health, "information")
    node.app.notify(
        "\n".join(safe_lines(shown)),
        title=" ".join(safe_lines(title)),
        severity=severity,  # type: ignore[arg-type]
        timeout=seconds,
        markup=False,
    )
