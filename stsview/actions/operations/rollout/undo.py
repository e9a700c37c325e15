"""Go back to an earlier revision of the template, and free the pods that would hold it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Undo
from stsview.actions.operations.rollout import unblock_plan
from stsview.actions.operations.rollout.blocked_pods import blocking, held_up
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    replace_template,
    strategy_as_seen,
    template_as_seen,
    templates,
)
from stsview.actions.operations.rollout.unblock_executor import changing
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import one_line, short_revision
from stsview.model.rollout.detail import RevisionView
from stsview.model.rollout.template_changes import same_template, template_changes
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS, STATEFULSETS


@dataclass(frozen=True, slots=True)
class UndoFacts:
    found: Templates
    to: RevisionView | None
    """None where there is no such revision, or nobody knows."""
    after: FreshState
    """As it will look once the controller has seen it; as it is now where it is not known what to go back to."""
    asked: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: Undo, plan_context: PlanContext) -> UndoFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await templates(session, intent.set, plan_context.settings)
    to = target(found, intent)
    after = unblock_plan.once_seen(found.fresh, plan_context.settings, to.name) if to is not None else found.fresh
    wanted = [Right("patch", STATEFULSETS, intent.set.namespace)]
    if to is not None and held_up(after):
        wanted.append(Right("delete", PODS, intent.set.namespace))
    asked = await rights(session, wanted)
    if to is not None and not session.gate.closed:
        asked = (*asked, await dry_run(session, request(found, intent, to)))
    return UndoFacts(found, to, after, asked, plan_context.settings)


def target(found: Templates, intent: Undo) -> RevisionView | None:
    """The revision that is meant; without a name it is the one of the second highest number, as with kubectl
    (kubectl/pkg/polymorphichelpers/rollback.go)."""
    if intent.to:
        return found.revision(intent.to)
    return found.revisions[-2] if len(found.revisions) > 1 else None


def request(found: Templates, intent: Undo, to: RevisionView) -> Request:
    """All in one patch, which changes nothing where the template is another by then, or reaches other pods."""
    return patch_set(
        intent,
        f"set the template of {intent.set} to that of revision {_named(to, intent)}",
        *template_as_seen(found, intent.seen_revision),
        *strategy_as_seen(found),
        *replace_template(to),
    )


def plan(facts: UndoFacts, intent: Undo, policy: Policy) -> Plan:
    """Pure."""
    found, to, after = facts.found.fresh, facts.to, facts.after
    namespace, name = intent.set
    freed = held_up(after) if to is not None else []
    grave = to is not None and unblock_plan.grave(found, after, facts.settings)
    moves = not found.view.rollout.on_delete
    revision = () if to is None else (f"--to-revision={to.number}",)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Undo {intent.set}" + (f": back to revision {_named(to, intent)}" if to is not None else ""),
        made_at=found.at,
        steps=tuple(_steps(facts, intent, to)) if to is not None else (),
        checks=(
            checks.same_set(found, intent),
            checks.not_deleted(found),
            _revision(facts, intent),
            _differs(facts, intent),
            _seen(facts, intent),
            _runs_well(facts, intent),
            *facts.asked,
            checks.other_writers(found),
            unblock_plan.rollout(found),
            unblock_plan.members(found, after, facts.settings),
            *((checks.budgets(found),) if freed else ()),
        ),
        risks=tuple(_risks(facts)),
        safer=tuple(_safer(facts, intent)),
        same_as=kubectl(namespace, "rollout", "undo", f"statefulset/{name}", *revision),
        confirmation=Confirmation(name=name if grave else "", context=policy.protected),
        requests=(request(facts.found, intent, to), *unblock_plan.requests(intent, freed)) if to is not None else (),
        goal=RolledOut(intent.seen_revision, to.name if to is not None else ""),
        danger=Danger.DISRUPTIVE if moves else Danger.REVERSIBLE,
        preconditions=(
            *unblock_plan.preconditions(found, freed),
            Precondition("target-revision", "the revision to go back to", to.name if to is not None else "unknown"),
            Precondition("template-changes", "what changes", "; ".join(_changes(facts)) or "nothing"),
        ),
    )


def _left(made: Plan) -> str:
    to = made.goal.to if isinstance(made.goal, RolledOut) else ""
    return f"the template is that of {short_revision(to, made.about.name)}"


execute = changing(_left)


def _steps(facts: UndoFacts, intent: Undo, to: RevisionView) -> Iterator[str]:
    after, short = facts.after, short_revision(to.name, intent.set.name)
    now = facts.found.revision(facts.found.fresh.view.rollout.update)
    before = f"from revision {_told(now, intent)} " if now is not None else ""
    yield f"the template goes {before}to revision {_told(to, intent)}"
    if changes := _changes(facts):
        yield f"what changes: {'; '.join(changes)}"
    freed = held_up(after)
    if freed:
        yield f"a rollback alone won't help: {unblock_plan.holds(freed[0])}"
        yield from unblock_plan.steps(freed, short)
    yield from unblock_plan.moved(after, freed)
    yield "only the template is restored: replicas, partition and claims stay as they are"


def _risks(facts: UndoFacts) -> Iterator[str]:
    if facts.to is None:
        return
    goes = unblock_plan.replaced(facts.after)
    if facts.found.fresh.view.replicas == 1 and goes:
        yield risks.ONLY_MEMBER
    elif len(goes) > len(held_up(facts.after)):
        yield "Each of these pods is down for a while; budgets do not hold this up."


def _safer(facts: UndoFacts, intent: Undo) -> Iterator[Alternative]:
    if facts.to is None:
        return
    namespace, name = intent.set
    if blocking(facts.found.fresh) is not None and _broken_there(facts.after):
        yield Alternative(
            "unblock the rollout instead, if the current template is right", stsview(namespace, "unblock", name)
        )
    command = kubectl(namespace, "rollout", "history", f"statefulset/{name}", f"--revision={facts.to.number}")
    yield Alternative("read the template first", command)


def _revision(facts: UndoFacts, intent: Undo) -> Check:
    if facts.to is not None:
        return Check("revision", Result.PASS, f"revision {_named(facts.to, intent)} is in its history")
    if facts.found.unread:
        words = f"which revisions it had is unknown: {facts.found.unread}"
        return Check("revision", Result.UNKNOWN, words, required=True)
    if not intent.to:
        return Check("revision", Result.FAIL, "there is no former revision to go back to")
    known = ", ".join(_named(one, intent) for one in facts.found.revisions)
    wanted = short_revision(intent.to, intent.set.name)
    return Check("revision", Result.FAIL, f"there is no revision {wanted} in its history; there are {known or 'none'}")


def _differs(facts: UndoFacts, intent: Undo) -> Check:
    if facts.to is None:
        return Check("differs", Result.UNKNOWN, "whether the template is another is unknown")
    if same_template(facts.found.spec.get("template") or {}, facts.to.template):
        return Check("differs", Result.FAIL, f"the template already is revision {_named(facts.to, intent)}")
    return Check("differs", Result.PASS, "the template is another now")


def _seen(facts: UndoFacts, intent: Undo) -> Check:
    """A template that the controller has not seen has no revision, and nobody has seen it here either."""
    rollout, name = facts.found.fresh.view.rollout, intent.set.name
    saw = short_revision(intent.seen_revision, name)
    if rollout.update != intent.seen_revision:
        goes = short_revision(rollout.update, name) or "none"
        return Check("seen", Result.FAIL, f"somebody has changed the template: it goes to {goes}; you saw {saw}")
    now = facts.found.revision(rollout.update)
    if now is not None and not same_template(facts.found.spec.get("template") or {}, now.template):
        return Check("seen", Result.FAIL, "somebody has changed the template just now: look again")
    return Check("seen", Result.PASS, f"it goes to {saw}, as you see it")


def _runs_well(facts: UndoFacts, intent: Undo) -> Check:
    """Whether what is gone back to runs: after an undo the second highest revision is the one that was left."""
    broken = [] if facts.to is None else _broken_there(facts.after)
    if facts.to is None or not broken:
        return Check("target", Result.PASS, "no pod is seen to be broken on what is gone back to")
    named, row = _named(facts.to, intent), broken[0]
    return Check("target", Result.WARN, f"{row.name} runs revision {named} already, and is {row.state.label}")


def _broken_there(after: FreshState) -> list[OrdinalView]:
    rows = (row for row in after.view.ordinals if row.expected)
    return [row for row in rows if row.at_update and row.state.health is Health.DEGRADED]


def _changes(facts: UndoFacts) -> tuple[str, ...]:
    if facts.to is None:
        return ()
    return template_changes(facts.found.spec.get("template") or {}, facts.to.template)


def _named(revision: RevisionView, intent: Undo) -> str:
    return f"{revision.number} ({short_revision(revision.name, intent.set.name)})"


def _told(revision: RevisionView, intent: Undo) -> str:
    """With whose it is and why, as far as anybody knows."""
    manager = f"by {one_line(revision.manager)}" if revision.manager else ""
    parts = (short_revision(revision.name, intent.set.name), manager, one_line(revision.cause))
    return f"{revision.number} ({', '.join(part for part in parts if part)})"
