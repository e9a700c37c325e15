"""A cheap request every few seconds, which tells whether the server answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stsview.clock import Clock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.live.waiting import wait_for_work
from stsview.objects.kinds import STATEFULSETS

BEAT_SECONDS = 5.0

LOST_BEAT_SECONDS = 2.0
"""The same while the server does not answer: its first answer makes all streams retry."""


class Heartbeat:
    """Asks the server of one session at a time for what it cannot answer without etcd."""

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        """`on_change` is called after each request, in the event loop."""
        self.answered_at: float | None = None
        """When the server last answered, in monotonic seconds; None if it never did."""
        self.error = ""
        """Why the latest request failed; empty if it did not."""
        self._clock = clock
        self._on_change = on_change
        self._session: Session | None = None
        self._beat_now = asyncio.Event()

    def attach(self, session: Session, *, answered: bool = True) -> None:
        """Ask the server of `session`; `answered`: it has just answered."""
        self._session = session
        self.answered_at, self.error = self._clock.monotonic() if answered else None, ""

    def listed(self) -> None:
        """Count the first list as the first answer: from then on, no answer makes the picture unreliable."""
        if self.answered_at is None:
            self.answered_at = self._clock.monotonic()

    def detach(self) -> None:
        self._session = None

    def beat(self) -> None:
        """Ask at once."""
        self._beat_now.set()

    async def run(self, namespace: Callable[[], str]) -> None:
        """Ask until cancelled; `namespace` returns in which to list StatefulSets, empty for all."""
        while True:
            seconds = LOST_BEAT_SECONDS if self.error else BEAT_SECONDS
            await wait_for_work(self._clock, self._beat_now, self._clock.monotonic() + seconds)
            self._beat_now.clear()
            if (session := self._session) is not None:
                await self._ask(session, namespace())

    async def _ask(self, session: Session, namespace: str) -> None:
        # The health shows the age of the last answer, and the error why it is old.
        try:
            await session.probe(STATEFULSETS, namespace)
        except ClusterError as error:
            answered_at, problem = self.answered_at, str(error)
        else:
            answered_at, problem = self._clock.monotonic(), ""
        if session is self._session:
            self.answered_at, self.error = answered_at, problem
        self._on_change()
