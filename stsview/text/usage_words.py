"""Amounts of CPU, memory and volumes in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stsview.model.states import Health
from stsview.model.usage.set_usage import FULL, Amount
from stsview.objects.quantity import format_bytes
from stsview.text.glyphs import active

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-~=+*#"


def amount_words(amount: Amount, words: Callable[[int | None], str]) -> str:
    """`755m / 500m / 1000m`: used, request, limit; one glyph where nothing is known."""
    amounts = (amount.used, amount.request, amount.limit)
    return active().nothing if amounts == (None,) * 3 else " / ".join(map(words, amounts))


def cores(nanocores: int | None) -> str:
    """Millicores, as `kubectl top` shows them, rounded up as Kubernetes does."""
    return active().nothing if nanocores is None else f"{-(-nanocores // 1_000_000)}m"


def size(number: int | None) -> str:
    return active().nothing if number is None else "".join(format_bytes(number))


def percent(share: float | None) -> str:
    """Rounded down, so that only what is full is 100%."""
    return active().nothing if share is None else f"{int(share * 100)}%"


def health_of_share(share: float | None, limit: float) -> Health:
    """The health of a volume or limit of which this share is used; it needs attention from `limit` on.

    `share` None: not known.
    """
    if share is None:
        return Health.NEUTRAL
    if share < limit:
        return Health.READY
    return Health.DEGRADED if share >= FULL else Health.WARNING


def sparkline(values: Sequence[int], most: int = 20) -> str:
    """The last values as bars, the lowest at the bottom: values that differ by less than 5 % look nearly level."""
    shown = values[-most:]
    highest = max(shown, default=0)
    lowest = min([*shown, highest * 95 // 100])
    bars = _ASCII_BARS if active().ascii_only else _BARS
    return "".join(bars[min(7, (one - lowest) * 8 // max(1, highest - lowest))] for one in shown)
