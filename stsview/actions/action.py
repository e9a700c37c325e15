"""One action: gather facts, plan from them, execute the plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.execution.execution import Execution
from stsview.actions.intents import Intent
from stsview.actions.plan import Plan
from stsview.actions.policy import Policy
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import guarded
from stsview.cluster.http.session import Session
from stsview.model.action_id import ActionId

IntentT = TypeVar("IntentT", bound=Intent)


class Facts(Protocol):
    """What every action gathers at least."""

    @property
    def fresh(self) -> FreshState | None:
        """The set that the plan is about; None where it is about a node."""


FactsT = TypeVar("FactsT", bound=Facts)


class AnyAction(Protocol):
    """An action whose types of intent and facts are not known.

    The registry holds actions as this type.
    """

    @property
    def id(self) -> ActionId: ...

    @property
    def seconds(self) -> float: ...

    @property
    def gather_seconds(self) -> float: ...

    @property
    def pausable(self) -> bool: ...

    async def make_plan(
        self, session: Session, intent: Intent, plan_context: PlanContext, policy: Callable[[], Policy]
    ) -> Plan: ...

    async def run(self, execution: Execution) -> None: ...


class Action(msgspec.Struct, Generic[IntentT, FactsT], frozen=True):
    intent_type: type[IntentT]
    gather: Callable[[Session, IntentT, PlanContext], Awaitable[FactsT]]
    """Does all reading. Raises `Refused` and `ClusterError`."""
    plan: Callable[[FactsT, IntentT, Policy], Plan]
    """Pure function from the gathered facts to the plan."""
    execute: Callable[[Execution, IntentT], Awaitable[None]]
    """Sends the requests and follows them to the goal. Lets `ExecutionEnded` through."""
    seconds: float = 900.0
    """Default timeout of the follow-up, or of each step where there are several."""
    gather_seconds: float = 0.0
    """Minimum duration of `gather`, where it has to read something twice."""
    pausable: bool = False
    """Whether there are steps between which it can be paused."""

    @property
    def id(self) -> ActionId:
        return self.intent_type.action

    async def make_plan(
        self, session: Session, intent: Intent, plan_context: PlanContext, policy: Callable[[], Policy]
    ) -> Plan:
        """Gather the facts, plan, and check what the plan may lose.

        The policy is read after the facts.

        Raises `Refused`, `ClusterError`, and TypeError for the intent of another action.
        """
        own = self._own(intent)
        facts = await self.gather(session, own, plan_context)
        plan, fresh = self.plan(facts, own, policy()), facts.fresh
        return plan if fresh is None else guarded(plan, fresh)

    async def run(self, execution: Execution) -> None:
        """Execute a confirmed plan.

        Raises `ExecutionEnded`, and TypeError for the plan of another action.
        """
        await self.execute(execution, self._own(execution.plan.intent))

    def _own(self, intent: Intent) -> IntentT:
        if not isinstance(intent, self.intent_type):
            raise TypeError(f"{self.id} does not take {type(intent).__name__}")
        return intent
