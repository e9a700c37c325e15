"""Carries a confirmed plan out: writes it down, sends it, writes down what came of it, and follows to the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from stsview.actions.actions import ACTIONS
from stsview.actions.audit import AuditFailed, AuditLog
from stsview.actions.errors import Refused
from stsview.actions.goals import GoalView, StepView, look_at_goal
from stsview.actions.plan import Answers, Plan, Request
from stsview.clock import Clock
from stsview.cluster.errors import ClusterError, TooManyRequests, Unreachable
from stsview.cluster.gate import WriteRefused
from stsview.cluster.session import Session
from stsview.live.live import Live
from stsview.live.snapshot import Link

_LOOK_SECONDS = 2.0
"""Between two looks whether something was done."""

RETRY_SECONDS = 10.0
"""Between two tries of what the server answers 429 to: a disruption budget that is spent, mostly."""


class Outcome(Enum):
    RUNNING = "running"
    REACHED = "reached"
    NOT_REACHED = "not reached"
    """It cannot be reached, or the server would not have it; `left` says what is not done."""
    TIMED_OUT = "timed out"
    STOPPED = "stopped"
    """Somebody stopped following; what was sent is not taken back."""
    REFUSED = "refused"
    """Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the follow-up, with its times."""

    words: str
    done: bool
    since: datetime
    """When it became the one that is waited for."""
    until: datetime | None = None
    """When it was through."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    steps: tuple[Step, ...]
    outcome: Outcome = Outcome.RUNNING
    words: str = ""
    """Why it ended as it did, or what is odd just now; one line."""

    @property
    def left(self) -> str:
        """What is not done."""
        return "; ".join(
            f"{step.words}: {step.detail}" if step.detail else step.words for step in self.steps if not step.done
        )


class Run:
    """One plan on its way. `follow` is to be iterated once, to its end; `stop` ends it between two steps."""

    def __init__(
        self,
        plan: Plan,
        answers: Answers,
        live: Live,
        session: Session,
        audit: AuditLog,
        clock: Clock,
        user: str,
    ) -> None:
        self.plan = plan
        self.progress = Progress(())
        self._answers = answers
        self._live = live
        self._session = session
        self._audit = audit
        self._clock = clock
        self._user = user
        self._stop = asyncio.Event()
        self._news = asyncio.Event()
        self._steps: dict[str, Step] = {}
        self._odd = ""

    def stop(self) -> None:
        """Send nothing more, and stop following."""
        self._stop.set()
        self._news.set()

    async def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]:
        """Do it, and yield the progress whenever it changes; the last one has an outcome.

        `seconds` is the deadline, counted from now (None: the action's own).
        """
        allowed = ACTIONS[type(self.plan.intent)].seconds if seconds is None else seconds
        deadline = self._clock.monotonic() + allowed
        unsubscribe = self._live.subscribe(lambda _: self._news.set())
        try:
            for request in self.plan.requests:
                async for progress in self._send(request, deadline):
                    yield progress
                if self.progress.outcome is not Outcome.RUNNING:
                    return
            async for progress in self._watch(deadline):
                yield progress
        finally:
            unsubscribe()
            self._record_end()

    async def _send(self, request: Request, deadline: float) -> AsyncIterator[Progress]:
        """One request, at most once but for what the server answered 429 to."""
        while True:
            yield self._show(request.words, False)
            if why := await self._last_look():
                yield self._end(Outcome.REFUSED, why)
                return
            if self._stop.is_set():
                yield self._end(Outcome.STOPPED, "stopped before anything was sent")
                return
            if self._live.snapshot.health.link is not Link.LIVE or self._live.session is not self._session:
                yield self._end(Outcome.REFUSED, "the picture is not live: nothing was sent")
                return
            try:
                self._record("before", request=request)
            except AuditFailed as error:
                yield self._end(Outcome.REFUSED, str(error))
                return
            again = False
            try:
                await self._session.write(request.path, request.message)
            except TooManyRequests as error:
                again = True
                words = error.words or str(error)
                self._told("429", request, words)
                yield self._show(request.words, False, words)
            except WriteRefused as error:
                self._told("refused", request, str(error))
                yield self._end(Outcome.REFUSED, str(error))
                return
            except Unreachable as error:
                self._told("unknown", request, str(error))
                yield self._show(request.words, False, f"no answer came ({error}); looking whether it was done")
                yield await self._was_it_done(request, deadline)
                return
            except ClusterError as error:
                self._told("failed", request, str(error))
                yield self._end(Outcome.NOT_REACHED, f"the server refused it: {error}")
                return
            if not again:
                self._told("done", request)
                yield self._show(request.words, True)
                return
            if self._clock.monotonic() + RETRY_SECONDS > deadline:
                yield self._end(Outcome.TIMED_OUT, "the server kept putting it off")
                return
            await self._pause(RETRY_SECONDS)

    async def _last_look(self) -> str:
        """Why it is not to be sent any more; empty where it may be."""
        still = ACTIONS[type(self.plan.intent)].still
        if still is None:
            return ""
        try:
            return await still(self._session, self.plan)
        except ClusterError as error:
            return f"what this rests on cannot be read: {error}"

    async def _was_it_done(self, request: Request, deadline: float) -> Progress:
        """After a connection broke nobody knows if the server did it: read until that is known; do not send again."""
        done = ACTIONS[type(self.plan.intent)].done
        while True:
            try:
                if await done(self._session, self.plan):
                    self._told("found done", request)
                    return self._show(request.words, True)
            except (ClusterError, Refused) as error:
                words = str(error)
            else:
                self._told("found not done", request)
                return self._end(Outcome.NOT_REACHED, "the connection broke, and the server has not done it: ask again")
            if self._stop.is_set() or self._clock.monotonic() + _LOOK_SECONDS > deadline:
                outcome = Outcome.STOPPED if self._stop.is_set() else Outcome.TIMED_OUT
                return self._end(outcome, f"whether it was done is unknown: {words}")
            self._show(request.words, False, f"whether it was done is unknown: {words}")
            await self._pause(_LOOK_SECONDS)

    def _told(self, result: str, request: Request, words: str = "") -> None:
        """Write down what came of a request. Where that fails it is said at the end: what was sent goes on all the
        same, and somebody has to see it through."""
        try:
            self._record("after", request=request, result=result, words=words)
        except AuditFailed as error:
            self._odd = str(error)

    async def _watch(self, deadline: float) -> AsyncIterator[Progress]:
        while True:
            self._news.clear()
            snapshot = self._live.snapshot
            view = snapshot.fleet.sets.get(self.plan.intent.set)
            stale = snapshot.health.link is not Link.LIVE
            goal = look_at_goal(self.plan.goal, view, self.plan.intent.set_uid)
            before = self.progress
            if not stale:
                self._take(goal)
            if goal.reached and not stale:
                yield self._end(Outcome.REACHED)
                return
            if goal.hopeless and not stale:
                yield self._end(Outcome.NOT_REACHED, goal.hopeless)
                return
            if self._stop.is_set():
                yield self._end(Outcome.STOPPED, "no longer followed; what was sent goes on")
                return
            left = deadline - self._clock.monotonic()
            if left <= 0:
                yield self._end(Outcome.TIMED_OUT, goal.left)
                return
            words = "the picture is not live: waiting for word" if stale else ""
            self.progress = Progress(tuple(self._steps.values()), words=words)
            if self.progress != before:
                yield self.progress
            await self._pause(left)

    async def _pause(self, seconds: float) -> None:
        """Until there is news, somebody stops it, or the time is up."""
        waits = [asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _take(self, goal: GoalView) -> None:
        for step in goal.steps:
            self._show_step(step)

    def _show_step(self, step: StepView) -> None:
        self._show(step.words, step.state.value == "done", step.detail)

    def _show(self, words: str, done: bool, detail: str = "") -> Progress:
        now = self._live.now()
        known = self._steps.get(words)
        since = known.since if known is not None else now
        until = (known.until if known is not None and known.done else now) if done else None
        self._steps[words] = Step(words, done, since, until, detail)
        self.progress = Progress(tuple(self._steps.values()))
        return self.progress

    def _end(self, outcome: Outcome, words: str = "") -> Progress:
        told = "; ".join(part for part in (words, self._odd) if part)
        self.progress = Progress(tuple(self._steps.values()), outcome, told)
        return self.progress

    def _record_end(self) -> None:
        """How it ended, also where nobody followed it to its end. Nothing depends on this line."""
        outcome = Outcome.STOPPED if self.progress.outcome is Outcome.RUNNING else self.progress.outcome
        with contextlib.suppress(AuditFailed):
            self._record("end", result=outcome.value, words=self.progress.words or self.progress.left)

    def _record(self, moment: str, *, request: Request | None = None, result: str = "", words: str = "") -> None:
        """Raises `AuditFailed`."""
        plan, scope = self.plan, self._live.snapshot.scope
        entry: dict[str, Any] = {
            "moment": moment,
            "action": plan.action,
            "context": scope.context,
            "server": self._session.config.address,
            "user": self._user,
            "actingAs": scope.acting_as,
            "object": _object(plan),
            "title": plan.title,
            "facts": dict(plan.rests_on),
            "checks": [{"id": check.id, "result": check.result.value, "words": check.words} for check in plan.checks],
            "reason": self._answers.reason or getattr(plan.intent, "override", ""),
            "override": getattr(plan.intent, "override", ""),
            "attested": sorted(self._answers.attested),
        }
        if request is not None:
            entry["request"] = {
                "method": request.message.method,
                "path": request.path,
                "body": request.message.body,
                "about": {"kind": request.about.kind, "name": request.about.name, "uid": request.about.uid},
            }
        if result:
            entry["result"] = result
        if words:
            entry["words"] = words
        self._audit.append(entry, self._live.now())


def _object(plan: Plan) -> Mapping[str, str]:
    about = plan.about
    return {"kind": about.kind, "namespace": about.namespace, "name": about.name, "uid": about.uid}
