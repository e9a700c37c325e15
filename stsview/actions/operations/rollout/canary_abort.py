"""Abort a canary.

One patch restores template and partition; pods that block the rollout are then deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryAbort
from stsview.actions.operations.rollout import common, unblock_plan
from stsview.actions.operations.rollout.blocked_pods import self_blocking_pods
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    annotate,
    read_templates,
    replace_template,
    set_partition,
    test_template,
)
from stsview.actions.operations.rollout.unblock_executor import patch_then_unblock
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed, short_revision
from stsview.model.rights import When
from stsview.model.rollout.detail import RevisionView
from stsview.model.rollout.partition import partition_of
from stsview.model.rollout.template_changes import changes_in_brief, template_changes
from stsview.model.settings import ModelSettings


class CanaryAbortFacts(msgspec.Struct, frozen=True):
    templates: Templates
    to: RevisionView | None
    """The revision below the partition; None if there is no canary, or the revision is unknown."""
    partition: int
    """The partition before the canary."""
    after: FreshState
    """The state once the controller has observed the patch; the present one if there is no canary."""
    access_checks: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings

    @property
    def fresh(self) -> FreshState:
        return self.templates.fresh


async def gather(session: Session, intent: CanaryAbort, plan_context: PlanContext) -> CanaryAbortFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    templates = await read_templates(session, intent.set, plan_context.settings)
    to = None if _no_canary_reason(templates.fresh) else templates.revision(templates.fresh.view.rollout.current)
    saved = canary_from(templates.fresh)
    partition = (saved.partition if saved is not None else 0) or 0
    after = templates.fresh
    if to is not None:
        after = unblock_plan.as_observed(templates.fresh, plan_context.settings, to.name, partition)
    when = {When.BLOCKING_PODS} if to is not None and self_blocking_pods(after) else ()
    access_checks = await rights(session, intent.action, intent.set.namespace, when)
    if to is not None and not session.gate.closed:
        access_checks = (*access_checks, await dry_run(session, request(templates, intent, to, partition)))
    return CanaryAbortFacts(templates, to, partition, after, access_checks, plan_context.settings)


def request(templates: Templates, intent: CanaryAbort, to: RevisionView, partition: int) -> Request:
    """One patch of template and partition.

    With either of them first, the controller would update other pods.
    """
    short = short_revision(to.name, intent.set.name)
    return patch_set(
        intent,
        f"set the template of {intent.set} to that of {short}, and the partition to {partition}",
        *test_template(templates, intent.seen_revision),
        *set_partition(templates, partition),
        *annotate(templates, CANARY_PARTITION, None),
        *annotate(templates, PAUSED_PARTITION, None),
        *replace_template(to),
    )


def plan(facts: CanaryAbortFacts, intent: CanaryAbort, policy: Policy) -> Plan:
    """Pure."""
    fresh, to, after = facts.templates.fresh, facts.to, facts.after
    namespace, name = intent.set
    deleted = self_blocking_pods(after) if to is not None else []
    needs_name = to is not None and unblock_plan.needs_name(fresh, after, facts.settings)
    requests = () if to is None else (request(facts.templates, intent, to, facts.partition),)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Abort the canary of {intent.set}",
        made_at=fresh.at,
        steps=tuple(_steps(facts, to)) if to is not None else (),
        details=tuple(_details(facts, to)) if to is not None else (),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            common.seen_revision(fresh, intent.seen_revision),
            common.seen_partition(fresh, intent.seen_partition),
            _canary(fresh),
            _revision(facts),
            *facts.access_checks,
            checks.other_writers(fresh),
            unblock_plan.members_check(fresh, after, facts.settings),
            *((checks.budgets(fresh),) if deleted else ()),
        ),
        risks=(),
        safer=tuple(_safer(fresh)),
        same_as=_same_as(facts),
        confirmation=Confirmation(name=name if needs_name else "", context=policy.protected),
        requests=(*requests, *unblock_plan.deletion_requests(intent, deleted)),
        goal=RolledOut(intent.seen_revision, to.name if to is not None else "", _partition_in_view(facts)),
        danger=Danger.DISRUPTIVE,
        ends=unblock_plan.ended(after, deleted) if to is not None else (),
        preconditions=(
            *unblock_plan.preconditions(fresh, deleted),
            Precondition(
                "revision-before-canary", "the revision before the canary", to.name if to is not None else "unknown"
            ),
            Precondition("partition-before-canary", "the partition before the canary", str(facts.partition)),
        ),
    )


def _partition_in_view(facts: CanaryAbortFacts) -> int:
    """The partition as the view shows it, capped at the replicas."""
    return min(facts.partition, facts.templates.fresh.view.replicas)


def _residual_state(made: Plan) -> str:
    goal = made.goal
    if not isinstance(goal, RolledOut):
        return ""
    return f"the template is that of {short_revision(goal.to, made.about.name)}, the partition {goal.partition}"


execute = patch_then_unblock(_residual_state)


def _steps(facts: CanaryAbortFacts, to: RevisionView) -> Iterator[str]:
    fresh, after = facts.templates.fresh, facts.after
    short = short_revision(to.name, fresh.view.name)
    canary = short_revision(fresh.view.rollout.update, fresh.view.name)
    yield f"restore the pod template from {canary} to {short}"
    if changes := changes_in_brief(facts.templates.spec.get("template") or {}, to.template):
        yield f"changes: {'; '.join(changes)}"
    if partition_of(fresh.set) == facts.partition:
        yield f"keep partition {facts.partition}"
    else:
        yield f"set the partition from {partition_of(fresh.set)} to {facts.partition}, in the same request"
    deleted = self_blocking_pods(after)
    yield from unblock_plan.deletion_steps(deleted, short)
    yield from unblock_plan.rollout_steps(after, deleted)


def _details(facts: CanaryAbortFacts, to: RevisionView) -> Iterator[str]:
    fresh = facts.templates.fresh
    if deleted := self_blocking_pods(facts.after):
        yield f"a rollback alone won't help: {unblock_plan.blocking_reason(deleted[0], facts.after.view)}"
    if below := [row.name for row in fresh.view.ordinals if row.expected and row.uid and row.revision == to.name]:
        yield f"{listed(below)} {'runs' if len(below) == 1 else 'run'} {short_revision(to.name, fresh.view.name)} now"
    for change in template_changes(facts.templates.spec.get("template") or {}, to.template):
        yield f"changes {change}"


def _no_canary_reason(fresh: FreshState) -> str:
    """Why there is no canary to abort; empty if there is one."""
    rollout, saved = fresh.view.rollout, canary_from(fresh)
    if saved is not None and saved.partition is None:
        return f"the annotation {CANARY_PARTITION} is {saved.words}, which is not a partition"
    if not partition_of(fresh.set):
        return "no canary: the partition is 0; use undo to roll back"
    if rollout.current == rollout.update:
        return "no canary: all pods are on the same revision"
    return ""


def _canary(fresh: FreshState) -> Check:
    if why := _no_canary_reason(fresh):
        return Check("canary", Result.FAIL, why)
    update = short_revision(fresh.view.rollout.update, fresh.view.name)
    if canary_from(fresh) is None:
        words = f"canary of {update} was not started by stsview: the partition will be set to 0"
        return Check("canary", Result.WARN, words)
    return Check("canary", Result.PASS, f"canary of {update} in progress")


def _revision(facts: CanaryAbortFacts) -> Check:
    templates = facts.templates
    current = templates.fresh.view.rollout.current
    short = short_revision(current, templates.fresh.view.name)
    if templates.revision(current) is not None:
        return Check("revision", Result.PASS, f"previous revision {short} fresh")
    if templates.unread:
        return Check("revision", Result.UNKNOWN, f"revisions cannot be read: {templates.unread}", required=True)
    return Check("revision", Result.FAIL, f"previous revision {short or '(no name)'} no longer exists")


def _safer(fresh: FreshState) -> Iterator[Alternative]:
    saved = canary_from(fresh)
    if saved is not None and saved.partition is None:
        namespace, name = fresh.view.namespace, fresh.view.name
        remove_command = kubectl(namespace, "annotate", "statefulset", name, f"{CANARY_PARTITION}-")
        yield Alternative("remove the annotation; abort then sets partition 0", remove_command)


def _same_as(facts: CanaryAbortFacts) -> str:
    """kubectl needs two commands, the template first."""
    fresh = facts.templates.fresh
    if facts.to is None:
        return ""
    number = f"--to-revision={facts.to.number}"
    undo = kubectl(fresh.view.namespace, "rollout", "undo", f"statefulset/{fresh.view.name}", number)
    annotations: dict[str, str | None] = {CANARY_PARTITION: None, PAUSED_PARTITION: None}
    deletions = unblock_plan.deletion_commands(fresh.view.namespace, self_blocking_pods(facts.after))
    return " && ".join(filter(None, (undo, common.partition_command(fresh, facts.partition, annotations), deletions)))
