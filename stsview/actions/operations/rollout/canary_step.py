"""Extend a canary: update the next ordinal, or all that are left."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.goals import RolledOut
from stsview.actions.intents import CanaryStep
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.common import RolloutFacts, protected, reached
from stsview.actions.operations.rollout.saved_partition import CANARY_PARTITION, canary_from
from stsview.actions.operations.rollout.template_patches import Templates, annotate, set_partition, test_template
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
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: CanaryStep, templates: Templates) -> Request:
    if _final_partition(templates.fresh) is None or _no_canary_reason(templates.fresh):
        raise Refused("the canary has no further pods")
    to = _target_partition(templates.fresh, intent)
    return patch_set(
        intent,
        f"set the partition of {intent.set} to {to}",
        *test_template(templates, intent.seen_revision),
        *set_partition(templates, to),
        *(annotate(templates, CANARY_PARTITION, None) if _ends_canary(templates.fresh, intent) else ()),
    )


def _final_partition(fresh: FreshState) -> int | None:
    """The partition at which the canary is complete.

    None if the annotation is invalid.

    Without an annotation, as after a canary started by hand, it is 0.
    """
    saved = canary_from(fresh)
    return 0 if saved is None else saved.partition


def _target_partition(fresh: FreshState, intent: CanaryStep) -> int:
    """The partition of the next step: one below the effective partition.

    A value above the replicas protects no more than one equal to them.
    """
    have = min(partition_of(fresh.set), fresh.view.replicas)
    former = min(_final_partition(fresh) or 0, have)
    return former if intent.to_end else max(former, have - 1)


def _ends_canary(fresh: FreshState, intent: CanaryStep) -> bool:
    return _target_partition(fresh, intent) == _final_partition(fresh)


def _no_canary_reason(fresh: FreshState) -> str:
    """Why there is no canary to extend; empty if there is one."""
    rollout, saved, former = fresh.view.rollout, canary_from(fresh), _final_partition(fresh)
    if saved is not None and former is None:
        words = f"the annotation {CANARY_PARTITION} is {saved.words}, which is not a partition"
        return f"{words}: final partition unknown"
    if rollout.partition == 0 or rollout.current == rollout.update:
        return "no canary: no pod is held back by the partition"
    if former is not None and former >= partition_of(fresh.set):
        have = partition_of(fresh.set)
        return f"the partition was set to {have}, and was {former} before the canary: no pods left to update"
    return ""


def plan(facts: RolloutFacts, intent: CanaryStep, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    to = _target_partition(fresh, intent)
    rows = [row for row in reached(fresh, to) if not reaches(row.ordinal, fresh.view.start, partition_of(fresh.set))]
    what = "all remaining pods" if intent.to_end else "next pod"
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Canary {intent.set}: {what}",
        made_at=fresh.at,
        steps=tuple(_steps(fresh, intent, rows)),
        checks=(
            *common.unchanged_checks(fresh, intent, "it has no partition"),
            common.not_paused(fresh),
            _canary_check(fresh),
            # Without a canary, no pod is one of it.
            *(() if _no_canary_reason(fresh) else (_canary_pods_check(fresh),)),
            *facts.access_checks,
            *common.impact_checks(fresh, rows, facts.settings),
        ),
        risks=tuple(_risks(fresh, rows)),
        safer=tuple(_safer(fresh, intent, rows)),
        same_as=common.partition_command(fresh, to, {CANARY_PARTITION: None} if _ends_canary(fresh, intent) else {}),
        confirmation=Confirmation(
            name=name if common.needs_name(fresh, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(to=intent.seen_revision, partition=to),
        danger=Danger.DISRUPTIVE,
        ends=tuple(row.name for row in rows),
        preconditions=(*common.preconditions(facts.templates), *common.members_down(fresh)),
    )


def _steps(fresh: FreshState, intent: CanaryStep, rows: list[OrdinalView]) -> Iterator[str]:
    if _no_canary_reason(fresh):
        return
    to, update = _target_partition(fresh, intent), common.short(fresh, fresh.view.rollout.update)
    over = " and end the canary" if _ends_canary(fresh, intent) else ""
    yield f"set the partition from {partition_of(fresh.set)} to {to}{over}"
    if rows:
        yield f"update {common.names(rows)} to {update}{common.pace(fresh, rows)}"
    if held := protected(fresh, to):
        current = common.short(fresh, fresh.view.rollout.current)
        yield f"{common.with_verb(held, 'stays', 'stay')} on {current} even if recreated"


def _canary_check(fresh: FreshState) -> Check:
    if why := _no_canary_reason(fresh):
        return Check("canary", Result.FAIL, why)
    update = common.short(fresh, fresh.view.rollout.update)
    if canary_from(fresh) is None:
        words = f"canary of {update} was not started by stsview: it ends at partition 0"
        return Check("canary", Result.WARN, words)
    return Check("canary", Result.PASS, f"canary of {update}, ends at partition {_final_partition(fresh)}")


def _canary_pods_check(fresh: FreshState) -> Check:
    """The canary's pods must run its revision and be available.

    Otherwise the next pod would prove nothing more.
    """
    if why := fresh.unread(PODS):
        return Check("canary-pods", Result.UNKNOWN, f"pod status unknown: {why}", required=True)
    rows = reached(fresh, partition_of(fresh.set))
    back = f"; to abort: `{_abort_command(fresh)}`"
    broken = [row for row in rows if row.state.health in (Health.DEGRADED, Health.UNKNOWN)]
    if broken:
        row = broken[0]
        words = f"canary pod {row.name} is {row.state.label}"
        return Check("canary-pods", Result.FAIL, f"{words}: the controller would not continue{back}")
    if waiting := [row for row in rows if not (row.at_update and row.available)]:
        row = waiting[0]
        words = f"canary pod {row.name} is not available yet ({row.state.label}): wait for it"
        return Check("canary-pods", Result.FAIL, f"{words}{back}")
    if not rows:
        return Check("canary-pods", Result.PASS, "no pod is on the canary revision yet")
    return Check("canary-pods", Result.PASS, f"canary pods available: {common.names(rows)}")


def _abort_command(fresh: FreshState) -> str:
    return stsview(fresh.view.namespace, "canary", fresh.view.name, "abort")


def _risks(fresh: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    yield from risks.first_new_leader(rows)


def _safer(fresh: FreshState, intent: CanaryStep, rows: list[OrdinalView]) -> Iterator[Alternative]:
    namespace, name = fresh.view.namespace, fresh.view.name
    saved = canary_from(fresh)
    if saved is not None and saved.partition is None:
        remove_command = kubectl(namespace, "annotate", "statefulset", name, f"{CANARY_PARTITION}-")
        yield Alternative("remove the annotation; the canary then ends at partition 0", remove_command)
    if intent.to_end and len(rows) > 1:
        yield Alternative("update one more pod first", stsview(namespace, "canary", name, "next"))
    if not _no_canary_reason(fresh):
        yield Alternative("abort instead", _abort_command(fresh))
