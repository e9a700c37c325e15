"""Random faults between an API server and its clients, each for a limited time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from stsview.clock import ManualClock
from stsview.simulator.apiserver.faults.faults import BrokenWatch, Refusal
from stsview.simulator.apiserver.server import ApiServer
from tests.support.clocks import MachineClock

_PLURALS = ("statefulsets", "pods", "persistentvolumeclaims", "nodes", "services", "events", "endpointslices")
_LONGEST = 60.0
"""Maximum duration of a fault, in seconds."""


class ConnectionFaults:
    """One random fault after another. `end_overdue` ends those that are over, `end` all of them."""

    def __init__(
        self, server: ApiServer, clock: ManualClock, machine: MachineClock, token_file: Path, rng: Random
    ) -> None:
        self._server = server
        self._clock = clock
        self._machine = machine
        self._token_file = token_file
        self._rng = rng
        self._ends: list[tuple[float, Callable[[], None]]] = []
        self._is_down = self._should_be_down = False
        self._suspend_seconds = 0.0
        self.happened: Counter[str] = Counter()
        self._faults: dict[Callable[[], object], int] = {
            self._cut: 3,
            self._break_watch: 3,
            self._strand: 2,
            self._stall: 1,
            self._expire: 3,
            self._refuse: 6,
            self._forbid: 2,
            self._stop_server: 3,
            self._expire_token: 2,
            self._duplicate_events: 1,
            self._slow_lists: 1,
            self._loop_lists: 1,
            self._no_streaming_lists: 1,
            self._web_page: 1,
            self._suspend_machine: 1,
            self._set_clock: 1,
        }

    async def apply_random(self) -> str:
        """Start a fault, and describe it."""
        (fault,) = self._rng.choices(list(self._faults), list(self._faults.values()))
        told = fault()
        await self._apply_listening()
        if self._suspend_seconds:
            await self._machine.suspend(self._suspend_seconds)
            self._suspend_seconds = 0.0
        name = fault.__name__.strip("_")
        self.happened[name] += 1
        return str(told or name)

    async def end_overdue(self) -> None:
        """End the faults whose time is over."""
        now = self._clock.monotonic()
        over = [end for at, end in self._ends if at <= now]
        self._ends = [(at, end) for at, end in self._ends if at > now]
        for end in over:
            end()
        await self._apply_listening()

    async def end(self) -> None:
        """End all faults; stranded connections stay half-open."""
        for _, end in self._ends:
            end()
        self._ends.clear()
        self._server.faults.clear()
        await self._apply_listening()

    async def _apply_listening(self) -> None:
        if self._should_be_down is not self._is_down:
            await (self._server.stop_listening() if self._should_be_down else self._server.listen_again())
            self._is_down = self._should_be_down

    def _schedule_end(self, end: Callable[[], None]) -> None:
        self._ends.append((self._clock.monotonic() + self._rng.uniform(1, _LONGEST), end))

    def _cut(self) -> None:
        self._server.cut_connections()

    def _break_watch(self) -> str:
        plural, clean = self._rng.choice(_PLURALS), self._rng.random() < 0.5
        self._server.faults.broken_watches.append(BrokenWatch(plural, clean=clean))
        return f"break_watch {plural}"

    def _strand(self) -> None:
        self._server.strand_connections()

    def _stall(self) -> None:
        self._server.faults.stall()
        self._schedule_end(self._server.faults.resume)

    def _expire(self) -> None:
        self._server.expire_watches()

    def _refuse(self) -> str:
        """Refuse some requests, or all for a while."""
        code = self._rng.choice([401, 404, 410, 429, 429, 500, 503])
        lasting = self._rng.random() < 0.3
        refusal = Refusal(
            code,
            plural=self._rng.choice(["", *_PLURALS]) if code in (404, 410) or self._rng.random() < 0.5 else "",
            times=None if lasting else self._rng.randint(1, 8),
            retry_after=self._rng.randint(1, 20) if code == 429 else None,
        )
        self._append(refusal)
        return f"refuse {code} {refusal.plural} {'for a while' if lasting else refusal.times}"

    def _forbid(self) -> str:
        """Revoke a permission, and grant it again later."""
        plural = self._rng.choice(_PLURALS)
        self._append(Refusal(403, plural=plural))
        return f"forbid {plural}"

    def _append(self, refusal: Refusal) -> None:
        refusals = self._server.faults.refusals
        refusals.append(refusal)

        def end() -> None:
            if refusal in refusals:
                refusals.remove(refusal)

        self._schedule_end(end)

    def _stop_server(self) -> None:
        """Stop the server, and start it later without its watch history."""
        self._should_be_down = True

        def up() -> None:
            self._should_be_down = False

        self._schedule_end(up)

    def _expire_token(self) -> None:
        """Let the server accept only a new token; the token file may be renewed later."""
        self._server.users["admin"].token = self._rng.randbytes(8).hex()

        def renew() -> None:
            self._token_file.write_text(self._server.token)

        if self._rng.random() < 0.5:
            renew()
        else:
            self._schedule_end(renew)

    def _duplicate_events(self) -> None:
        faults = self._server.faults
        faults.duplicate_events = True

        def once() -> None:
            faults.duplicate_events = False

        self._schedule_end(once)

    def _slow_lists(self) -> None:
        faults = self._server.faults
        faults.list_delay = self._rng.uniform(1, 5)

        def quick() -> None:
            faults.list_delay = 0.0

        self._schedule_end(quick)

    def _loop_lists(self) -> str:
        plural = self._rng.choice(_PLURALS)
        loops = self._server.faults.endless_lists
        loops.add(plural)
        self._schedule_end(lambda: loops.discard(plural))
        return f"loop_lists {plural}"

    def _no_streaming_lists(self) -> None:
        self._server.faults.streaming_lists = False

    def _web_page(self) -> None:
        faults = self._server.faults
        faults.proxy_page_status = self._rng.choice([200, 502])

        def gone() -> None:
            faults.proxy_page_status = None

        self._schedule_end(gone)

    def _suspend_machine(self) -> None:
        """Suspend the machine of stsview; the cluster continues."""
        self._suspend_seconds = self._rng.uniform(20, 300)

    def _set_clock(self) -> None:
        """Set the wall clock of the machine of stsview wrong, and right again later."""
        seconds = self._rng.uniform(-3600, 3600)
        self._machine.set_wall_clock_forward(seconds)
        self._schedule_end(lambda: self._machine.set_wall_clock_forward(-seconds))
