"""Resource quantities as numbers, cached.

A fleet has thousands of objects and a handful of different sizes.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from stsview.objects.quantity import parse_bytes


@lru_cache(maxsize=1024)
def in_bytes(text: str) -> int:
    """A quantity in bytes; 0 for an invalid one."""
    return parse_bytes(text) or 0


@lru_cache(maxsize=1024)
def in_millicpus(text: str) -> int:
    """A CPU quantity in millicores."""
    return int(Decimal(text[:-1])) if text.endswith("m") else int(Decimal(text) * 1000)
