"""One action on a set under faults, run to its end, and resumed where it was killed."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from stsview.actions.errors import Changed, Refused
from stsview.actions.intents import Intent, OrderedRestart
from stsview.actions.operations.ordered_restart.journal import unfinished
from stsview.actions.progress import Outcome
from stsview.actions.run import Run
from stsview.clock import Clock
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.live.target import KubeconfigTarget
from stsview.simulator.apiserver.resources import PODS
from stsview.simulator.apiserver.resources import STATEFUL_SETS as _SETS
from tests.actions.conftest import ActionHarness, agreeing, open_harness
from tests.live.conftest import STEPS, Rig
from tests.support.actions.fault_injection import Event, happen
from tests.support.actions.invariants import ACTING
from tests.support.actions.oracle import available, members, observed, owned, update_revision
from tests.support.actions.remaining import uid_of, wrong_journal, wrong_words
from tests.support.actions.rollout_fault_injection import log_cannot_be_written, mend
from tests.support.actions.rollout_invariants import LawsOfMoving
from tests.support.actions.strategies import Deed, Shape, intent, scenario

STEP = 0.25
_IN_FLIGHT_SECONDS = 2.0


class Happening(NamedTuple):
    """Before one of our requests, or at some time after it was confirmed."""

    before: int
    """The number of the request; -1: at a time."""
    event: Event
    number: int
    """Of the pod."""
    seconds: float = 0.0


class Whim(NamedTuple):
    """What the operator does: `stop`, `pause` or `kill`."""

    what: str
    before: int
    """The number of the request before which it happens; -1: when a write is at the server."""
    write: int = 0
    """Which write."""
    carried_out: bool = False
    """Whether the server carried it out before that."""
    seconds: float = 5.0
    """How long it is paused."""


class LocalClock:
    """The clock of this machine, which may be set."""

    def __init__(self, clock: Clock) -> None:
        self.ahead = timedelta()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + self.ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class _Rig(Rig):
    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder, stack)
        self.local = LocalClock(self.clock)

    def live(self, namespaces: tuple[str, ...] = (), name: str = "kubeconfig") -> Live:
        target = KubeconfigTarget(str(self.folder / name), namespaces=namespaces)
        return Live(target, clock=self.local, rng=self.rng())


def clock_is_set_forward(harness: ActionHarness, pod: str) -> None:
    _set_clock(harness, timedelta(minutes=7))


def clock_is_set_back(harness: ActionHarness, pod: str) -> None:
    _set_clock(harness, timedelta(minutes=-7))


def _set_clock(harness: ActionHarness, by: timedelta) -> None:
    assert isinstance(harness.rig, _Rig)
    harness.rig.local.ahead += by


@dataclass
class Tale:
    """What became of it."""

    laws: list[LawsOfMoving] = field(default_factory=list)
    """Of each run."""
    runs: list[Run] = field(default_factory=list)
    refused: str = ""
    """Why there was no run, the last time; empty where there was."""
    chosen: dict[str, str] = field(default_factory=dict)
    """The pods that a restart was to take, with their uids then."""
    marks: Counter[str] = field(default_factory=Counter)
    """What is worth counting."""

    @property
    def taken(self) -> Counter[str]:
        """How often the server carried a write out, by the pod; the set is the empty name."""
        return Counter(one.pod for laws in self.laws for one in laws.attempts if one.done)


class _Walker:
    """One run through the door, from the plan to the end."""

    def __init__(
        self,
        harness: ActionHarness,
        shape: Shape,
        wanted: Intent,
        happenings: Sequence[Happening],
        whims: Sequence[Whim],
    ) -> None:
        self.laws = LawsOfMoving(harness, wanted, self._before, self._at_the_server)
        self.run: Run | None = None
        self.refused = ""
        self._harness = harness
        self._shape = shape
        self._happenings = happenings
        self._whims = whims
        self._task: asyncio.Task[None] | None = None
        self._later: list[asyncio.Task[None]] = []

    async def go(self, wanted: Intent, deed: Deed) -> None:
        clock = self._harness.rig.clock
        with self.laws.watch():
            self._task = asyncio.create_task(self._through(wanted, deed))
            for _ in range(STEPS):
                if self._task.done():
                    break
                await clock.advance(STEP)
                await asyncio.sleep(0)
            else:
                raise AssertionError("it does not end")
            for later in self._later:
                later.cancel()
            if self.laws.world.killed:
                # What is on its way may still arrive.
                await self._harness.rig.pass_time(_IN_FLIGHT_SECONDS, STEP)
            if not self._task.cancelled():
                self._task.result()
        self.laws.in_the_end()

    async def _through(self, wanted: Intent, deed: Deed) -> None:
        ACTING.set(self.laws)
        action_service = self._harness.action_service
        try:
            plan = await action_service.plan(wanted)
            for _ in range(3):
                try:
                    run = await action_service.confirm(plan, agreeing(plan))
                except Changed as changed:
                    self.refused = str(changed)
                    if not deed.hasty:
                        return
                    plan = changed.plan
                else:
                    await self._follow(run, deed.seconds)
                    return
        except Refused as error:
            self.refused = str(error)

    async def _follow(self, run: Run, seconds: float) -> None:
        self.run, self.refused = run, ""
        self.laws.confirmed(run)
        for happening in self._happenings:
            if happening.before < 0:
                self._do_later(happening.seconds, self._happens(happening))
        async for _ in run.follow(seconds):
            pass

    def _do_later(self, seconds: float, doing: Coroutine[None, None, None]) -> None:
        async def later() -> None:
            try:
                await self._harness.rig.clock.sleep(seconds)
            except asyncio.CancelledError:
                doing.close()
                raise
            await doing

        self._later.append(asyncio.create_task(later()))

    async def _happens(self, happening: Happening) -> None:
        self._happen(happening)

    def _happen(self, happening: Happening) -> None:
        self.laws.world.unwritable |= happening.event is log_cannot_be_written
        happen(happening.event, self._harness, self._shape.pod(happening.number))

    def _before(self, number: int) -> None:
        for happening in self._happenings:
            if happening.before == number:
                self._happen(happening)
        for whim in self._whims:
            if whim.before == number:
                self._do(whim)

    def _at_the_server(self, number: int, carried_out: bool) -> None:
        for whim in self._whims:
            if whim.before < 0 and (whim.write, whim.carried_out) == (number, carried_out):
                self._do(whim)

    def _do(self, whim: Whim) -> None:
        world = self.laws.world
        if whim.what == "kill" and self._task is not None:
            world.killed = True
            self._task.cancel()
        elif self.run is not None and whim.what == "stop":
            world.held = "stopped"
            self.run.stop()
        elif self.run is not None and self.run.pausable and world.held != "stopped":
            world.held = "paused"
            self.run.pause(True)
            self._do_later(whim.seconds, self._goes_on(self.run))

    async def _goes_on(self, run: Run) -> None:
        if self.laws.world.held == "paused":
            self.laws.world.held = ""
        run.pause(False)


async def episode(
    shape: Shape, deed: Deed, happenings: Sequence[Happening] = (), whims: Sequence[Sequence[Whim]] = ((),)
) -> Tale:
    """Raises AssertionError where a law does not hold. `whims`: of the first run, of the one that resumes it where
    it was not finished, and so on; the last one has none."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(_Rig(folder, stack), stack, scenario(shape))
        tale = Tale()
        wanted: Intent | None = intent(deed, shape, harness)
        for number, ours in enumerate([*whims, ()]):
            if wanted is None:
                break
            if number:
                # The last one is left alone, so that it can reach its end.
                mend(harness)
                if not await _is_well(harness, wanted):
                    tale.marks["not repaired"] += 1
                    break
                tale.marks["gone on with"] += 1
            await _one(harness, shape, deed, wanted, () if number else happenings, ours, tale)
            wanted = _goes_on(harness, wanted)
            if number and not tale.laws[-1].world.killed and tale.runs and wanted is None:
                _is_through(harness, tale)
        return tale


async def _one(
    harness: ActionHarness,
    shape: Shape,
    deed: Deed,
    wanted: Intent,
    happenings: Sequence[Happening],
    whims: Sequence[Whim],
    tale: Tale,
) -> None:
    walker = _Walker(harness, shape, wanted, happenings, whims)
    await walker.go(wanted, deed)
    laws, run = walker.laws, walker.run
    tale.laws.append(laws)
    tale.refused = walker.refused
    tale.marks.update(f"another state at arrival: {why}" for why in laws.world.differed)
    if run is None:
        assert not laws.carried_out
        return
    tale.runs.append(run)
    if not tale.chosen:
        tale.chosen = {pod_step.pod: pod_step.uid for pod_step in run.plan.pod_steps}
    wrong = [] if laws.world.killed else list(wrong_words(harness, laws, run))
    if isinstance(wanted, OrderedRestart):
        wrong += _of_journal(harness, wanted, run, laws, tale)
    assert not wrong, wrong


def _of_journal(harness: ActionHarness, wanted: OrderedRestart, run: Run, laws: LawsOfMoving, tale: Tale) -> list[str]:
    begun = unfinished(harness.log.path.parent, wanted.set_uid)
    taken = set(tale.taken)
    if begun is not None and begun.fault:
        # Another client replaced it.
        return []
    if begun is not None and begun.journal is not None:
        if begun.running:
            return ["a process is reported to run it"]
        return [f"journal: {why}" for why in wrong_journal(harness, begun.journal, tale.chosen, taken)]
    reached = run.progress.outcome is Outcome.REACHED and not laws.world.killed
    if taken and not reached and not laws.world.killed:
        return [f"{sorted(taken)} were taken away, and nothing is written down"]
    if laws.world.killed and any(uid_of(harness, pod) == uid for pod, uid in tale.chosen.items()) and taken:
        return ["killed, and nothing is written down"]
    return []


def _goes_on(harness: ActionHarness, wanted: Intent) -> Intent | None:
    if not isinstance(wanted, OrderedRestart):
        return None
    journal = harness.log.path.parent / "restarts"
    if not journal.is_dir():
        # It is repaired before it is read.
        return None
    begun = unfinished(harness.log.path.parent, wanted.set_uid)
    return begun.intent() if begun is not None else None


async def _is_well(harness: ActionHarness, wanted: Intent) -> bool:
    """Whether the set gets to where what is left can be done: as it was asked for, up, and the picture live."""
    for _ in range(400):
        stateful = harness.cluster.storage.find(_SETS, *wanted.set)
        if stateful is None or stateful["metadata"]["uid"] != wanted.set_uid:
            return False
        known = owned(stateful, harness.cluster.storage.list(PODS, wanted.set.namespace))
        there = [known[name] for name in members(stateful) if name in known]
        up = len(there) == len(members(stateful)) and all(
            available(stateful, pod, harness.cluster.now()) for pod in there
        )
        if observed(stateful) and update_revision(stateful) != getattr(wanted, "seen_revision", ""):
            return False
        if up and observed(stateful) and harness.live.snapshot.health.link is Link.LIVE:
            return True
        await harness.rig.pass_time(1.0)
    return False


def _is_through(harness: ActionHarness, tale: Tale) -> None:
    """After it was gone on with to its end: each of the chosen pods was restarted, and by us at most once."""
    if tale.runs[-1].progress.outcome is not Outcome.REACHED:
        return
    tale.marks["gone on with to the end"] += 1
    twice = [pod for pod, times in tale.taken.items() if times > 1]
    same = [pod for pod, uid in tale.chosen.items() if uid_of(harness, pod) == uid]
    assert not twice, f"{twice} went twice"
    assert not same, f"{same} did not go"
