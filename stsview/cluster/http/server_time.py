"""The server's time, from the Date headers of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stsview.clock import Clock


class ServerTime:
    """The local clock, clamped to the bounds that the server's answers set.

    A Date header has a resolution of one second and was written between our request and its answer; all headers
    together narrow the bounds. While the local clock is within them it is used as is, so that time does not jump; when
    it is not, because it is wrong or was set, the nearest bound is used.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bounds: tuple[float, float] | None = None
        """Least and greatest difference between the server's Unix time and monotonic(), in seconds."""

    def update(self, date: str | None, sent: float) -> None:
        """Narrow the bounds by the Date header of an answer that arrived now.

        `sent` is when its request was sent, in monotonic seconds.
        """
        # Not before the first answer: it brings nine more modules.
        from email.utils import parsedate_to_datetime

        try:
            written = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        if not 0 <= written < _LATEST:
            return
        low, high = written - self._clock.monotonic(), written + 1.0 - sent
        if self._bounds is not None:
            before = self._bounds
            narrowed = max(low, before[0]), min(high, before[1])
            # They contradict each other when a clock was set or the machine was suspended: the newest is right.
            low, high = narrowed if narrowed[0] <= narrowed[1] else (low, high)
        self._bounds = low, high

    def add_suspend(self, seconds: float) -> None:
        """Shift the bounds after a suspend of `seconds`.

        The monotonic clock stood still during the suspend.
        """
        if self._bounds is not None:
            low, high = self._bounds
            self._bounds = low + seconds, high + seconds

    def now(self) -> datetime:
        """The server's time, in UTC; the local clock's before any answer."""
        local = self._clock.now()
        if self._bounds is None:
            return local
        low, high = (bound + self._clock.monotonic() for bound in self._bounds)
        nearest = min(max(local.timestamp(), low), high)
        return local if nearest == local.timestamp() else datetime.fromtimestamp(nearest, UTC)

    @property
    def known(self) -> bool:
        """Whether any answer had a usable Date header."""
        return self._bounds is not None

    @property
    def offset(self) -> timedelta:
        """How far the server's time is ahead of the local clock.

        Zero while the local clock is within the bounds.
        """
        return self.now() - self._clock.now()


_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
