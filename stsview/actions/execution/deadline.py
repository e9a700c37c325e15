"""The time budget of an execution."""

from __future__ import annotations

from stsview.clock import Clock


class Deadline:
    """A timeout for all of an execution, or for each of its parts.

    Seconds are those of the injected clock. `start` has to be called before anything else.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._fixed = False
        self._usual = 0.0
        self._end = 0.0

    def start(self, seconds: float | None, usual: float) -> None:
        """Begin to count.

        `seconds` is the budget for everything; None: `usual` seconds for each part.
        """
        self._fixed, self._usual = seconds is not None, usual
        self._end = self.clock.monotonic() + (usual if seconds is None else seconds)

    def extend(self, longer: float = 0.0) -> None:
        """Begin a part with a budget of its own, unless the operator fixed the total.

        `longer`: seconds that the part needs beyond the usual ones even if nothing is wrong.
        """
        if not self._fixed:
            self._end = self.clock.monotonic() + self._usual + longer

    def exclude(self, seconds: float) -> None:
        """Do not count these seconds, unless the operator fixed the total."""
        if not self._fixed:
            self._end += seconds

    @property
    def left(self) -> float:
        """Seconds until it passes; negative afterwards."""
        return self._end - self.clock.monotonic()

    def passes_within(self, seconds: float) -> bool:
        return self.clock.monotonic() + seconds > self._end
