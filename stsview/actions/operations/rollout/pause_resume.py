"""Pause a rollout by its partition, and let it go on: a StatefulSet has no field for that.

Whoever resumes finds the partition before the pause in an annotation of the set.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import HeldAt, RolledOut
from stsview.actions.intents import PauseRollout, ResumeRollout
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, kept, reached
from stsview.actions.operations.rollout.saved_partition import PAUSED_PARTITION, paused_from
from stsview.actions.operations.rollout.template_patches import Templates, annotate, set_partition, template_as_seen
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
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_pause, intent))


def _pause(intent: PauseRollout, found: Templates) -> Request:
    return patch_set(
        intent,
        f"set the partition of {intent.set} to {pause_at(found.fresh)}",
        *template_as_seen(found, intent.seen_revision),
        *set_partition(found, pause_at(found.fresh)),
        *annotate(found, PAUSED_PARTITION, str(partition_of(found.fresh.set))),
    )


def pause_at(found: FreshState) -> int:
    """Where it is held: the lowest from which on each pod, up to the highest, is updated or on its way.

    What stands below it may be updated already, as a pod that was deleted by hand; a partition that spared that one
    too would let the controller begin those above it.
    """
    partition = found.view.replicas
    for row in reached(found, partition_of(found.set)):
        if not _updated(row) and not _on_its_way(row):
            break
        partition = index_of(row.ordinal, found.view.start)
    return partition


def _updated(row: OrdinalView) -> bool:
    return row.at_update is True


def _on_its_way(row: OrdinalView) -> bool:
    """Its pod is gone or going, and the next one gets the revision that the partition gives it when it is created."""
    return row.missing or row.terminating


def plan_pause(facts: RolloutFacts, intent: PauseRollout, policy: Policy) -> Plan:
    """Pure."""
    found = facts.fresh
    namespace, name = intent.set
    partition = pause_at(found)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Pause the rollout of {intent.set}",
        made_at=found.at,
        steps=tuple(_steps_of_pause(found, partition)),
        checks=(
            *common.as_seen(found, intent, "it replaces no pod by itself, so there is nothing to pause"),
            common.not_paused(found),
            _under_way(found, partition),
            *facts.asked,
            common.autoscaled(found),
            checks.other_writers(found),
        ),
        risks=tuple(_risks_of_pause(found, partition)),
        safer=(),
        same_as=common.held_with_kubectl(found, partition, {PAUSED_PARTITION: str(partition_of(found.set))}),
        confirmation=Confirmation(context=policy.protected),
        requests=facts.requests,
        goal=HeldAt(partition, found.view.rollout.partition),
        danger=Danger.REVERSIBLE,
        preconditions=(
            *common.preconditions(facts.templates),
            Precondition("holding-partition", "the partition that holds it", str(partition)),
        ),
    )


def _steps_of_pause(found: FreshState, partition: int) -> Iterator[str]:
    if not _holds(found, partition):
        yield "nothing changes"
        return
    yield f"the partition goes from {partition_of(found.set)} to {partition}, and the set keeps the former one in mind"
    through = reached(found, partition)
    update, current = (common.short(found, one) for one in (found.view.rollout.update, found.view.rollout.current))
    if done := [row for row in through if _updated(row)]:
        yield f"{common.are(done, 'stays', 'stay')} on {update}, also when a new pod has to be made"
    if going := [row for row in through if not _updated(row)]:
        under_way = common.are(going, "is under way, and comes", "are under way, and come")
        yield f"{under_way} back on {update}"
    if left := [row for row in kept(found, partition) if not _updated(row)]:
        yield f"{common.are(left, 'stays', 'stay')} on {current}, and no further pod is begun"


def _holds(found: FreshState, partition: int) -> bool:
    """Whether there is anything that such a partition keeps from being begun."""
    return found.view.rollout.active and not found.view.rollout.held and partition > partition_of(found.set)


def _under_way(found: FreshState, partition: int) -> Check:
    rollout, update = found.view.rollout, common.short(found, found.view.rollout.update)
    if why := found.unread(PODS):
        return Check("rollout", Result.UNKNOWN, f"how far its rollout is is unknown: {why}", required=True)
    if rollout.held:
        return Check("rollout", Result.FAIL, f"partition {rollout.partition} holds its rollout already")
    if not rollout.active:
        return Check("rollout", Result.FAIL, "no rollout is under way: there is nothing to pause")
    if partition <= partition_of(found.set):
        return Check(
            "rollout", Result.FAIL, "every pod that it reaches is updated or on its way: nothing is left to hold"
        )
    return Check("rollout", Result.PASS, f"a rollout to {update} is under way")


def _risks_of_pause(found: FreshState, partition: int) -> Iterator[str]:
    if not _holds(found, partition):
        return
    current = common.short(found, found.view.rollout.current)
    yield f"A pod that the controller takes away in this very moment comes back on {current}."
    below = kept(found, partition)
    if outdated := [row for row in below if not _updated(row)]:
        yield f"While it is paused, {common.are(outdated, 'comes', 'come')} back on {current}, whatever ends them."
    have = partition_of(found.set)
    if ahead := [row for row in below if _updated(row) and reaches(row.ordinal, found.view.start, have)]:
        yield f"{common.are(ahead, 'is', 'are')} updated, but below the partition: a new pod would run {current}."


async def gather_resume(session: Session, intent: ResumeRollout, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_resume, intent))


def _resume(intent: ResumeRollout, found: Templates) -> Request:
    paused = paused_from(found.fresh)
    if paused is None or paused.partition is None:
        raise Refused("the partition before the pause is not known")
    return patch_set(
        intent,
        f"set the partition of {intent.set} back to {paused.partition}",
        *template_as_seen(found, intent.seen_revision),
        *set_partition(found, paused.partition),
        *annotate(found, PAUSED_PARTITION, None),
    )


def plan_resume(facts: RolloutFacts, intent: ResumeRollout, policy: Policy) -> Plan:
    """Pure."""
    found = facts.fresh
    namespace, name = intent.set
    back = _back(found)
    rows = [row for row in reached(found, back) if not _updated(row)]
    raised = back > partition_of(found.set)
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Resume the rollout of {intent.set}",
        made_at=found.at,
        steps=tuple(_steps_of_resume(found, back, rows)),
        checks=(
            *common.as_seen(found, intent, "a partition means nothing there"),
            _paused(found),
            *((_moved(found, back),) if _kept(found) else ()),
            *facts.asked,
            *common.around(found, rows, facts.settings),
        ),
        risks=tuple(_risks_of_resume(found, back)),
        safer=tuple(_other_ways(found, rows)),
        same_as=common.held_with_kubectl(found, back, {PAUSED_PARTITION: None}),
        confirmation=Confirmation(
            name=name if raised or common.grave(found, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(to=intent.seen_revision, partition=back),
        danger=Danger.DISRUPTIVE if rows else Danger.REVERSIBLE,
        preconditions=(*common.preconditions(facts.templates), *common.members_down(found)),
    )


def _kept(found: FreshState) -> bool:
    """Whether the set keeps a partition to go back to."""
    paused = paused_from(found)
    return paused is not None and paused.partition is not None


def _back(found: FreshState) -> int:
    paused = paused_from(found)
    return partition_of(found.set) if paused is None or paused.partition is None else paused.partition


def _steps_of_resume(found: FreshState, back: int, rows: list[OrdinalView]) -> Iterator[str]:
    if not _kept(found):
        yield "nothing changes"
        return
    yield f"the partition goes back from {partition_of(found.set)} to {back}, and the set forgets the pause"
    update = common.short(found, found.view.rollout.update)
    if rows:
        words = common.are(rows, "is replaced", "are replaced")
        yield f"{words}{common.at_a_time(found, rows)}, to get {update}"
    if held := [row for row in kept(found, back) if not _updated(row)]:
        what = "the canary's partition" if found.view.rollout.canary_from is not None else f"partition {back}"
        yield f"{common.are(held, 'stays', 'stay')} as {'it is' if len(held) == 1 else 'they are'}: {what} holds"


def _paused(found: FreshState) -> Check:
    paused = paused_from(found)
    if paused is None:
        return Check("paused", Result.FAIL, "it is not paused: no partition is kept to go back to")
    if paused.partition is None:
        words = f"the annotation {PAUSED_PARTITION} says {paused.words}, which is no partition"
        return Check("paused", Result.FAIL, f"{words}: nobody knows where to go back to")
    return Check("paused", Result.PASS, f"it is paused, and the partition before was {paused.partition}")


def _moved(found: FreshState, back: int) -> Check:
    """A pause only ever raises a partition."""
    have = partition_of(found.set)
    if back > have:
        words = f"somebody has set the partition to {have} since, below the {back} before the pause"
        return Check("moved", Result.WARN, f"{words}: going back raises it")
    if back == have:
        return Check("moved", Result.WARN, f"the partition is {have} again already: only the annotation is taken away")
    return Check("moved", Result.PASS, f"the partition is {have}, above the {back} before the pause")


def _risks_of_resume(found: FreshState, back: int) -> Iterator[str]:
    raised = [row for row in kept(found, back) if reaches(row.ordinal, found.view.start, partition_of(found.set))]
    if raised:
        current = common.short(found, found.view.rollout.current)
        yield f"{common.are(raised, 'is', 'are')} below the partition then: a new pod would run {current}."


def _other_ways(found: FreshState, rows: list[OrdinalView]) -> Iterator[Alternative]:
    namespace, name = found.view.namespace, found.view.name
    paused = paused_from(found)
    if paused is not None and paused.partition is None:
        away = kubectl(namespace, "annotate", "statefulset", name, f"{PAUSED_PARTITION}-")
        yield Alternative("take the annotation away, and set the partition by hand", away)
    elif len(rows) > 1:
        one = index_of(rows[0].ordinal, found.view.start)
        yield Alternative(f"let {rows[0].name} alone go on, and look", common.held_with_kubectl(found, one, {}))
    if rows:
        yield Alternative("go back to the revision before instead", stsview(namespace, "undo", name))
