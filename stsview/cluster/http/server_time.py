"""What time it is for the server, from the Date headers of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from stsview.clock import Clock


class ServerTime:
    """The local clock, held within what the server's answers allow.

    A Date header says to one second when it was written, and that was between our request and its answer. All headers
    together narrow that down. As long as the local clock agrees it is what counts, so that nothing jumps; where it does
    not, because it is wrong or was set, the nearest time that agrees does.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bounds: tuple[float, float] | None = None
        """Seconds between the clock's monotonic() and the server's Unix time, at least and at most."""

    def update(self, date: str | None, sent: float) -> None:
        """Take the Date header of an answer that arrived now to a request sent at `sent`, on the monotonic clock."""
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
            # They contradict each other when one of the clocks was set, or the machine slept: the newest is right.
            low, high = narrowed if narrowed[0] <= narrowed[1] else (low, high)
        self._bounds = low, high

    def add_suspend(self, seconds: float) -> None:
        """The machine slept for so long, while the server's time went on and the monotonic clock did not."""
        if self._bounds is not None:
            low, high = self._bounds
            self._bounds = low + seconds, high + seconds

    def now(self) -> datetime:
        """The server's time, in UTC; the local clock's before anything was heard."""
        local = self._clock.now()
        if self._bounds is None:
            return local
        low, high = (bound + self._clock.monotonic() for bound in self._bounds)
        nearest = min(max(local.timestamp(), low), high)
        return local if nearest == local.timestamp() else datetime.fromtimestamp(nearest, UTC)

    @property
    def known(self) -> bool:
        """Whether the server has ever told its time."""
        return self._bounds is not None

    @property
    def offset(self) -> timedelta:
        """How far the server's time is ahead of the local clock; zero while they agree as far as one can tell."""
        return self.now() - self._clock.now()


_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
