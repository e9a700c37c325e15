"""Short messages that come and go."""

from __future__ import annotations

from textual.dom import DOMNode

from stsview.model.views import Tone
from stsview.ui.text import safe_lines

_SEVERITIES = {Tone.BROKEN: "error", Tone.WARNING: "warning"}

_LONGEST = 400


def toast(node: DOMNode, message: str, *, title: str = "", tone: Tone = Tone.QUIET, seconds: float = 5) -> None:
    """Show a message over the screen for some seconds. Both texts may be the cluster's: they are made safe, and never
    parsed as markup."""
    shown = message if len(message) <= _LONGEST else message[:_LONGEST] + "…"
    severity = _SEVERITIES.get(tone, "information")
    node.app.notify(
        "\n".join(safe_lines(shown)),
        title=" ".join(safe_lines(title)),
        severity=severity,  # type: ignore[arg-type]
        timeout=seconds,
        markup=False,
    )
