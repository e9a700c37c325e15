"""What an action does with once it is confirmed: sends, waits, and shows how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from stsview.actions.errors import Refused
from stsview.actions.execution.audit_log import AuditFailed, AuditLog
from stsview.actions.execution.audit_record import Record
from stsview.actions.goals import GoalView
from stsview.actions.plan import Answers, Plan, Request
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.progress import Outcome, Progress, Step
from stsview.actions.requests.patch_outcome import explain, renewed
from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, Rejected, TooManyRequests, Unreachable
from stsview.cluster.http.session import Session
from stsview.cluster.http.write_gate import WriteRefused
from stsview.live.live import Live
from stsview.live.snapshot import Link
from stsview.model.settings import ModelSettings
from stsview.model.views import SetView

LOOK_SECONDS = 2.0
"""Between two looks at the server for what no stream tells."""

RETRY_SECONDS = 10.0
"""Between two tries of what the server answers 429 to: a disruption budget that is spent, mostly."""

_RENEWALS = 5
"""How often a patch is sent for a newer resourceVersion: in a rollout the status is written every other moment."""

_STALE = "the picture is not live: waiting for word"

Look = Callable[[SetView | None, datetime], GoalView]
"""From the live view of the set (None: there is none any more) and the server's time to how far a goal is."""


class ExecutionEnded(Exception):
    """It is over, and why; nothing more is sent. Whoever walks lets it through."""

    def __init__(self, outcome: Outcome, words: str = "") -> None:
        super().__init__(words or outcome.value)
        self.outcome = outcome
        self.words = words


class Execution:
    """A confirmed plan while it runs. Every method raises `ExecutionEnded` once it is stopped or its time is up."""

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
        self.progress = Progress(())
        self.residual_state = ""
        """What state it would leave if it ended now, in words; what walks keeps it true."""
        self._live = live
        self._folder = audit.path.parent
        self._record = Record(audit, plan, answers, live, session, user)
        self._stop = asyncio.Event()
        self._paused = False
        self._news = asyncio.Event()
        self._told = asyncio.Event()
        self._queue: list[Progress] = []
        self._steps: dict[str, Step] = {}
        self._sent = False
        self._usual = 0.0
        self._deadline = 0.0
        self._fixed = False

    # What whoever looks on does.

    def stop(self) -> None:
        """Send nothing more, and stop following."""
        self._stop.set()
        self._news.set()

    def pause(self, paused: bool) -> None:
        """Do not begin another step until it is let go on; what was begun is followed to its end."""
        self._paused = paused
        self._news.set()

    @property
    def paused(self) -> bool:
        return self._paused

    async def go(
        self, execute: Callable[[Execution], Awaitable[None]], seconds: float | None, usual: float
    ) -> AsyncIterator[Progress]:
        """Do it, and yield the progress at every change; the last one has an outcome. To be iterated once.

        `seconds` is the time that all of it has, counted from now; None: `usual` seconds for each `leg()`.
        """
        self._fixed, self._usual = seconds is not None, usual
        self._deadline = self.clock.monotonic() + (usual if seconds is None else seconds)
        unsubscribe = self._live.subscribe(lambda _: self._news.set())
        task = asyncio.create_task(self._march(execute), name=f"run {self.plan.action}")
        task.add_done_callback(lambda _: self._told.set())
        try:
            while not task.done() or self._queue:
                while self._queue:
                    yield self._queue.pop(0)
                if not task.done():
                    await self._told.wait()
                    self._told.clear()
            task.result()
        finally:
            unsubscribe()
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
            # Also where nobody followed it to its end. Nothing depends on this line.
            outcome = Outcome.STOPPED if self.progress.outcome is Outcome.RUNNING else self.progress.outcome
            self._record.end(outcome.value, self.progress.words or self.progress.left)

    async def _march(self, execute: Callable[[Execution], Awaitable[None]]) -> None:
        try:
            await execute(self)
        except ExecutionEnded as end:
            self._finish(end.outcome, end.words)
        else:
            self._finish(Outcome.REACHED)

    # What an action does with.

    @property
    def state_folder(self) -> Path:
        """Where what has to outlive this process lies: beside the audit log."""
        return self._folder

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def now(self) -> datetime:
        """The server's time."""
        return self._live.now()

    @property
    def live(self) -> bool:
        """Whether the picture is live: what is sent on any other is refused."""
        return self._live.snapshot.health.link is Link.LIVE

    @property
    def context(self) -> str:
        """Name of the kubeconfig's context; may be empty."""
        return self._live.snapshot.scope.context

    def extend_deadline(self, longer: float = 0.0) -> None:
        """Another part begins, with time of its own, unless somebody said how long all of it may take.

        `longer`: seconds that it takes although nothing is wrong, beyond the usual ones.
        """
        if not self._fixed:
            self._deadline = self.clock.monotonic() + self._usual + longer

    async def look(self) -> FreshState:
        """A fresh look at the set. Raises `Refused` where it is gone, and `ClusterError`."""
        return await read_fresh_state(self.session, self.plan.intent.set, self.settings)

    async def between(self) -> None:
        """Between two steps: here it is stopped, and held while it is paused, a time that does not count. Returns on a
        live picture. Raises `ExecutionEnded`."""
        began = self.clock.monotonic()
        while self._paused and not self.stopped:
            self._put(replace(self.progress, paused=True, words=self.residual_state))
            self._news.clear()
            await self._news.wait()
        if not self._fixed:
            self._deadline += self.clock.monotonic() - began
        if self.progress.paused:
            self._put(replace(self.progress, paused=False, words=""))
        self.end_if_stopped()
        while self._live.snapshot.health.link is not Link.LIVE:
            self._put(replace(self.progress, words=_STALE))
            await self.wait(self._deadline - self.clock.monotonic())

    def end_if_stopped(self) -> None:
        """Raises `ExecutionEnded`."""
        if self.stopped:
            untouched = "stopped before anything was sent"
            raise ExecutionEnded(Outcome.STOPPED, "stopped" if self._sent or self.residual_state else untouched)

    async def send(
        self,
        request: Request,
        done: Callable[[], Awaitable[bool]],
        still: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """Send one request, at most once but for what the server answered 429 to, with its two lines in the log; and
        but for a patch that failed by the resourceVersion alone, which was not done, and is sent for the present one.

        `still` is asked just before each sending: why it is not to be sent any more, empty where it may be; what it
        raises comes out here. `done` tells, where no answer came, whether the server did it; it raises `Refused` and
        `ClusterError`.
        """
        renewals = _RENEWALS
        while True:
            self.show(request.words, False)
            await self._look_once_more(still)
            if self.stopped:
                self.end_if_stopped()
            if self._live.snapshot.health.link is not Link.LIVE or self._live.session is not self.session:
                more = " more" if self._sent else ""
                raise ExecutionEnded(self._refused, f"the picture is not live: nothing{more} was sent")
            try:
                self._record.before(request)
            except AuditFailed as error:
                raise ExecutionEnded(self._refused, str(error)) from error
            try:
                await self.session.write(request.path, request.message)
            except TooManyRequests as error:
                words = error.server_message or str(error)
                self._record.after(request, "429", words)
                self.show(request.words, False, words)
            except WriteRefused as error:
                self._record.after(request, "refused", str(error))
                raise ExecutionEnded(self._refused, str(error)) from error
            except Unreachable as error:
                self._sent = True
                self._record.after(request, "unknown", str(error))
                self.show(request.words, False, f"no answer came ({error}); looking whether it was done")
                await self._was_it_done(request, done)
                return
            except ClusterError as error:
                why = await self._why(request, error)
                self._record.after(request, "failed", why)
                fresh = await self._renewed(request, error) if renewals else None
                if fresh is None:
                    raise ExecutionEnded(Outcome.NOT_REACHED, f"the server refused it: {why}") from error
                request, renewals = fresh, renewals - 1
                continue
            else:
                self._sent = True
                self._record.after(request, "done")
                self.show(request.words, True)
                return
            if self.clock.monotonic() + RETRY_SECONDS > self._deadline:
                raise ExecutionEnded(Outcome.TIMED_OUT, "the server kept putting it off")
            await self._rest(RETRY_SECONDS)

    async def _why(self, request: Request, error: ClusterError) -> str:
        return (await explain(self.session, request) if _by_a_test(error) else "") or str(error)

    async def _renewed(self, request: Request, error: ClusterError) -> Request | None:
        try:
            return await renewed(self.session, request) if _by_a_test(error) else None
        except ClusterError:
            # Why it was refused is told already.
            return None

    @property
    def _refused(self) -> Outcome:
        """What it is when something is not sent: once something was, it is not as if nothing had been."""
        return Outcome.NOT_REACHED if self._sent else Outcome.REFUSED

    async def _look_once_more(self, still: Callable[[], Awaitable[str]] | None) -> None:
        if still is None:
            return
        try:
            why = await still()
        except ClusterError as error:
            why = f"what this rests on cannot be read: {error}"
        if why:
            raise ExecutionEnded(self._refused, why)

    async def _was_it_done(self, request: Request, done: Callable[[], Awaitable[bool]]) -> None:
        """After a connection broke nobody knows if the server did it: read until that is known; do not send again."""
        while True:
            try:
                if await done():
                    self._record.after(request, "found done")
                    self.show(request.words, True)
                    return
            except (ClusterError, Refused) as error:
                words = str(error)
            else:
                self._record.after(request, "found not done")
                raise ExecutionEnded(
                    Outcome.NOT_REACHED, "the connection broke, and the server has not done it: ask again"
                )
            if self.stopped or self.clock.monotonic() + LOOK_SECONDS > self._deadline:
                outcome = Outcome.STOPPED if self.stopped else Outcome.TIMED_OUT
                raise ExecutionEnded(outcome, f"whether it was done is unknown: {words}")
            self.show(request.words, False, f"whether it was done is unknown: {words}")
            await self._pause(LOOK_SECONDS)

    async def reach(self, look: Look) -> None:
        """Follow the live view of the set until a goal is reached. Raises `ExecutionEnded` where it will not be."""
        while True:
            self._news.clear()
            snapshot = self._live.snapshot
            stale = snapshot.health.link is not Link.LIVE
            left = self._deadline - self.clock.monotonic()
            if not stale:
                goal = look(snapshot.fleet.sets.get(self.plan.intent.set), self.now())
                for step in goal.steps:
                    self.show(step.words, step.done, step.detail, part=goal.part)
                if goal.hopeless:
                    raise ExecutionEnded(Outcome.NOT_REACHED, goal.hopeless)
                if goal.reached:
                    return
                if goal.until is not None:
                    left = min(left, max(0.0, (goal.until - self.now()).total_seconds()) + 0.001)
            if self.stopped:
                raise ExecutionEnded(Outcome.STOPPED, "no longer followed; what was sent goes on")
            if self.clock.monotonic() >= self._deadline:
                raise ExecutionEnded(Outcome.TIMED_OUT, "" if stale else goal.left)
            words = _STALE if stale else ""
            self._put(replace(self.progress, words=words))
            await self._pause(left)

    async def wait(self, seconds: float) -> None:
        """Wait for a change of the set, at most `seconds`. Raises `ExecutionEnded` when stopped or out of time."""
        self.end_if_stopped()
        left = self._deadline - self.clock.monotonic()
        if left <= 0:
            raise ExecutionEnded(Outcome.TIMED_OUT)
        self._news.clear()
        await self._pause(min(seconds, left))
        self.end_if_stopped()

    async def _pause(self, seconds: float) -> None:
        """Until there is news, somebody stops it, or the time is up."""
        waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(self.clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _rest(self, seconds: float) -> None:
        """Until somebody stops it, or the time is up: news does not make the server ask to be left alone for less."""
        until = self.clock.monotonic() + seconds
        while not self.stopped and (left := until - self.clock.monotonic()) > 0:
            self._news.clear()
            await self._pause(left)

    def show(self, words: str, done: bool, detail: str = "", *, part: tuple[int, int] | None = None) -> None:
        """One step of the follow-up; the words are its name, and its times are kept."""
        now = self.now()
        known = self._steps.get(words)
        since = known.since if known is not None else now
        until = (known.until if known is not None and known.done else now) if done else None
        self._steps[words] = Step(words, done, since, until, "" if done else detail)
        self._put(replace(self.progress, steps=tuple(self._steps.values()), words="", part=part or self.progress.part))

    def forget(self, words: str) -> None:
        """Take a step back that has turned out not to be needed; its words are its name."""
        if self._steps.pop(words, None) is not None:
            self._put(replace(self.progress, steps=tuple(self._steps.values())))

    def share(self, done: int, of: int) -> None:
        """How many ordinals are done, of how many."""
        self._put(replace(self.progress, part=(done, of)))

    def note(self, words: str) -> None:
        """Write something down that is no request, as why a step is not begun. Nothing depends on this line."""
        self._record.note(words)

    def _put(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self._queue.append(progress)
            self._told.set()

    def _finish(self, outcome: Outcome, words: str = "") -> None:
        residual_state = "" if outcome in (Outcome.REACHED, Outcome.REFUSED) else self.residual_state
        told = "; ".join(part for part in (words, residual_state, self._record.odd) if part)
        self._put(replace(self.progress, outcome=outcome, words=told, paused=False))


def _by_a_test(error: ClusterError) -> bool:
    """Whether a test of a patch may have failed."""
    return isinstance(error, Rejected) and error.status == 422
