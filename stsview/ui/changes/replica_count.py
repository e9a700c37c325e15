"""The number of replicas that an operator types."""

from __future__ import annotations

from stsview.model.views import SetView

MAX_REPLICAS = 2**31 - 1
"""`spec.replicas` is an int32."""


def parse_replicas(view: SetView, text: str) -> int:
    """Raises ValueError, with a message for the user, for no number or the present one."""
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_REPLICAS):
        raise ValueError(f'replicas must be a whole number, 0 or more, not "{text}"' if text else "type a number")
    if int(text) == view.replicas:
        raise ValueError(f"{view.name} already has {text} replicas")
    return int(text)
