"""Let a canary reach more ordinals: the next one, or all that are left."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryStep
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, kept, reached
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import Templates, annotate, set_partition, template_as_seen
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import risks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.rollout.partition import partition_of, reaches
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS


async def gather(session: Session, intent: CanaryStep, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: CanaryStep, found: Templates) -> Request:
    if _former(found.fresh) is None or _wrong(found.fresh):
        raise Refused("there is nothing that it could go on to")
    to = _to(found.fresh, intent)
    return patch_set(
        intent,
        f"set the partition of {intent.set} to {to}",
        *template_as_seen(found, intent.seen_revision),
        *set_partition(found, to),
        *(annotate(found, CANARY_PARTITION, None) if _last(found.fresh, intent) else ()),
    )


def _former(found: FreshState) -> int | None:
    """The partition at which the canary ends; None where the annotation says none. One that was begun by hand keeps
    none, and ends at 0."""
    begun = canary_from(found)
    return 0 if begun is None else begun.partition


def _to(found: FreshState, intent: CanaryStep) -> int:
    """One below what counts: a partition above the replicas lets through no more than one that equals them."""
    have = min(partition_of(found.set), found.view.replicas)
    former = min(_former(found) or 0, have)
    return former if intent.to_end else max(former, have - 1)


def _last(found: FreshState, intent: CanaryStep) -> bool:
    return _to(found, intent) == _former(found)


def _wrong(found: FreshState) -> str:
    """Why there is no canary that could go on; empty where there is one."""
    rollout, begun, former = found.view.rollout, canary_from(found), _former(found)
    if begun is not None and former is None:
        words = f"the annotation {CANARY_PARTITION} says {begun.words}, which is no partition"
        return f"{words}: nobody knows where it is to end"
    if rollout.partition == 0 or rollout.current == rollout.update:
        return "there is no canary: no partition holds anything back"
    if former is not None and former >= partition_of(found.set):
        have = partition_of(found.set)
        return (
            f"somebody has set the partition to {have}; before the canary it was {former}: nothing is left to go on to"
        )
    return ""


def plan(facts: RolloutFacts, intent: CanaryStep, policy: Policy) -> Plan:
    """Pure."""
    found = facts.fresh
    namespace, name = intent.set
    to = _to(found, intent)
    rows = [row for row in reached(found, to) if not reaches(row.ordinal, found.view.start, partition_of(found.set))]
    what = "all that are left" if intent.to_end else "one more pod"
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Let the canary of {intent.set} reach {what}",
        made_at=found.at,
        steps=tuple(_steps(found, intent, rows)),
        checks=(
            *common.as_seen(found, intent, "a partition means nothing there"),
            common.not_paused(found),
            _begun(found),
            _well(found),
            *facts.asked,
            *common.around(found, rows, facts.settings),
        ),
        risks=tuple(_risks(found, rows)),
        safer=tuple(_safer(found, intent, rows)),
        same_as=common.held_with_kubectl(found, to, {CANARY_PARTITION: None} if _last(found, intent) else {}),
        confirmation=Confirmation(
            name=name if common.grave(found, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(to=intent.seen_revision, partition=to),
        danger=Danger.DISRUPTIVE,
        preconditions=(*common.preconditions(facts.templates), *common.members_down(found)),
    )


def _steps(found: FreshState, intent: CanaryStep, rows: list[OrdinalView]) -> Iterator[str]:
    to, update = _to(found, intent), common.short(found, found.view.rollout.update)
    over = ", and the canary is over" if _last(found, intent) else ""
    yield f"the partition goes from {partition_of(found.set)} to {to}{over}"
    if rows:
        yield f"{common.are(rows, 'is replaced', 'are replaced')}{common.at_a_time(found, rows)}, to get {update}"
    if held := kept(found, to):
        current = common.short(found, found.view.rollout.current)
        yield f"{common.are(held, 'stays', 'stay')} on {current}, also when a new pod has to be made"


def _begun(found: FreshState) -> Check:
    if why := _wrong(found):
        return Check("canary", Result.FAIL, why)
    update = common.short(found, found.view.rollout.update)
    if canary_from(found) is None:
        words = f"a canary of {update} that was not begun here, with no partition kept: it ends at 0"
        return Check("canary", Result.WARN, words)
    return Check("canary", Result.PASS, f"a canary of {update}, which ends at partition {_former(found)}")


def _well(found: FreshState) -> Check:
    """What has it runs it, and is available: else the next pod would show no more than these."""
    if why := found.unread(PODS):
        return Check("canary-pods", Result.UNKNOWN, f"how its pods are is unknown: {why}", required=True)
    rows = reached(found, partition_of(found.set))
    back = f"; to take it back: `{_back_out(found)}`"
    broken = [row for row in rows if row.state.health in (Health.DEGRADED, Health.UNKNOWN)]
    if broken:
        row = broken[0]
        words = f"{row.name} has it and is {row.state.label}"
        return Check("canary-pods", Result.FAIL, f"{words}: the controller would not go on{back}")
    if waiting := [row for row in rows if not (row.at_update and row.available)]:
        row = waiting[0]
        words = f"{row.name} is not done yet ({row.state.label}): wait for it"
        return Check("canary-pods", Result.FAIL, f"{words}{back}")
    if not rows:
        return Check("canary-pods", Result.PASS, "no pod has it yet")
    return Check("canary-pods", Result.PASS, f"{common.are(rows, 'has it and is', 'have it and are')} available")


def _back_out(found: FreshState) -> str:
    return stsview(found.view.namespace, "canary", found.view.name, "abort")


def _risks(found: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    yield from risks.first_new_leader(rows)


def _safer(found: FreshState, intent: CanaryStep, rows: list[OrdinalView]) -> Iterator[Alternative]:
    namespace, name = found.view.namespace, found.view.name
    begun = canary_from(found)
    if begun is not None and begun.partition is None:
        away = kubectl(namespace, "annotate", "statefulset", name, f"{CANARY_PARTITION}-")
        yield Alternative("take the annotation away: then it ends at partition 0", away)
    if intent.to_end and len(rows) > 1:
        yield Alternative("one more pod, and look again", stsview(namespace, "canary", name, "next"))
    yield Alternative("take it back instead", _back_out(found))
