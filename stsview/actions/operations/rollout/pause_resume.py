"""Pause and resume a rollout with the partition.

A StatefulSet has no field for that.

The partition before the pause is saved in an annotation of the set, so that another operator can resume.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import HeldAt, RolledOut
from stsview.actions.intents import PauseRollout, ResumeRollout
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, protected, reached
from stsview.actions.operations.rollout.saved_partition import PAUSED_PARTITION, paused_from
from stsview.actions.operations.rollout.template_patches import Templates, annotate, set_partition, test_template
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Precondition, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.rollout.partition import index_of, partition_of, reaches
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS


async def gather_pause(session: Session, intent: PauseRollout, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_pause, intent))


def _pause(intent: PauseRollout, templates: Templates) -> Request:
    return patch_set(
        intent,
        f"set the partition of {intent.set} to {pause_at(templates.fresh)}",
        *test_template(templates, intent.seen_revision),
        *set_partition(templates, pause_at(templates.fresh)),
        *annotate(templates, PAUSED_PARTITION, str(partition_of(templates.fresh.set))),
    )


def pause_at(fresh: FreshState) -> int:
    """The partition that pauses the rollout.

    All pods from there up are updated or being replaced.

    A pod below may be updated already, such as one deleted by hand; a partition that included it as well would let
    the controller update those above it.
    """
    partition = fresh.view.replicas
    for row in reached(fresh, partition_of(fresh.set)):
        if not _is_updated(row) and not _is_being_replaced(row):
            break
        partition = index_of(row.ordinal, fresh.view.start)
    return partition


def _is_updated(row: OrdinalView) -> bool:
    return row.at_update is True


def _is_being_replaced(row: OrdinalView) -> bool:
    """The pod is missing or terminating.

    The partition at its creation decides its revision.
    """
    return row.missing or row.terminating


def plan_pause(facts: RolloutFacts, intent: PauseRollout, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    partition = pause_at(fresh)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Pause the rollout of {intent.set}",
        made_at=fresh.at,
        steps=tuple(_steps_of_pause(fresh, partition)),
        checks=(
            *common.unchanged_checks(fresh, intent, "pods are not updated automatically, nothing to pause"),
            common.not_paused(fresh),
            _rollout_check(fresh, partition),
            *facts.access_checks,
            common.autoscaler_check(fresh),
            checks.other_writers(fresh),
        ),
        risks=tuple(_risks_of_pause(fresh, partition)),
        safer=(),
        same_as=common.partition_command(fresh, partition, {PAUSED_PARTITION: str(partition_of(fresh.set))}),
        confirmation=Confirmation(context=policy.protected),
        requests=facts.requests,
        goal=HeldAt(partition, fresh.view.rollout.partition),
        danger=Danger.REVERSIBLE,
        ends=(),
        preconditions=(
            *common.preconditions(facts.templates),
            Precondition("holding-partition", "the partition that holds it", str(partition)),
        ),
    )


def _steps_of_pause(fresh: FreshState, partition: int) -> Iterator[str]:
    if not _holds(fresh, partition):
        yield "no change"
        return
    have = partition_of(fresh.set)
    yield f"set the partition from {have} to {partition} ({have} is saved in an annotation)"
    through = reached(fresh, partition)
    update, current = (common.short(fresh, one) for one in (fresh.view.rollout.update, fresh.view.rollout.current))
    if done := [row for row in through if _is_updated(row)]:
        yield f"{common.with_verb(done, 'stays', 'stay')} on {update}"
    if going := [row for row in through if not _is_updated(row)]:
        yield f"{common.with_verb(going, 'is', 'are')} already being replaced and will run {update}"
    if left := [row for row in protected(fresh, partition) if not _is_updated(row)]:
        yield f"{common.with_verb(left, 'stays', 'stay')} on {current}: no further pod is updated"


def _holds(fresh: FreshState, partition: int) -> bool:
    """Whether such a partition stops any update."""
    rollout = fresh.view.rollout
    return rollout.active and rollout.rolling and not rollout.held and partition > partition_of(fresh.set)


def _rollout_check(fresh: FreshState, partition: int) -> Check:
    rollout, update = fresh.view.rollout, common.short(fresh, fresh.view.rollout.update)
    if why := fresh.unread(PODS):
        return Check("rollout", Result.UNKNOWN, f"rollout status unknown: {why}", required=True)
    if rollout.held:
        return Check("rollout", Result.FAIL, f"already paused by partition {rollout.partition}")
    if not rollout.active:
        return Check("rollout", Result.FAIL, "no rollout in progress")
    if partition <= partition_of(fresh.set):
        return Check("rollout", Result.FAIL, "all pods are updated or being replaced: nothing left to pause")
    return Check("rollout", Result.PASS, f"rollout to {update} in progress")


def _risks_of_pause(fresh: FreshState, partition: int) -> Iterator[str]:
    if not _holds(fresh, partition):
        return
    current = common.short(fresh, fresh.view.rollout.current)
    yield f"A pod being replaced right now comes back on {current}."
    below = protected(fresh, partition)
    if outdated := [row for row in below if not _is_updated(row)]:
        yield f"While paused, {common.with_verb(outdated, 'is', 'are')} recreated on {current} if deleted."
    have = partition_of(fresh.set)
    if ahead := [row for row in below if _is_updated(row) and reaches(row.ordinal, fresh.view.start, have)]:
        yield f"{common.with_verb(ahead, 'is', 'are')} updated but below the partition: if recreated, on {current}."


async def gather_resume(session: Session, intent: ResumeRollout, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_resume, intent))


def _resume(intent: ResumeRollout, templates: Templates) -> Request:
    paused = paused_from(templates.fresh)
    if paused is None or paused.partition is None:
        raise Refused("partition before the pause unknown")
    return patch_set(
        intent,
        f"set the partition of {intent.set} back to {paused.partition}",
        *test_template(templates, intent.seen_revision),
        *set_partition(templates, paused.partition),
        *annotate(templates, PAUSED_PARTITION, None),
    )


def plan_resume(facts: RolloutFacts, intent: ResumeRollout, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    back = _resume_partition(fresh)
    rows = [row for row in reached(fresh, back) if not _is_updated(row)]
    raised = back > partition_of(fresh.set)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Resume the rollout of {intent.set}",
        made_at=fresh.at,
        steps=tuple(_steps_of_resume(fresh, back, rows)),
        checks=(
            *common.unchanged_checks(fresh, intent, "a partition means nothing there"),
            _paused_check(fresh),
            *((_moved_check(fresh, back),) if _has_saved_partition(fresh) else ()),
            *facts.access_checks,
            *common.impact_checks(fresh, rows, facts.settings),
        ),
        risks=tuple(_risks_of_resume(fresh, back)),
        safer=tuple(_alternatives(fresh, rows)),
        same_as=common.partition_command(fresh, back, {PAUSED_PARTITION: None}),
        confirmation=Confirmation(
            name=name if raised or common.needs_name(fresh, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(to=intent.seen_revision, partition=back),
        danger=Danger.DISRUPTIVE if rows else Danger.REVERSIBLE,
        ends=tuple(row.name for row in rows),
        preconditions=(*common.preconditions(facts.templates), *common.members_down(fresh)),
    )


def _has_saved_partition(fresh: FreshState) -> bool:
    """Whether the set has saved a valid partition."""
    paused = paused_from(fresh)
    return paused is not None and paused.partition is not None


def _resume_partition(fresh: FreshState) -> int:
    paused = paused_from(fresh)
    return partition_of(fresh.set) if paused is None or paused.partition is None else paused.partition


def _steps_of_resume(fresh: FreshState, back: int, rows: list[OrdinalView]) -> Iterator[str]:
    if not _has_saved_partition(fresh):
        yield "no change"
        return
    yield f"restore the partition from {partition_of(fresh.set)} to {back} and remove the pause annotation"
    update = common.short(fresh, fresh.view.rollout.update)
    if rows:
        yield f"update {common.names(rows)} to {update}{common.pace(fresh, rows)}"
    if held := [row for row in protected(fresh, back) if not _is_updated(row)]:
        what = "the canary's partition" if fresh.view.rollout.canary_from is not None else f"partition {back}"
        yield f"{common.with_verb(held, 'stays', 'stay')} unchanged: protected by {what}"


def _paused_check(fresh: FreshState) -> Check:
    paused = paused_from(fresh)
    if paused is None:
        return Check("paused", Result.FAIL, "not paused: no saved partition")
    if paused.partition is None:
        words = f"the annotation {PAUSED_PARTITION} is {paused.words}, which is not a partition"
        return Check("paused", Result.FAIL, f"{words}: partition to restore unknown")
    return Check("paused", Result.PASS, f"paused (previous partition {paused.partition})")


def _moved_check(fresh: FreshState, back: int) -> Check:
    """The partition against the saved one; a pause only ever raises it."""
    have = partition_of(fresh.set)
    if back > have:
        words = f"the partition was set to {have} since, below the {back} before the pause"
        return Check("moved", Result.WARN, f"{words}: resuming raises it")
    if back == have:
        return Check("moved", Result.WARN, f"the partition is already {have}: only the annotation is removed")
    return Check("moved", Result.PASS, f"the partition is {have}, above the {back} before the pause")


def _risks_of_resume(fresh: FreshState, back: int) -> Iterator[str]:
    raised = [row for row in protected(fresh, back) if reaches(row.ordinal, fresh.view.start, partition_of(fresh.set))]
    if raised:
        current = common.short(fresh, fresh.view.rollout.current)
        yield f"{common.with_verb(raised, 'is', 'are')} below the partition then: if recreated, on {current}."


def _alternatives(fresh: FreshState, rows: list[OrdinalView]) -> Iterator[Alternative]:
    namespace, name = fresh.view.namespace, fresh.view.name
    paused = paused_from(fresh)
    if paused is not None and paused.partition is None:
        remove_command = kubectl(namespace, "annotate", "statefulset", name, f"{PAUSED_PARTITION}-")
        yield Alternative("remove the annotation and set the partition manually", remove_command)
    elif len(rows) > 1:
        one = index_of(rows[0].ordinal, fresh.view.start)
        yield Alternative(f"update only {rows[0].name} first", common.partition_command(fresh, one, {}))
    if rows:
        yield Alternative("roll back instead", stsview(namespace, "undo", name))
