"""A confirmed plan while it runs.

What an executor uses to send, wait, follow and show.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import copy
from datetime import datetime
from pathlib import Path

from stsview.actions.errors import ExecutionEnded
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.execution.audit_record import AuditRecord
from stsview.actions.execution.deadline import Deadline
from stsview.actions.execution.interruptible_wait import InterruptibleWait
from stsview.actions.execution.progress_recorder import ProgressRecorder
from stsview.actions.execution.sender import Recheck, Sender, WasDone
from stsview.actions.goals import GoalTracker
from stsview.actions.plan import Answers, Plan, Request
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.progress import Outcome, Progress
from stsview.clock import Clock
from stsview.cluster.http.session import Session
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.settings import ModelSettings

_FINISH_SECONDS = 4.0
"""How long an execution that is not followed any more may take for what it must finish.

The program ends five seconds after it was asked to, whatever hangs (`stsview.cli.support.end_guard`)."""

_STALE = "data is not live: waiting for updates"


class Execution:
    """One run of a plan.

    Once it is stopped or its time is up, its methods raise `ExecutionEnded`.
    """

    def __init__(
        self,
        plan: Plan,
        answers: Answers,
        live: Live,
        session: Session,
        audit: AuditLog,
        clock: Clock,
        user: str,
        settings: ModelSettings,
    ) -> None:
        self.plan = plan
        self.session = session
        self.settings = settings
        self.clock = clock
        self.state_folder: Path = audit.path.parent
        """Where files that outlive this process are kept: the folder of the audit log."""
        self.residual_state = ""
        """The state that it would leave if it ended now, in words; the executor keeps it current."""
        self._live = live
        self._record = AuditRecord(audit, plan, answers, live, session, user)
        self._report = ProgressRecorder(live.now)
        self._deadline = Deadline(clock)
        self._wait = InterruptibleWait(clock)
        self._sender = Sender(live, session, self._record, self._report, self._deadline, self._wait)

    def part(self, plan: Plan) -> Execution:
        """An execution of the plan of another action on the same set, as a part of this one.

        It shows its steps, records its requests and is stopped, paused and timed with this one. Only `plan` and
        `residual_state` are its own.
        """
        part = copy(self)
        part.plan, part.residual_state = plan, ""
        return part

    # For the one that follows it.

    @property
    def progress(self) -> Progress:
        return self._report.progress

    def stop(self) -> None:
        """Send nothing more, and stop following."""
        self._wait.stop()

    def pause(self, paused: bool) -> None:
        """Begin no further step (True), or continue (False).

        The current step is followed to its end.
        """
        self._wait.paused = paused
        self._wait.notify()

    async def run(
        self, execute: Callable[[Execution], Awaitable[None]], seconds: float | None, usual: float
    ) -> AsyncIterator[Progress]:
        """Execute it and yield the progress at every change; the last one has an outcome.

        Iterate it once.

        `seconds` is the timeout for all of it, from now; None: `usual` seconds for each `extend_deadline()`.
        """
        self._deadline.start(seconds, usual)
        unsubscribe = self._live.subscribe(lambda _: self._wait.notify())
        task = asyncio.create_task(self._execute(execute), name=f"run {self.plan.action}")
        task.add_done_callback(lambda _: self._report.wake())
        try:
            while True:
                for progress in self._report.pending():
                    yield progress
                if task.done():
                    break
                await self._report.changed()
            task.result()
        finally:
            if not task.done() and self.must_finish:
                # As when the dashboard is closed: what is half done is finished first, if that can be had soon.
                bound = asyncio.ensure_future(self.clock.sleep(_FINISH_SECONDS))
                await asyncio.wait((task, bound), return_when=asyncio.FIRST_COMPLETED)
                bound.cancel()
            unsubscribe()
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
            # Also where it was not followed to its end. Nothing depends on this line.
            outcome = Outcome.STOPPED if self.progress.outcome is Outcome.RUNNING else self.progress.outcome
            self._record.end(outcome.value, self.progress.words or self.progress.left)

    async def _execute(self, execute: Callable[[Execution], Awaitable[None]]) -> None:
        try:
            await execute(self)
        except ExecutionEnded as end:
            self._finish(end.outcome, end.words)
        else:
            self._finish(Outcome.REACHED)

    def _finish(self, outcome: Outcome, words: str = "") -> None:
        residual_state = "" if outcome in (Outcome.REACHED, Outcome.REFUSED) else self.residual_state
        self._report.finish(
            outcome, "; ".join(part for part in (words, residual_state, self._record.write_error) if part)
        )

    # For the executor: the state.

    @property
    def stopped(self) -> bool:
        return self._wait.stopped

    @property
    def paused(self) -> bool:
        return self._wait.paused

    @property
    def live(self) -> bool:
        """Whether the data is live. Nothing is sent while it is not."""
        return self._live.snapshot.health.link is Link.LIVE

    @property
    def context(self) -> str:
        """Name of the kubeconfig's context; may be empty."""
        return self._live.snapshot.scope.context

    def now(self) -> datetime:
        """The server's time."""
        return self._live.now()

    async def read_fresh_state(self) -> FreshState:
        """Read the set from the server.

        Raises `Refused` where it is gone, and `ClusterError`.
        """
        return await read_fresh_state(self.session, self.plan.set_intent.set, self.settings)

    @property
    def must_finish(self) -> bool:
        """Whether it is between two requests of which the second must follow; set by the executor."""
        return self._wait.must_finish

    @must_finish.setter
    def must_finish(self, must: bool) -> None:
        self._wait.must_finish = must

    # For the executor: sending and waiting. All of these raise `ExecutionEnded`.

    def extend_deadline(self, longer: float = 0.0) -> None:
        """Begin a part with a timeout of its own, unless the operator fixed the total.

        `longer`: seconds that the part needs beyond the usual ones even if nothing is wrong.
        """
        self._deadline.extend(longer)

    def raise_if_stopped(self) -> None:
        if self.stopped:
            # The outcome itself says that it stopped.
            sent = self._sender.sent or self.residual_state
            raise ExecutionEnded(Outcome.STOPPED, "" if sent else "before any request was sent")

    async def checkpoint(self) -> None:
        """Stop here, or wait while it is paused, before the next step.

        Returns once the data is live.

        The time of a pause does not count, unless the operator fixed the total.
        """
        began = self.clock.monotonic()
        while self.paused and not self.stopped:
            self._report.show_paused(True, self.residual_state)
            await self._wait.for_change()
        self._deadline.exclude(self.clock.monotonic() - began)
        if self.progress.paused:
            self._report.show_paused(False)
        self.raise_if_stopped()
        while not self.live:
            self._report.show_words(_STALE)
            await self.wait(self._deadline.left)

    async def send(self, request: Request, was_done: WasDone, recheck: Recheck | None = None) -> None:
        """Send one request at most once; see `Sender.send`."""
        await self._sender.send(request, was_done, recheck, self.raise_if_stopped)

    @property
    def not_sent(self) -> Outcome:
        """The outcome where a request is not sent: REFUSED would say that none was."""
        return self._sender.not_sent

    async def send_persistently(self, request: Request, was_done: WasDone, give_up_after: float) -> None:
        """Send one request whatever happens meanwhile, a stop included; see `Sender.send_persistently`."""
        await self._sender.send_persistently(request, was_done, give_up_after)

    async def wait(self, seconds: float) -> None:
        """Wait for a change of the set, at most `seconds`."""
        self.raise_if_stopped()
        left = self._deadline.left
        if left <= 0:
            raise ExecutionEnded(Outcome.TIMED_OUT)
        self._wait.reset()
        await self._wait.at_most(min(seconds, left))
        self.raise_if_stopped()

    async def wait_for_goal(self, tracker: GoalTracker) -> None:
        """Follow the live view of the set until the goal is reached."""
        while True:
            self._wait.reset()
            live, left = self.live, self._deadline.left
            not_reached = ""
            if live:
                goal = tracker(self._live.snapshot.fleet.sets.get(self.plan.set_intent.set), self.now())
                for step in goal.steps:
                    self.show_step(step.words, step.done, step.detail, part=goal.part)
                if goal.hopeless:
                    raise ExecutionEnded(Outcome.NOT_REACHED, goal.hopeless)
                if goal.reached:
                    return
                if goal.until is not None:
                    left = min(left, max(0.0, (goal.until - self.now()).total_seconds()) + 0.001)
                not_reached = goal.left
            if self.stopped:
                raise ExecutionEnded(Outcome.STOPPED, "stopped watching; requests already sent continue")
            if self._deadline.left <= 0:
                raise ExecutionEnded(Outcome.TIMED_OUT, not_reached)
            self._report.show_words("" if live else _STALE)
            await self._wait.at_most(left)

    # For the executor: showing and recording.

    def show_step(self, words: str, done: bool, detail: str = "", *, part: tuple[int, int] | None = None) -> None:
        """Show or update the step of that name; its times are kept."""
        self._report.show_step(words, done, detail, part=part)

    def remove_step(self, words: str) -> None:
        """Remove the step of that name, which turned out not to be needed."""
        self._report.remove_step(words)

    def show_count(self, done: int, of: int) -> None:
        """Show how many ordinals are done, of how many."""
        self._report.show_count(done, of)

    def note(self, words: str) -> None:
        """Write a note to the audit log, such as why a step is not begun.

        Nothing depends on it: a failure is reported at the end of the run.
        """
        self._record.note(words)
