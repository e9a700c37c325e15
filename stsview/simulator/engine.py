"""The deterministic work queue that drives every controller.

It stands for client-go's work queues and the goroutines behind them: one worker and one heap, ordered by due time and
then by arrival. A controller is a synchronous function from a key to the number of seconds until its next run; it runs
when something changed or when that time has passed. The same changes in the same order produce the same history, and
idle time costs nothing.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from stsview.simulator.apiserver.errors import ApiError
from stsview.simulator.timeline import Timeline

BACKOFF_BASE = 0.005
BACKOFF_LIMIT = 1000.0
"""Seconds. client-go's DefaultTypedControllerRateLimiter: 5 ms, doubled with each failure, at most 1000 s."""


class Retry(Exception):
    """A reconciliation that has to be retried with back-off."""


K = TypeVar("K", bound=Hashable, contravariant=True)


class Reconciler(Protocol[K]):
    """A level-triggered controller.

    What it does depends on the current state, not on the change that triggered it.
    """

    def reconcile(self, key: K) -> float | None:
        """Bring the object of `key` one step closer to its desired state.

        Returns the seconds until the next run if nothing changes, or None for no further run. Raises `ApiError` when
        the API server refuses a request, or `Retry`; the engine then retries with exponential back-off.
        """


Work = tuple[Reconciler[Any], Hashable]


class Engine:
    """A queue of (reconciler, key) pairs by due time, and the worker for it."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.on_sooner: Callable[[], None] = lambda: None
        """Called when work becomes due earlier than all queued work."""
        self.steps = 0
        """The number of reconciliations so far."""
        self._heap: list[tuple[float, int, Work]] = []
        self._due: dict[Work, float] = {}
        self._failures: dict[Work, int] = {}
        self._order = itertools.count()

    def enqueue(self, reconciler: Reconciler[K], key: K, after: float = 0.0) -> None:
        """Reconcile `key` in `after` seconds, or earlier if already queued for earlier."""
        self._schedule((reconciler, key), self.timeline.monotonic() + max(0.0, after))

    def _schedule(self, work: Work, due: float) -> None:
        planned = self._due.get(work)
        if planned is not None and planned <= due:
            return
        earliest = self.next_due()
        self._due[work] = due
        heapq.heappush(self._heap, (due, next(self._order), work))
        if earliest is None or due < earliest:
            self.on_sooner()

    def next_due(self) -> float | None:
        """When the earliest work is due, in the timeline's seconds; None without work."""
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_due(self, until: float | None = None, steps: int | None = None) -> bool:
        """Do all work that is due up to `until`, each item at its own instant.

        `until` defaults to the timeline's present. Stops after `steps` items. Returns whether due work remains.
        """
        limit = self.timeline.monotonic() if until is None else until
        try:
            while (due := self.next_due()) is not None and due <= limit:
                if steps is not None:
                    if steps <= 0:
                        return True
                    steps -= 1
                _, _, work = heapq.heappop(self._heap)
                self.timeline.step(due)
                self._process(work)
        finally:
            self.timeline.resume()
        return False

    def advance_to(self, elapsed: float) -> None:
        """Move a held timeline to `elapsed` and do all work that becomes due."""
        self.run_due(until=elapsed)
        self.timeline.move_to(elapsed)

    def _process(self, work: Work) -> None:
        del self._due[work]
        self.steps += 1
        reconciler, key = work
        try:
            again = reconciler.reconcile(key)
        except (ApiError, Retry):
            failures = self._failures.get(work, 0)
            self._failures[work] = failures + 1
            again = min(BACKOFF_BASE * 2 ** min(failures, 20), BACKOFF_LIMIT)
        else:
            self._failures.pop(work, None)
        if again is not None:
            self._schedule(work, self.timeline.monotonic() + again)
