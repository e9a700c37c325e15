"""When rows may move: not while the table is in use."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

HOLD_SECONDS = 3.0
"""How long rows keep their places after a key or click, so that nothing moves while the user acts."""


def kept_in_place(shown: Sequence[K], wanted: Sequence[K]) -> list[K]:
    """The keys of `wanted`: visible ones in their present order, new ones below them."""
    there = set(wanted)
    stay = [key for key in shown if key in there]
    known = set(stay)
    return stay + [key for key in wanted if key not in known]


class StableOrder(Generic[K]):
    """The order of rows, held for `HOLD_SECONDS` after the last key or click.

    Times are seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self.keys: list[K] = []
        self._held_until = float("-inf")

    def hold(self, now: float) -> None:
        """Hold the rows in place, because the table is in use."""
        self._held_until = now + HOLD_SECONDS

    def release(self) -> None:
        """End the hold, because the next change is requested (filter, sort)."""
        self._held_until = float("-inf")

    def is_held(self, now: float) -> bool:
        return now < self._held_until

    def update(self, wanted: Sequence[K], now: float) -> bool:
        """Adopt the wanted order as far as the hold allows; returns whether any row moved."""
        after = kept_in_place(self.keys, wanted) if self.is_held(now) else list(wanted)
        moved = after != self.keys
        self.keys = after
        return moved
