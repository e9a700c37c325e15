"""Change fields of a set that Kubernetes does not change in place."""

from __future__ import annotations

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.execution.execution import Execution
from stsview.actions.goals import Accepted
from stsview.actions.intents import Recreate
from stsview.actions.operations.recreate import texts
from stsview.actions.operations.recreate.changes import BadChange, Recreation, parse_change
from stsview.actions.operations.recreate.facts import RecreationFacts
from stsview.actions.operations.recreate.facts import gather as gather_facts
from stsview.actions.operations.recreate.machine import plan_parts, recreate
from stsview.actions.plan import Confirmation, Plan
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed


async def gather(session: Session, intent: Recreate, plan_context: PlanContext) -> RecreationFacts:
    """Raises `Refused` where the set is gone or a change is not understood, and `ClusterError`."""
    return await gather_facts(session, recreation_of(intent), plan_context)


def recreation_of(intent: Recreate) -> Recreation:
    """Raises `Refused` where a change is not understood."""
    try:
        return Recreation(intent.set, intent.set_uid, tuple(map(parse_change, intent.changes)))
    except BadChange as error:
        raise Refused(str(error)) from error


def plan(facts: RecreationFacts, intent: Recreate, policy: Policy) -> Plan:
    """Pure."""
    fresh, parts = facts.fresh, plan_parts(facts)
    namespace, name = intent.set
    changes = listed([change.name for change in facts.recreation.changes])
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Recreate {intent.set} to change {changes}",
        made_at=fresh.at,
        steps=parts.steps,
        checks=(checks.same_set(fresh, intent), checks.not_deleted(fresh), *parts.checks),
        risks=parts.risks,
        safer=tuple(texts.safer(facts)),
        same_as=parts.same_as,
        confirmation=Confirmation(name=name, context=policy.protected),
        requests=parts.requests,
        goal=Accepted(),
        danger=Danger.DISRUPTIVE,
        ends=(),
        preconditions=parts.preconditions,
        details=parts.details,
    )


async def execute(execution: Execution, intent: Recreate) -> None:
    """Raises `ExecutionEnded`."""
    prefix = "uid-of-"
    same = {one.id.removeprefix(prefix): one.value for one in execution.plan.preconditions if one.id.startswith(prefix)}
    await recreate(execution, recreation_of(intent), same)
