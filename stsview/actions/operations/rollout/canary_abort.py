"""Back out of a canary: the template and the partition that there were before it, in one patch, and then the freeing of
what would hold that up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryAbort
from stsview.actions.operations.rollout import common, unblock_plan
from stsview.actions.operations.rollout.blocked_pods import held_up
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import (
    Templates,
    annotate,
    replace_template,
    set_partition,
    template_as_seen,
    templates,
)
from stsview.actions.operations.rollout.unblock_executor import changing
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.requests.command_line import kubectl
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed, short_revision
from stsview.model.rollout.detail import RevisionView
from stsview.model.rollout.partition import partition_of
from stsview.model.rollout.template_changes import template_changes
from stsview.model.settings import ModelSettings
from stsview.objects.kinds import PODS, STATEFULSETS


@dataclass(frozen=True, slots=True)
class CanaryAbortFacts:
    found: Templates
    to: RevisionView | None
    """What the pods below the partition run; None where there is no canary, or nobody knows."""
    partition: int
    """The one before the canary."""
    after: FreshState
    """As it will look once the controller has seen it; as it is now where there is nothing to back out of."""
    asked: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: CanaryAbort, plan_context: PlanContext) -> CanaryAbortFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    found = await templates(session, intent.set, plan_context.settings)
    to = None if _none(found.fresh) else found.revision(found.fresh.view.rollout.current)
    begun = canary_from(found.fresh)
    partition = (begun.partition if begun is not None else 0) or 0
    after = found.fresh
    if to is not None:
        after = unblock_plan.once_seen(found.fresh, plan_context.settings, to.name, partition)
    wanted = [Right("patch", STATEFULSETS, intent.set.namespace)]
    if to is not None and held_up(after):
        wanted.append(Right("delete", PODS, intent.set.namespace))
    asked = await rights(session, wanted)
    if to is not None and not session.gate.closed:
        asked = (*asked, await dry_run(session, request(found, intent, to, partition)))
    return CanaryAbortFacts(found, to, partition, after, asked, plan_context.settings)


def request(found: Templates, intent: CanaryAbort, to: RevisionView, partition: int) -> Request:
    """All in one patch: with the partition first, or the template first, pods would move that are not meant."""
    short = short_revision(to.name, intent.set.name)
    return patch_set(
        intent,
        f"set the template of {intent.set} to that of {short}, and the partition to {partition}",
        *template_as_seen(found, intent.seen_revision),
        *set_partition(found, partition),
        *annotate(found, CANARY_PARTITION, None),
        *annotate(found, PAUSED_PARTITION, None),
        *replace_template(to),
    )


def plan(facts: CanaryAbortFacts, intent: CanaryAbort, policy: Policy) -> Plan:
    """Pure."""
    found, to, after = facts.found.fresh, facts.to, facts.after
    namespace, name = intent.set
    freed = held_up(after) if to is not None else []
    grave = to is not None and unblock_plan.grave(found, after, facts.settings)
    requests = () if to is None else (request(facts.found, intent, to, facts.partition),)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Back out of the canary of {intent.set}",
        made_at=found.at,
        steps=tuple(_steps(facts, to)) if to is not None else (),
        checks=(
            checks.same_set(found, intent),
            checks.not_deleted(found),
            common.seen_revision(found, intent.seen_revision),
            common.seen_partition(found, intent.seen_partition),
            _canary(found),
            _revision(facts),
            *facts.asked,
            checks.other_writers(found),
            unblock_plan.members(found, after, facts.settings),
            *((checks.budgets(found),) if freed else ()),
        ),
        risks=(),
        safer=tuple(_safer(found)),
        same_as=_same_as(facts),
        confirmation=Confirmation(name=name if grave else "", context=policy.protected),
        requests=(*requests, *unblock_plan.requests(intent, freed)),
        goal=RolledOut(intent.seen_revision, to.name if to is not None else "", _shown(facts)),
        danger=Danger.DISRUPTIVE,
        preconditions=(
            *unblock_plan.preconditions(found, freed),
            Precondition(
                "revision-before-canary", "the revision before the canary", to.name if to is not None else "unknown"
            ),
            Precondition("partition-before-canary", "the partition before the canary", str(facts.partition)),
        ),
    )


def _shown(facts: CanaryAbortFacts) -> int:
    """As the view has it, which shows no partition above the replicas."""
    return min(facts.partition, facts.found.fresh.view.replicas)


def _left(made: Plan) -> str:
    goal = made.goal
    if not isinstance(goal, RolledOut):
        return ""
    return f"the template is that of {short_revision(goal.to, made.about.name)}, and the partition {goal.partition}"


execute = changing(_left)


def _steps(facts: CanaryAbortFacts, to: RevisionView) -> Iterator[str]:
    found, after = facts.found.fresh, facts.after
    short = short_revision(to.name, found.view.name)
    canary = short_revision(found.view.rollout.update, found.view.name)
    below = [row.name for row in found.view.ordinals if row.expected and row.uid and row.revision == to.name]
    runs = f", which {listed(below)} {'runs' if len(below) == 1 else 'run'}" if below else ""
    yield f"the template goes from {canary} back to {short}{runs}"
    if changes := template_changes(facts.found.spec.get("template") or {}, to.template):
        yield f"what changes: {'; '.join(changes)}"
    if partition_of(found.set) == facts.partition:
        yield f"the partition stays {facts.partition}"
    else:
        yield f"in the same patch the partition goes from {partition_of(found.set)} to {facts.partition}"
    freed = held_up(after)
    if freed:
        yield f"that alone won't help: {unblock_plan.holds(freed[0])}"
        yield from unblock_plan.steps(freed, short)
    yield from unblock_plan.moved(after, freed)


def _none(found: FreshState) -> str:
    """Why there is no canary to back out of; empty where there is one."""
    rollout, begun = found.view.rollout, canary_from(found)
    if begun is not None and begun.partition is None:
        return f"the annotation {CANARY_PARTITION} says {begun.words}, which is no partition"
    if not partition_of(found.set):
        return "there is no canary: no partition holds anything back; to take a rollout back there is undo"
    if rollout.current == rollout.update:
        return "there is no canary: all of it is at one revision"
    return ""


def _canary(found: FreshState) -> Check:
    if why := _none(found):
        return Check("canary", Result.FAIL, why)
    update = short_revision(found.view.rollout.update, found.view.name)
    if canary_from(found) is None:
        words = f"a canary of {update} that was not begun here, with no partition kept: it goes back to 0"
        return Check("canary", Result.WARN, words)
    return Check("canary", Result.PASS, f"a canary of {update} is under way")


def _revision(facts: CanaryAbortFacts) -> Check:
    found = facts.found
    current = found.fresh.view.rollout.current
    short = short_revision(current, found.fresh.view.name)
    if found.revision(current) is not None:
        return Check("revision", Result.PASS, f"the revision before it, {short}, is in its history")
    if found.unread:
        return Check("revision", Result.UNKNOWN, f"its revisions cannot be read: {found.unread}", required=True)
    return Check("revision", Result.FAIL, f"the revision before it, {short or 'of no name'}, is not in its history")


def _safer(found: FreshState) -> Iterator[Alternative]:
    begun = canary_from(found)
    if begun is not None and begun.partition is None:
        namespace, name = found.view.namespace, found.view.name
        away = kubectl(namespace, "annotate", "statefulset", name, f"{CANARY_PARTITION}-")
        yield Alternative("take the annotation away: then it goes back to partition 0", away)


def _same_as(facts: CanaryAbortFacts) -> str:
    """kubectl takes two commands; the template has to be first."""
    found = facts.found.fresh
    if facts.to is None:
        return ""
    number = f"--to-revision={facts.to.number}"
    undo = kubectl(found.view.namespace, "rollout", "undo", f"statefulset/{found.view.name}", number)
    annotations: dict[str, str | None] = {CANARY_PARTITION: None, PAUSED_PARTITION: None}
    return f"{undo} && {common.held_with_kubectl(found, facts.partition, annotations)}"
