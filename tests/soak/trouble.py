"""What goes wrong between an API server and its clients, at random, and is over after a while."""

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
"""Seconds after which a trouble is over at the latest."""


class Trouble:
    """One random trouble after the other. What lasts is ended by `pass_by`, or all of it by `end`."""

    def __init__(
        self, server: ApiServer, clock: ManualClock, machine: MachineClock, token_file: Path, dice: Random
    ) -> None:
        self._server = server
        self._clock = clock
        self._machine = machine
        self._token_file = token_file
        self._dice = dice
        self._ends: list[tuple[float, Callable[[], None]]] = []
        self._is_down = self._to_be_down = False
        self._sleeps_for = 0.0
        self.happened: Counter[str] = Counter()
        self._troubles: dict[Callable[[], object], int] = {
            self._cut: 3,
            self._break_off: 3,
            self._strand: 2,
            self._stall: 1,
            self._expire: 3,
            self._refuse: 6,
            self._forbid: 2,
            self._go_down: 3,
            self._expire_token: 2,
            self._tell_twice: 1,
            self._slow_lists: 1,
            self._loop_lists: 1,
            self._no_streaming_lists: 1,
            self._web_page: 1,
            self._fall_asleep: 1,
            self._set_clock: 1,
        }

    async def something(self) -> str:
        """Let something go wrong, and say what."""
        (trouble,) = self._dice.choices(list(self._troubles), list(self._troubles.values()))
        told = trouble()
        await self._go_up_or_down()
        if self._sleeps_for:
            await self._machine.suspend(self._sleeps_for)
            self._sleeps_for = 0.0
        name = trouble.__name__.strip("_")
        self.happened[name] += 1
        return str(told or name)

    async def pass_by(self) -> None:
        """End what has lasted long enough."""
        now = self._clock.monotonic()
        over = [end for at, end in self._ends if at <= now]
        self._ends = [(at, end) for at, end in self._ends if at > now]
        for end in over:
            end()
        await self._go_up_or_down()

    async def end(self) -> None:
        """End all of it; what was stranded stays so, and nobody is told."""
        for _, end in self._ends:
            end()
        self._ends.clear()
        self._server.faults.clear()
        await self._go_up_or_down()

    async def _go_up_or_down(self) -> None:
        if self._to_be_down is not self._is_down:
            await (self._server.stop_listening() if self._to_be_down else self._server.listen_again())
            self._is_down = self._to_be_down

    def _until_later(self, end: Callable[[], None]) -> None:
        self._ends.append((self._clock.monotonic() + self._dice.uniform(1, _LONGEST), end))

    def _cut(self) -> None:
        self._server.cut_connections()

    def _break_off(self) -> str:
        plural, clean = self._dice.choice(_PLURALS), self._dice.random() < 0.5
        self._server.faults.broken_watches.append(BrokenWatch(plural, clean=clean))
        return f"break_off {plural}"

    def _strand(self) -> None:
        self._server.strand_connections()

    def _stall(self) -> None:
        self._server.faults.stall()
        self._until_later(self._server.faults.resume)

    def _expire(self) -> None:
        self._server.expire_watches()

    def _refuse(self) -> str:
        """Some requests, or all for a while."""
        code = self._dice.choice([401, 404, 410, 429, 429, 500, 503])
        lasting = self._dice.random() < 0.3
        refusal = Refusal(
            code,
            plural=self._dice.choice(["", *_PLURALS]) if code in (404, 410) or self._dice.random() < 0.5 else "",
            times=None if lasting else self._dice.randint(1, 8),
            retry_after=self._dice.randint(1, 20) if code == 429 else None,
        )
        self._append(refusal)
        return f"refuse {code} {refusal.plural} {'for a while' if lasting else refusal.times}"

    def _forbid(self) -> str:
        """A right is taken away, and given again."""
        plural = self._dice.choice(_PLURALS)
        self._append(Refusal(403, plural=plural))
        return f"forbid {plural}"

    def _append(self, refusal: Refusal) -> None:
        refusals = self._server.faults.refusals
        refusals.append(refusal)

        def end() -> None:
            if refusal in refusals:
                refusals.remove(refusal)

        self._until_later(end)

    def _go_down(self) -> None:
        """With it goes its history: it is another process when it is back."""
        self._to_be_down = True

        def up() -> None:
            self._to_be_down = False

        self._until_later(up)

    def _expire_token(self) -> None:
        """The server takes another one from now on; whoever renews the file may be late."""
        self._server.users["admin"].token = self._dice.randbytes(8).hex()

        def renew() -> None:
            self._token_file.write_text(self._server.token)

        if self._dice.random() < 0.5:
            renew()
        else:
            self._until_later(renew)

    def _tell_twice(self) -> None:
        faults = self._server.faults
        faults.duplicate_events = True

        def once() -> None:
            faults.duplicate_events = False

        self._until_later(once)

    def _slow_lists(self) -> None:
        faults = self._server.faults
        faults.list_delay = self._dice.uniform(1, 5)

        def quick() -> None:
            faults.list_delay = 0.0

        self._until_later(quick)

    def _loop_lists(self) -> str:
        plural = self._dice.choice(_PLURALS)
        loops = self._server.faults.endless_lists
        loops.add(plural)
        self._until_later(lambda: loops.discard(plural))
        return f"loop_lists {plural}"

    def _no_streaming_lists(self) -> None:
        self._server.faults.streaming_lists = False

    def _web_page(self) -> None:
        faults = self._server.faults
        faults.proxy_page_status = self._dice.choice([200, 502])

        def gone() -> None:
            faults.proxy_page_status = None

        self._until_later(gone)

    def _fall_asleep(self) -> None:
        """The machine that looks; the world goes on."""
        self._sleeps_for = self._dice.uniform(20, 300)

    def _set_clock(self) -> None:
        """The time of day of the machine that looks jumps, and is put right later."""
        seconds = self._dice.uniform(-3600, 3600)
        self._machine.set_wall_clock_forward(seconds)
        self._until_later(lambda: self._machine.set_wall_clock_forward(-seconds))
