"""The instant for which a view is made, and arithmetic on instants that cannot overflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def later(instant: datetime, seconds: float) -> datetime:
    """`instant` moved by `seconds` (negative: earlier), stopping at the ends of the calendar.

    Grace periods are 64-bit numbers that anybody may write; a wrong one must not take the whole fleet down.
    """
    try:
        return instant + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST if seconds > 0 else _FIRST


class Moment:
    """The present instant of one derivation, which can only be asked whether an instant has passed.

    It remembers the earliest instant that has not, so that what was derived is true exactly until `next_change`:
    nothing in the model compares times in any other way.
    """

    __slots__ = ("_next", "_now")

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._next: datetime | None = None

    def passed(self, instant: datetime) -> bool:
        if self._now >= instant:
            return True
        if self._next is None or instant < self._next:
            self._next = instant
        return False

    @property
    def next_change(self) -> datetime | None:
        """The earliest instant asked about that is still to come; None when time changes nothing."""
        return self._next
