"""The way in: plan, confirm, and only then a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from stsview.actions.context import PlanContext
from stsview.actions.errors import Changed, Refused
from stsview.actions.execution.audit_log import AuditLog
from stsview.actions.execution.execution import Execution
from stsview.actions.intents import Intent
from stsview.actions.operations.grow.journal import Unfinished as UnfinishedGrowth
from stsview.actions.operations.grow.journal import all_unfinished as all_unfinished_growths
from stsview.actions.operations.grow.journal import unfinished as unfinished_growth
from stsview.actions.operations.ordered_restart.journal import Unfinished, unfinished
from stsview.actions.operations.recreate.journal import Unfinished as UnfinishedRecreation
from stsview.actions.operations.recreate.journal import all_unfinished
from stsview.actions.plan import Answers, Check, Plan, Result, differences
from stsview.actions.policy import Policy, policy_of
from stsview.actions.preflight.permissions import current_user
from stsview.actions.progress import Progress
from stsview.actions.registry import action_for
from stsview.actions.run import Run
from stsview.clock import Clock
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.session import Session
from stsview.live.live import Live
from stsview.live.snapshot import Link, Scope
from stsview.model.nodes.reports import NodeReports
from stsview.model.settings import ModelSettings


class ActionRun(Protocol):
    """A confirmed plan being carried out, as screens and terminals use it.

    `stsview.actions.run.Run` implements it.
    """

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
    """What screens call; `ActionService` implements it."""

    async def plan(self, intent: Intent) -> Plan: ...

    async def preview(self, intent: Intent) -> Plan | None: ...

    async def confirm(self, plan: Plan, answers: Answers) -> ActionRun: ...

    def unfinished(self, set_uid: str) -> Unfinished | None: ...

    def unfinished_growth(self, set_uid: str) -> UnfinishedGrowth | None: ...

    def unfinished_growths(self) -> Sequence[UnfinishedGrowth]: ...

    def unfinished_recreations(self) -> Sequence[UnfinishedRecreation]: ...


class ActionService:
    """Plans and confirms every change of the cluster that `live` watches.

    `clock` is only for waiting; instants are the server's, as everywhere.
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
        """Read the cluster and plan. Nothing is changed.

        Raises `Refused` where there is nothing to plan for: the object is gone, or cannot be read.
        """
        return await self._plan(intent, preview=False)

    async def preview(self, intent: Intent) -> Plan | None:
        """The plan as far as it is known at once, where the whole plan takes seconds; None where it does not.

        It is only to be read: confirming it makes the whole plan first. Raises `Refused` as `plan` does.
        """
        return await self._plan(intent, preview=True) if action_for(intent).gather_seconds else None

    async def _plan(self, intent: Intent, *, preview: bool) -> Plan:
        session = self._session()
        context = PlanContext(self._settings, self._audit.path.parent, self._nodes, preview)
        try:
            plan = await action_for(intent).make_plan(
                session, intent, context, lambda: self._policy(self._live.snapshot.scope)
            )
        except ClusterError as error:
            raise Refused(f"cannot read the state of the cluster: {error}") from error
        other = session.config.credentials.impersonation
        return replace(
            plan,
            checks=(*self._common_checks(session), *plan.checks),
            acting_as=str(other) if other is not None else "",
        )

    async def confirm(self, plan: Plan, answers: Answers) -> Run:
        """Check the answers, plan again from fresh reads, and return the run.

        Raises `Refused` where an answer is missing or a check fails now, and `Changed` with the new plan where a
        precondition changed. Then nothing was sent.
        """
        if missing := plan.confirmation.missing(answers):
            raise Refused("; ".join(missing))
        fresh = await self.plan(plan.intent)
        if changed := differences(plan, fresh):
            raise Changed(fresh, changed)
        if fresh.refused:
            raise Refused("; ".join(check.words for check in fresh.refused))
        if fresh.confirmation != plan.confirmation:
            raise Changed(fresh, ("it needs a different confirmation now",))
        session = self._session()
        user = await current_user(session)
        return Run(Execution(fresh, answers, self._live, session, self._audit, self._clock, user, self._settings))

    def unfinished(self, set_uid: str) -> Unfinished | None:
        """The ordered restart of a set that has no recorded end; None where there is none.

        Never raises.
        """
        return unfinished(self._audit.path.parent, set_uid)

    def unfinished_growth(self, set_uid: str) -> UnfinishedGrowth | None:
        """The growth of a set that has no recorded end; None where there is none.

        Never raises.
        """
        return unfinished_growth(self._audit.path.parent, set_uid)

    def unfinished_growths(self) -> Sequence[UnfinishedGrowth]:
        """All growths that have no recorded end, in any cluster.

        Never raises.
        """
        return all_unfinished_growths(self._audit.path.parent)

    def unfinished_recreations(self) -> Sequence[UnfinishedRecreation]:
        """The recreations without a recorded end, in any cluster.

        Reads files. Never raises.
        """
        return all_unfinished(self._audit.path.parent)

    def _nodes(self) -> NodeReports:
        reports = NodeReports()
        snapshot = self._live.snapshot
        reports.update(self._live.node_source(), snapshot.fleet.sets, None, snapshot.scope.part)
        return reports

    def _session(self) -> Session:
        session = self._live.session
        if session is None:
            raise Refused("not connected")
        return session

    def _common_checks(self, session: Session) -> tuple[Check, ...]:
        checks = [self._live_check()]
        if session.gate.closed:
            checks.append(Check("read-only", Result.FAIL, f"read-only mode ({session.gate.closed})"))
        return tuple(checks)

    def _live_check(self) -> Check:
        """Stale data shows neither what an action would do nor what it did."""
        health = self._live.snapshot.health
        if health.link is Link.LIVE:
            return Check("live", Result.PASS, "data is live")
        return Check("live", Result.FAIL, f"data is not live: {health.problem or health.link.value}")
