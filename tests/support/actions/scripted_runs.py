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
from stsview.actions.intents import OrderedRestart, SetIntent
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
from tests.support.actions.rollout_invariants import RolloutInvariants
from tests.support.actions.strategies import Deed, Shape, intent, scenario

STEP = 0.25
_IN_FLIGHT_SECONDS = 2.0


class Fault(NamedTuple):
    """Before one of our requests, or at some time after it was confirmed."""

    before: int
    """The number of the request; -1: at a time."""
    event: Event
    number: int
    """Of the pod."""
    seconds: float = 0.0


class OperatorAction(NamedTuple):
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
class Outcomes:
    """The outcome of all runs of one script."""

    invariants: list[RolloutInvariants] = field(default_factory=list)
    """Of each run."""
    runs: list[Run] = field(default_factory=list)
    refused: str = ""
    """Why the last plan did not run; empty where it did."""
    chosen: dict[str, str] = field(default_factory=dict)
    """The pods to restart, with their former uids."""
    marks: Counter[str] = field(default_factory=Counter)
    """Counters of notable events."""

    @property
    def taken(self) -> Counter[str]:
        """How often the server carried out a write, by pod; the set has the empty name."""
        return Counter(one.pod for invariants in self.invariants for one in invariants.attempts if one.done)


class _ScriptedRun:
    """One run through the action service, from the plan to the end."""

    def __init__(
        self,
        harness: ActionHarness,
        shape: Shape,
        wanted: SetIntent,
        faults: Sequence[Fault],
        operator_actions: Sequence[OperatorAction],
    ) -> None:
        self.invariants = RolloutInvariants(harness, wanted, self._before, self._at_the_server)
        self.run: Run | None = None
        self.refused = ""
        self._harness = harness
        self._shape = shape
        self._happenings = faults
        self._whims = operator_actions
        self._task: asyncio.Task[None] | None = None
        self._later: list[asyncio.Task[None]] = []

    async def go(self, wanted: SetIntent, deed: Deed) -> None:
        clock = self._harness.rig.clock
        with self.invariants.watch():
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
            if self.invariants.world.killed:
                # What is on its way may still arrive.
                await self._harness.rig.pass_time(_IN_FLIGHT_SECONDS, STEP)
            if not self._task.cancelled():
                self._task.result()
        self.invariants.in_the_end()

    async def _through(self, wanted: SetIntent, deed: Deed) -> None:
        ACTING.set(self.invariants)
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
        self.invariants.confirmed(run)
        for fault in self._happenings:
            if fault.before < 0:
                self._do_later(fault.seconds, self._happens(fault))
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

    async def _happens(self, fault: Fault) -> None:
        self._inject(fault)

    def _inject(self, fault: Fault) -> None:
        self.invariants.world.unwritable |= fault.event is log_cannot_be_written
        happen(fault.event, self._harness, self._shape.pod(fault.number))

    def _before(self, number: int) -> None:
        for fault in self._happenings:
            if fault.before == number:
                self._inject(fault)
        for operator_action in self._whims:
            if operator_action.before == number:
                self._do(operator_action)

    def _at_the_server(self, number: int, carried_out: bool) -> None:
        for operator_action in self._whims:
            if operator_action.before < 0 and (operator_action.write, operator_action.carried_out) == (
                number,
                carried_out,
            ):
                self._do(operator_action)

    def _do(self, operator_action: OperatorAction) -> None:
        world = self.invariants.world
        if operator_action.what == "kill" and self._task is not None:
            world.killed = True
            self._task.cancel()
        elif self.run is not None and operator_action.what == "stop":
            world.held = "stopped"
            self.run.stop()
        elif self.run is not None and self.run.pausable and world.held != "stopped":
            world.held = "paused"
            self.run.pause(True)
            self._do_later(operator_action.seconds, self._resuming_intent(self.run))

    async def _resuming_intent(self, run: Run) -> None:
        if self.invariants.world.held == "paused":
            self.invariants.world.held = ""
        run.pause(False)


async def scripted_run(
    shape: Shape, deed: Deed, faults: Sequence[Fault] = (), operator_actions: Sequence[Sequence[OperatorAction]] = ((),)
) -> Outcomes:
    """Run an action under faults, and check the invariants. Raises AssertionError where one does not hold.

    `operator_actions`: those during the first run, those during the run that resumes it, and so on; the last run has
    none.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harness = await open_harness(_Rig(folder, stack), stack, scenario(shape))
        outcomes = Outcomes()
        wanted: SetIntent | None = intent(deed, shape, harness)
        for number, ours in enumerate([*operator_actions, ()]):
            if wanted is None:
                break
            if number:
                # The last one is left alone, so that it can reach its end.
                mend(harness)
                if not await _is_healthy(harness, wanted):
                    outcomes.marks["not repaired"] += 1
                    break
                outcomes.marks["resumed"] += 1
            await _one(harness, shape, deed, wanted, () if number else faults, ours, outcomes)
            wanted = _resuming_intent(harness, wanted)
            if number and not outcomes.invariants[-1].world.killed and outcomes.runs and wanted is None:
                _check_complete(harness, outcomes)
        return outcomes


async def _one(
    harness: ActionHarness,
    shape: Shape,
    deed: Deed,
    wanted: SetIntent,
    faults: Sequence[Fault],
    operator_actions: Sequence[OperatorAction],
    outcomes: Outcomes,
) -> None:
    walker = _ScriptedRun(harness, shape, wanted, faults, operator_actions)
    await walker.go(wanted, deed)
    invariants, run = walker.invariants, walker.run
    outcomes.invariants.append(invariants)
    outcomes.refused = walker.refused
    outcomes.marks.update(f"another state at arrival: {why}" for why in invariants.world.differed)
    if run is None:
        assert not invariants.carried_out
        return
    outcomes.runs.append(run)
    if not outcomes.chosen:
        outcomes.chosen = {pod_step.pod: pod_step.uid for pod_step in run.plan.pod_steps}
    wrong = [] if invariants.world.killed else list(wrong_words(harness, invariants, run))
    if isinstance(wanted, OrderedRestart):
        wrong += _of_journal(harness, wanted, run, invariants, outcomes)
    assert not wrong, wrong


def _of_journal(
    harness: ActionHarness, wanted: OrderedRestart, run: Run, invariants: RolloutInvariants, outcomes: Outcomes
) -> list[str]:
    begun = unfinished(harness.log.path.parent, wanted.set_uid)
    taken = set(outcomes.taken)
    if begun is not None and begun.fault:
        # Another client replaced it.
        return []
    if begun is not None and begun.journal is not None:
        if begun.running:
            return ["a process is reported to run it"]
        return [f"journal: {why}" for why in wrong_journal(harness, begun.journal, outcomes.chosen, taken)]
    reached = run.progress.outcome is Outcome.REACHED and not invariants.world.killed
    if taken and not reached and not invariants.world.killed:
        return [f"{sorted(taken)} were taken away, and nothing is written down"]
    if invariants.world.killed and any(uid_of(harness, pod) == uid for pod, uid in outcomes.chosen.items()) and taken:
        return ["killed, and nothing is written down"]
    return []


def _resuming_intent(harness: ActionHarness, wanted: SetIntent) -> SetIntent | None:
    if not isinstance(wanted, OrderedRestart):
        return None
    journal = harness.log.path.parent / "restarts"
    if not journal.is_dir():
        # It is repaired before it is read.
        return None
    begun = unfinished(harness.log.path.parent, wanted.set_uid)
    return begun.intent() if begun is not None else None


async def _is_healthy(harness: ActionHarness, wanted: SetIntent) -> bool:
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


def _check_complete(harness: ActionHarness, outcomes: Outcomes) -> None:
    """After it was resumed to its end: each of the chosen pods was restarted, and by us at most once."""
    if outcomes.runs[-1].progress.outcome is not Outcome.REACHED:
        return
    outcomes.marks["resumed to the end"] += 1
    twice = [pod for pod, times in outcomes.taken.items() if times > 1]
    same = [pod for pod, uid in outcomes.chosen.items() if uid_of(harness, pod) == uid]
    assert not twice, f"{twice} went twice"
    assert not same, f"{same} did not go"
