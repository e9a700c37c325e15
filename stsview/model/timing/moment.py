"""The instant of a derivation, and arithmetic on instants without overflow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def later(instant: datetime, seconds: float) -> datetime:
    """`instant` moved by `seconds`, stopping at the ends of the calendar.

    Grace periods are 64-bit numbers that anyone may write; an absurd one must not break the view of the fleet.
    """
    try:
        return instant + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST if seconds > 0 else _FIRST


class Moment:
    """The present of one derivation, which answers only whether an instant has passed.

    It records the latest instant that has passed and the earliest that has not, so that the derived view holds exactly
    from `last_change` until `next_change`. Nothing in the model compares times in any other way.
    """

    __slots__ = ("_certain", "_last", "_next", "_now")

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._last: datetime | None = None
        self._next: datetime | None = None
        self._certain: datetime | None = None

    def passed(self, instant: datetime, *, postponed: bool = False) -> bool:
        """Whether `instant` is not in the future.

        `postponed`: a routine write, such as a heartbeat, will most likely postpone it.
        """
        if self._now >= instant:
            if self._last is None or instant > self._last:
                self._last = instant
            return True
        if self._next is None or instant < self._next:
            self._next = instant
        if not postponed and (self._certain is None or instant < self._certain):
            self._certain = instant
        return False

    @property
    def last_change(self) -> datetime | None:
        """The latest queried instant that has passed; None when none has."""
        return self._last

    @property
    def next_change(self) -> datetime | None:
        """The earliest queried instant in the future; None when time changes nothing."""
        return self._next

    @property
    def next_certain_change(self) -> datetime | None:
        """The earliest queried instant in the future that no routine write postpones."""
        return self._certain
