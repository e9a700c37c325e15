"""Numbers and counted nouns, the same in any locale."""

from __future__ import annotations


def number(value: int) -> str:
    """`12,000`, in any locale."""
    return f"{value:,}"


def count(value: int, noun: str, plural: str = "") -> str:
    """`1 set`, `2 sets`, `3 replicas`."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"
