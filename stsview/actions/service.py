"""The way through: plan, confirm, and only then a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Protocol

from stsview.actions.context import PlanContext
from stsview.actions.errors import Changed, Refused
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.execution.execution import Execution
from stsview.actions.intents import Intent
from stsview.actions.operations.ordered_restart.journal import Unfinished, unfinished
from stsview.actions.plan import Answers, Check, Plan, Result, differences
from stsview.actions.policy import Policy, policy_of
from stsview.actions.preflight.permissions import who
from stsview.actions.progress import Progress
from stsview.actions.registry import action_for
from stsview.actions.run import Run
from stsview.clock import Clock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.live.live import Live
from stsview.live.snapshot import Link, Scope
from stsview.model.settings import ModelSettings


class Following(Protocol):
    """A plan on its way, as whoever shows it needs it; `stsview.actions.run.Run` is the real one."""

    @property
    def plan(self) -> Plan: ...

    @property
    def progress(self) -> Progress: ...

    def follow(self, seconds: float | None = None) -> AsyncIterator[Progress]: ...

    def stop(self) -> None: ...

    @property
    def pausable(self) -> bool: ...

    def pause(self, paused: bool) -> None: ...


class Actions(Protocol):
    """What a screen asks; `ActionService` is the real one."""

    async def plan(self, intent: Intent) -> Plan: ...

    async def confirm(self, plan: Plan, answers: Answers) -> Following: ...

    def unfinished(self, set_uid: str) -> Unfinished | None: ...


class ActionService:
    """Everything that changes the cluster of a live picture goes through here.

    `clock` is for waiting alone; instants are the server's, as everywhere.
    """

    def __init__(
        self,
        live: Live,
        audit: AuditLog,
        settings: ModelSettings,
        clock: Clock,
        policy: Callable[[Scope], Policy] = policy_of,
    ) -> None:
        self._live = live
        self._audit = audit
        self._policy = policy
        self._settings = settings
        self._clock = clock

    async def plan(self, intent: Intent) -> Plan:
        """Read what the plan takes, and make it. Nothing is changed.

        Raises `Refused` where there is nothing to plan for, as the object is gone, or could not be read.
        """
        session = self._session()
        context = PlanContext(self._settings, self._audit.path.parent)
        try:
            made = await action_for(intent).make_plan(
                session, intent, context, lambda: self._policy(self._live.snapshot.scope)
            )
        except ClusterError as error:
            raise Refused(f"what this rests on cannot be read: {error}") from error
        return replace(made, checks=(*self._common(session), *made.checks))

    async def confirm(self, plan: Plan, answers: Answers) -> Run:
        """Take somebody's word for it, look once more, and return what does it.

        Raises `Refused` where something is lacking or speaks against it now, `Changed` with a new plan where what the
        plan rests on is another by now. Then nothing was sent.
        """
        if lacking := plan.confirmation.missing(answers):
            raise Refused("; ".join(lacking))
        fresh = await self.plan(plan.intent)
        if changed := differences(plan, fresh):
            raise Changed(fresh, changed)
        if fresh.refused:
            raise Refused("; ".join(check.words for check in fresh.refused))
        if fresh.confirmation != plan.confirmation:
            raise Changed(fresh, ("it takes another confirmation by now",))
        session = self._session()
        user = await who(session)
        return Run(Execution(fresh, answers, self._live, session, self._audit, self._clock, user, self._settings))

    def unfinished(self, set_uid: str) -> Unfinished | None:
        """The ordered restart of a set that was begun, and of which nobody wrote down the end. Raises nothing."""
        return unfinished(self._audit.path.parent, set_uid)

    def _session(self) -> Session:
        session = self._live.session
        if session is None:
            raise Refused("not connected")
        return session

    def _common(self, session: Session) -> tuple[Check, ...]:
        checks = [self._picture()]
        if session.gate.closed:
            checks.append(Check("read-only", Result.FAIL, f"nothing is changed here: {session.gate.closed}"))
        return tuple(checks)

    def _picture(self) -> Check:
        """On a stale picture nobody sees what an action would do, nor what it did."""
        health = self._live.snapshot.health
        if health.link is Link.LIVE:
            return Check("live", Result.PASS, "the picture is live")
        return Check("live", Result.FAIL, f"the picture is not live: {health.problem or health.link.value}")
