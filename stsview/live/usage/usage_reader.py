"""Measures the sets of one picture: the one that is shown, and those of a small cluster now and then."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.live.errors import CannotRead
from stsview.live.snapshot import WatchedUsage
from stsview.live.waiting import wait_for_work
from stsview.model.settings import UsageLimits
from stsview.model.views import Fleet
from stsview.objects.meta import Key

if TYPE_CHECKING:
    # The first frame shows no usage.
    from stsview.live.usage.usage_readings import UsageReadings
    from stsview.model.usage.usage_history import MeasuredUsage, UsageHistory

_log = logging.getLogger(__name__)

WATCHED_SECONDS = 15.0
"""How often the shown set is measured: the resolution of metrics-server (--metric-resolution)."""
_WATCHED_NODES = 16
"""Kubelets that are read at most for it each time: a set on more nodes takes several turns."""
_SHARED_SECONDS = 8.0
"""A kubelet that was read so lately for another set is not read again for it."""

ROUND_SECONDS = 60.0
"""How often each set of a small cluster is measured: a kubelet measures volumes once a minute."""
_STEP_SECONDS = 2.0
"""Between two sets at least."""
_MOST_SETS = 100
_MOST_MEMBERS = 500
_MOST_NODES = 20
"""What a cluster may have at most to be measured in the background: a request a minute to each of 20 kubelets."""

_ONCE_SECONDS = 240.0
"""How old the answer of a kubelet may be where sets are measured once, one after another."""

_KEPT_SETS = 200
"""Sets whose last hour is kept."""


class _Held(msgspec.Struct):
    """What is known of one set."""

    history: UsageHistory
    measured: MeasuredUsage | None = None
    problem: str = ""
    read_at: float | None = None
    """Monotonic seconds of the last try."""
    shown_at: float | None = None
    """The same of the last one that read all that a screen shows; in the background, only kubelets are read."""


class UsageReader:
    """Measures the watched set every `WATCHED_SECONDS`, others of a small cluster once in `ROUND_SECONDS`.

    `watch` selects the one, `run` measures, `watched` returns the result. `on_measured` gets each measurement, and
    `on_change` is called when `watched` may have changed.
    """

    def __init__(
        self,
        clock: Clock,
        on_measured: Callable[[Key, MeasuredUsage], None],
        on_change: Callable[[], None],
        limits: UsageLimits,
        *,
        background: bool = False,
    ) -> None:
        """`background`: whether to measure the sets that are not watched."""
        self._clock = clock
        self._on_measured = on_measured
        self._on_change = on_change
        self._limits = limits
        self._background = background
        self._readings: UsageReadings | None = None
        self._fleet: Callable[[], Fleet | None] = lambda: None
        self._watched: Key | None = None
        self._again = False
        """Whether the watched set is to be measured at once."""
        self._held: dict[Key, _Held] = {}
        self._reading: asyncio.Task[None] | None = None
        self._switched = asyncio.Event()
        self._wake = asyncio.Event()
        self._stepped_at: float | None = None

    def attach(self, session: Session, fleet: Callable[[], Fleet | None]) -> None:
        """Measure over this session; `fleet` returns the sets once all are read, None before."""
        from stsview.live.usage.usage_readings import UsageReadings

        self._readings = UsageReadings(session, self._clock.monotonic, self._limits)
        self._fleet = fleet
        self._held.clear()
        self._stepped_at = None
        self._wake.set()

    async def detach(self) -> None:
        """Read nothing until the next `attach`. After this returns, the session is no longer used."""
        self._readings, self._fleet = None, lambda: None
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    def watch(self, key: Key | None, *, again: bool = False) -> None:
        """Measure this set until another one is named; None: none. `again`: at once, whenever it was measured."""
        self._again = again
        if key != self._watched:
            self._watched = key
            self._switched.set()
            self._on_change()
        elif not again:
            return
        self._wake.set()

    def retry(self) -> None:
        """Ask again for what was forbidden or absent."""
        if self._readings is not None:
            self._readings.retry()
            self._again = self._watched is not None
            self._wake.set()

    def fleet_read(self) -> None:
        """Begin to measure in the background if `fleet` now returns sets."""
        if self._background and self._stepped_at is None:
            self._wake.set()

    @property
    def watched(self) -> WatchedUsage | None:
        if self._watched is None:
            return None
        held = self._held.get(self._watched)
        return WatchedUsage(self._watched) if held is None else WatchedUsage(self._watched, held.measured, held.problem)

    async def measure_once(self, keys: Collection[Key]) -> dict[Key, str]:
        """Measure these sets one after another; returns why not, or not all of it, by set."""
        failed: dict[Key, str] = {}
        for key in keys:
            await self._measure(key, max_age=_ONCE_SECONDS)
            held = self._held.get(key)
            if held is None or held.measured is None or held.problem:
                failed[key] = held.problem if held is not None else "not connected"
            elif held.measured.usage.unread:
                failed[key] = held.measured.usage.unread_why or "volumes are unknown"
        return failed

    async def run(self) -> None:
        """Measure until cancelled."""
        try:
            while True:
                self._wake.clear()
                self._switched.clear()
                due = self._due()
                if due is None or due > self._clock.monotonic():
                    await wait_for_work(self._clock, self._wake, due)
                    continue
                await self._until_done_or_switched(self._next())
        finally:
            await self.detach()

    def _due(self) -> float | None:
        """When something is to be measured, in monotonic seconds; None: nothing is."""
        if self._readings is None:
            return None
        dues = []
        if self._watched is not None:
            held = self._held.get(self._watched)
            shown_at = held.shown_at if held is not None else None
            dues.append(0.0 if shown_at is None or self._again else shown_at + WATCHED_SECONDS)
        if self._background and (keys := self._background_keys()):
            first_round = any(key not in self._held for key in keys)
            step = _STEP_SECONDS if first_round else max(_STEP_SECONDS, ROUND_SECONDS / len(keys))
            dues.append(0.0 if self._stepped_at is None else self._stepped_at + step)
        return min(dues, default=None)

    def _next(self) -> asyncio.Task[None]:
        now, watched = self._clock.monotonic(), self._watched
        if watched is not None:
            held = self._held.get(watched)
            if held is None or held.shown_at is None or self._again or held.shown_at + WATCHED_SECONDS <= now:
                age = 0.0 if self._again else _SHARED_SECONDS
                self._again = False
                return asyncio.create_task(self._measure(watched, max_age=age, most_nodes=_WATCHED_NODES))
        self._stepped_at = now
        keys = [key for key in self._background_keys() if key != watched]
        if not keys:
            return asyncio.create_task(asyncio.sleep(0))
        oldest = min(keys, key=self._read_at)
        # Of a background reading the kubelets alone are asked: they know all that the findings need.
        return asyncio.create_task(self._measure(oldest, max_age=ROUND_SECONDS - 5, metrics=False))

    def _read_at(self, key: Key) -> float:
        held = self._held.get(key)
        return held.read_at if held is not None and held.read_at is not None else -1.0

    def _background_keys(self) -> Sequence[Key]:
        """The sets to measure in turn; none where there are too many, or no kubelet may be read."""
        fleet = self._fleet()
        if fleet is None or not fleet.sets or len(fleet.sets) > _MOST_SETS:
            return ()
        if sum(view.replicas for view in fleet.sets.values()) > _MOST_MEMBERS:
            return ()
        if self._readings is None or self._readings.kubelets_refused:
            return ()
        nodes = {ordinal.node for view in fleet.sets.values() for ordinal in view.ordinals if ordinal.node}
        return [key for key, view in fleet.sets.items() if view.replicas] if len(nodes) <= _MOST_NODES else ()

    async def _until_done_or_switched(self, reading: asyncio.Task[None]) -> None:
        self._reading = reading
        switched = asyncio.create_task(self._switched.wait())
        try:
            await asyncio.wait((reading, switched), return_when=asyncio.FIRST_COMPLETED)
        finally:
            switched.cancel()
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
            self._reading = None

    async def _measure(self, key: Key, *, max_age: float, most_nodes: int | None = None, metrics: bool = True) -> None:
        readings = self._readings
        if readings is None:
            return
        from stsview.model.usage.usage_history import UsageHistory

        held, began = self._held.get(key) or _Held(UsageHistory()), self._clock.monotonic()
        try:
            usage = await readings.read(
                key, uids=self._uids(key), max_age=max_age, most_nodes=most_nodes, metrics=metrics
            )
        except CannotRead as error:
            held.problem = str(error)
        except Exception as error:
            # What is optional must not end the picture.
            _log.exception("usage of %s cannot be read", key)
            held.problem = f"internal error in stsview: {type(error).__name__}: {error}"
        else:
            held.measured, held.problem = held.history.add(usage), ""
            if readings is self._readings:
                self._on_measured(key, held.measured)
        if readings is not self._readings:
            return
        held.read_at = began
        held.shown_at = began if metrics else held.shown_at
        self._held.pop(key, None)
        self._held[key] = held
        while len(self._held) > _KEPT_SETS:
            self._held.pop(next(iter(self._held)))
        if key == self._watched:
            self._on_change()

    def _uids(self, key: Key) -> Collection[str] | None:
        """Of the set's pods that have a node; None: unknown."""
        fleet = self._fleet()
        view = fleet.sets.get(key) if fleet is not None else None
        return None if view is None else {one.uid for one in view.ordinals if one.uid and one.node and one.owned}
