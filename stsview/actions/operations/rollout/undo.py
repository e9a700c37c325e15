"""Roll back to an earlier revision; delete pods that would block that."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Undo
from stsview.actions.operations.rollout import unblock_plan
from stsview.actions.operations.rollout.blocked_pods import blocking_pod, self_blocking_pods
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    read_templates,
    replace_template,
    test_strategy,
    test_template,
)
from stsview.actions.operations.rollout.unblock_executor import patch_then_unblock
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import one_line, short_revision
from stsview.model.rights import When
from stsview.model.rollout.detail import RevisionView
from stsview.model.rollout.template_changes import changes_in_brief, same_template, template_changes
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView


class UndoFacts(msgspec.Struct, frozen=True):
    templates: Templates
    to: RevisionView | None
    """None if there is no such revision, or the revisions are unknown."""
    after: FreshState
    """The state once the controller has observed the rollback; the present one if the target is unknown."""
    access_checks: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings

    @property
    def fresh(self) -> FreshState:
        return self.templates.fresh


async def gather(session: Session, intent: Undo, plan_context: PlanContext) -> UndoFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    templates = await read_templates(session, intent.set, plan_context.settings)
    to = target_revision(templates, intent)
    after = (
        unblock_plan.as_observed(templates.fresh, plan_context.settings, to.name) if to is not None else templates.fresh
    )
    when = {When.BLOCKING_PODS} if to is not None and self_blocking_pods(after) else ()
    access_checks = await rights(session, intent.action, intent.set.namespace, when)
    if to is not None and not session.gate.closed:
        access_checks = (*access_checks, await dry_run(session, request(templates, intent, to)))
    return UndoFacts(templates, to, after, access_checks, plan_context.settings)


def target_revision(templates: Templates, intent: Undo) -> RevisionView | None:
    """The revision to roll back to.

    By default the one with the second highest number, as with kubectl.

    Source: kubectl/pkg/polymorphichelpers/rollback.go.
    """
    if intent.to:
        return templates.revision(intent.to)
    return templates.revisions[-2] if len(templates.revisions) > 1 else None


def request(templates: Templates, intent: Undo, to: RevisionView) -> Request:
    """One patch, which fails if template or update strategy have changed."""
    return patch_set(
        intent,
        f"set the template of {intent.set} to that of revision {_named(to, intent)}",
        *test_template(templates, intent.seen_revision),
        *test_strategy(templates),
        *replace_template(to),
    )


def plan(facts: UndoFacts, intent: Undo, policy: Policy) -> Plan:
    """Pure."""
    fresh, to, after = facts.templates.fresh, facts.to, facts.after
    namespace, name = intent.set
    deleted = self_blocking_pods(after) if to is not None else []
    needs_name = to is not None and unblock_plan.needs_name(fresh, after, facts.settings)
    moves = not fresh.view.rollout.on_delete
    revision = () if to is None else (f"--to-revision={to.number}",)
    undo = kubectl(namespace, "rollout", "undo", f"statefulset/{name}", *revision)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Roll back {intent.set}" + (f" to revision {_named(to, intent)}" if to is not None else ""),
        made_at=fresh.at,
        steps=tuple(_steps(facts, intent, to)) if to is not None else (),
        details=tuple(_details(facts, intent, to)) if to is not None else (),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            _revision_check(facts, intent),
            _differs_check(facts, intent),
            _seen_check(facts, intent),
            _target_check(facts, intent),
            *facts.access_checks,
            checks.other_writers(fresh),
            unblock_plan.rollout_check(fresh),
            unblock_plan.members_check(fresh, after, facts.settings),
            *((checks.budgets(fresh),) if deleted else ()),
        ),
        risks=tuple(_risks(facts)),
        safer=tuple(_safer(facts, intent)),
        same_as=" && ".join(filter(None, (undo, unblock_plan.deletion_commands(namespace, deleted)))),
        confirmation=Confirmation(name=name if needs_name else "", context=policy.protected),
        requests=(request(facts.templates, intent, to), *unblock_plan.deletion_requests(intent, deleted))
        if to is not None
        else (),
        goal=RolledOut(intent.seen_revision, to.name if to is not None else ""),
        danger=Danger.DISRUPTIVE if moves else Danger.REVERSIBLE,
        ends=unblock_plan.ended(after, deleted) if to is not None else (),
        preconditions=(
            *unblock_plan.preconditions(fresh, deleted),
            Precondition("target-revision", "the revision to go back to", to.name if to is not None else "unknown"),
            Precondition("template-changes", "what changes", "; ".join(_changes(facts)) or "nothing"),
        ),
    )


def _residual_state(made: Plan) -> str:
    to = made.goal.to if isinstance(made.goal, RolledOut) else ""
    return f"the template is that of {short_revision(to, made.about.name)}"


execute = patch_then_unblock(_residual_state)


def _steps(facts: UndoFacts, intent: Undo, to: RevisionView) -> Iterator[str]:
    after, short = facts.after, short_revision(to.name, intent.set.name)
    yield f"restore the pod template of revision {_named(to, intent)}"
    if changes := changes_in_brief(facts.templates.spec.get("template") or {}, to.template):
        yield f"changes: {'; '.join(changes)}"
    deleted = self_blocking_pods(after)
    yield from unblock_plan.deletion_steps(deleted, short)
    yield from unblock_plan.rollout_steps(after, deleted)


def _details(facts: UndoFacts, intent: Undo, to: RevisionView) -> Iterator[str]:
    if deleted := self_blocking_pods(facts.after):
        yield f"a rollback alone won't help: {unblock_plan.blocking_reason(deleted[0], facts.after.view)}"
    now = facts.templates.revision(facts.templates.fresh.view.rollout.update)
    if now is not None:
        yield f"from revision {_described(now, intent)} to revision {_described(to, intent)}"
    for change in _changes(facts):
        yield f"changes {change}"
    yield "replicas, partition and PVCs do not change"


def _risks(facts: UndoFacts) -> Iterator[str]:
    if facts.to is None:
        return
    updated = unblock_plan.replaced_by_controller(facts.after)
    if facts.templates.fresh.view.replicas == 1 and updated:
        yield risks.ONLY_MEMBER
    elif len(updated) > len(self_blocking_pods(facts.after)):
        yield "Each pod is briefly down. PodDisruptionBudgets don't protect against this."


def _safer(facts: UndoFacts, intent: Undo) -> Iterator[Alternative]:
    if facts.to is None:
        return
    namespace, name = intent.set
    if blocking_pod(facts.templates.fresh) is not None and _broken_there(facts.after):
        yield Alternative(
            "unblock the rollout instead, if the current template is right", stsview(namespace, "unblock", name)
        )
    command = kubectl(namespace, "rollout", "history", f"statefulset/{name}", f"--revision={facts.to.number}")
    yield Alternative("view the template first", command)


def _revision_check(facts: UndoFacts, intent: Undo) -> Check:
    if facts.to is not None:
        return Check("revision", Result.PASS, f"revision {_named(facts.to, intent)} found")
    if facts.templates.unread:
        words = f"revisions unknown: {facts.templates.unread}"
        return Check("revision", Result.UNKNOWN, words, required=True)
    if not intent.to:
        return Check("revision", Result.FAIL, "no previous revision")
    known = ", ".join(_named(one, intent) for one in facts.templates.revisions)
    wanted = short_revision(intent.to, intent.set.name)
    return Check("revision", Result.FAIL, f"no revision {wanted}; existing: {known or 'none'}")


def _differs_check(facts: UndoFacts, intent: Undo) -> Check:
    if facts.to is None:
        return Check("differs", Result.UNKNOWN, "can't compare templates")
    if same_template(facts.templates.spec.get("template") or {}, facts.to.template):
        return Check("differs", Result.FAIL, f"the template is already that of revision {_named(facts.to, intent)}")
    return Check("differs", Result.PASS, "target differs from the current template")


def _seen_check(facts: UndoFacts, intent: Undo) -> Check:
    """The template is the one that the operator saw.

    One that the controller has not observed has no revision yet: the operator cannot have seen it.
    """
    rollout, name = facts.templates.fresh.view.rollout, intent.set.name
    saw = short_revision(intent.seen_revision, name)
    if rollout.update != intent.seen_revision:
        update = short_revision(rollout.update, name) or "none"
        return Check("seen", Result.FAIL, f"the pod template was changed: update revision is {update}, you saw {saw}")
    now = facts.templates.revision(rollout.update)
    if now is not None and not same_template(facts.templates.spec.get("template") or {}, now.template):
        return Check("seen", Result.FAIL, "the pod template was changed just now: try again")
    return Check("seen", Result.PASS, f"update revision unchanged: {saw}")


def _target_check(facts: UndoFacts, intent: Undo) -> Check:
    """Whether pods run well on the target revision.

    After a rollback the second highest revision may be the bad one.
    """
    broken = [] if facts.to is None else _broken_there(facts.after)
    if facts.to is None or not broken:
        return Check("target", Result.PASS, "no pod is failing on the target revision")
    named, row = _named(facts.to, intent), broken[0]
    words = f"{row.name} already runs revision {named} and is {row.state.label}; {_instead(facts, intent)}"
    return Check("target", Result.FAIL, words, overridable=True)


def _instead(facts: UndoFacts, intent: Undo) -> str:
    """What to do where the target is the bad revision."""
    now = facts.templates.fresh.view.rollout.update
    others = [one for one in facts.templates.revisions if facts.to and one.name not in (facts.to.name, now)]
    older = max(others, key=lambda one: one.number, default=None)
    if blocking_pod(facts.templates.fresh) is not None:
        return "if the current template is right, unblock the rollout instead"
    if older is not None:
        return f"choose another revision, such as {_named(older, intent)}"
    return "no other revision is recorded"


def _broken_there(after: FreshState) -> list[OrdinalView]:
    rows = (row for row in after.view.ordinals if row.expected)
    return [row for row in rows if row.at_update and row.state.health is Health.DEGRADED]


def _changes(facts: UndoFacts) -> tuple[str, ...]:
    if facts.to is None:
        return ()
    return template_changes(facts.templates.spec.get("template") or {}, facts.to.template)


def _named(revision: RevisionView, intent: Undo) -> str:
    return f"{revision.number} ({short_revision(revision.name, intent.set.name)})"


def _described(revision: RevisionView, intent: Undo) -> str:
    """Number, hash, field manager and change cause of a revision."""
    manager = f"by {one_line(revision.manager)}" if revision.manager else ""
    parts = (short_revision(revision.name, intent.set.name), manager, one_line(revision.cause))
    return f"{revision.number} ({', '.join(part for part in parts if part)})"
