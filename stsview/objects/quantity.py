"""Kubernetes quantities such as `10Gi` or `1500M`, in bytes.

The format is that of k8s.io/apimachinery/pkg/api/resource/quantity.go. The Python clients parse it only in packages
that take hundreds of milliseconds to import.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

_BINARY = {suffix: 1024**power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)}
_DECIMAL = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
}

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")


def parse_bytes(text: str) -> int | None:
    """The bytes of a quantity, rounded up as in Kubernetes.

    None when `text` is not a quantity.
    """
    return _parse(text, Decimal(1))


def parse_nanocores(text: str) -> int | None:
    """The billionths of a CPU of a quantity such as `250m`, rounded up; None when `text` is not a quantity."""
    return _parse(text, Decimal(10**9))


def _parse(text: str, times: Decimal) -> int | None:
    text = text.strip()
    scale: Decimal
    if text[-2:] in _BINARY:
        number, scale = text[:-2], Decimal(_BINARY[text[-2:]])
    elif text[-1:] in _DECIMAL:
        number, scale = text[:-1], _DECIMAL[text[-1:]]
    else:
        number, scale = text, Decimal(1)
    if not _NUMBER.fullmatch(number) or (number != text and "e" in number.lower()):
        return None
    value = Decimal(number)
    if abs(value.adjusted()) > 30:
        return None
    with localcontext() as context:
        context.prec = 60
        exact = value * scale * times
        return int(exact.to_integral_value(rounding="ROUND_CEILING"))


def format_bytes(size: int) -> tuple[str, str]:
    """A size as number and unit (`("1.2", "Ti")`): binary units, at most one decimal."""
    if abs(size) < 1024:
        return str(size), "B"
    # What would round to 1024 of a unit is 1 of the next.
    power = next((power for power in range(1, 6) if abs(size) < 1023.5 * 1024**power), 6)
    number = size / 1024**power
    shown = f"{number:.0f}" if number == int(number) or abs(number) >= 99.95 else f"{number:.1f}"
    return shown, list(_BINARY)[power - 1]
