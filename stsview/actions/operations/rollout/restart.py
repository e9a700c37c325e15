"""Restart as `kubectl rollout restart` does.

It annotates the pod template, and lets the controller replace the pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Restart
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.blocked_pods import blocking_pod
from stsview.actions.operations.rollout.common import RolloutFacts, expected_ordinals, protected, reached
from stsview.actions.operations.rollout.template_patches import (
    RESTARTED_AT,
    Templates,
    restart_template,
    test_strategy,
    test_template,
)
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.hazard_checks import SAME_CLAIMS
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.rollout.partition import partition_of
from stsview.model.views import OrdinalView


async def gather(session: Session, intent: Restart, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: Restart, templates: Templates) -> Request:
    return patch_set(
        intent,
        f"restart the pods of {intent.set}",
        *test_template(templates, intent.seen_revision),
        *test_strategy(templates),
        *restart_template(templates, stamp(templates)),
    )


def stamp(templates: Templates) -> str:
    """The server's time to the second.

    Never equal to the present annotation, which would restart nothing.
    """
    at = templates.fresh.at.astimezone(UTC)
    annotations = templates.fresh.set.spec.template.metadata.annotations
    if annotations.get(RESTARTED_AT) == f"{at:%Y-%m-%dT%H:%M:%SZ}":
        at += timedelta(seconds=1)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def plan(facts: RolloutFacts, intent: Restart, policy: Policy) -> Plan:
    """Pure."""
    fresh = facts.fresh
    namespace, name = intent.set
    rows = reached(fresh, partition_of(fresh.set))
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Restart {intent.set}",
        made_at=fresh.at,
        steps=tuple(_steps(fresh, rows)),
        checks=(
            *common.unchanged_checks(fresh, intent, f"no pod would restart; use `{_ordered(fresh)}`"),
            common.not_paused(fresh),
            _reach_check(fresh, rows),
            *facts.access_checks,
            _deadlock_check(fresh),
            _rollout_check(fresh),
            _revision_check(fresh, rows),
            common.members_check(fresh, rows, facts.settings),
            common.budgets(fresh),
            checks.other_writers(fresh),
        ),
        risks=tuple(_risks(fresh, rows)),
        safer=(
            Alternative(
                "evict one pod at a time, waiting for each replacement: honours PodDisruptionBudgets", _ordered(fresh)
            ),
        ),
        same_as=kubectl(namespace, "rollout", "restart", f"statefulset/{name}"),
        confirmation=Confirmation(
            name=name if common.needs_name(fresh, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(former=intent.seen_revision, partition=partition_of(fresh.set)),
        danger=Danger.DISRUPTIVE,
        ends=tuple(row.name for row in rows),
        preconditions=(*common.preconditions(facts.templates), *common.members_down(fresh)),
    )


def _ordered(fresh: FreshState) -> str:
    return stsview(fresh.view.namespace, "restart", fresh.view.name, "--ordered")


def _steps(fresh: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    yield "set the restart annotation on the pod template: a new revision"
    if rows:
        yield f"recreate {common.names(rows)}{common.pace(fresh, rows)}, with the same names{SAME_CLAIMS}"
    partition = partition_of(fresh.set)
    if protected_rows := protected(fresh, partition):
        kept = common.with_verb(protected_rows, "does not restart", "do not restart")
        yield f"{kept}: partition {partition} protects {'it' if len(protected_rows) == 1 else 'them'}"


def _reach_check(fresh: FreshState, rows: list[OrdinalView]) -> Check:
    if not fresh.view.replicas:
        return Check("reach", Result.FAIL, "scaled to 0: no pod to restart")
    if not rows:
        partition = partition_of(fresh.set)
        words = f"partition {partition} protects all {fresh.view.replicas} pods: no pod would restart"
        return Check("reach", Result.FAIL, f"{words}; use `{_ordered(fresh)}`")
    total = len(expected_ordinals(fresh))
    return Check("reach", Result.PASS, f"{len(rows)} of {total} {'pod' if total == 1 else 'pods'} will restart")


def _deadlock_check(fresh: FreshState) -> Check:
    """Whether a broken pod blocks the rollout.

    A new template does not unblock a set that waits for one (kubernetes/kubernetes#67250).
    """
    stuck = blocking_pod(fresh)
    unblock = stsview(fresh.view.namespace, "unblock", fresh.view.name)
    if stuck is not None:
        words = f"{stuck.name} blocks its own update, and a restart does not unblock it; run `{unblock}`"
        return Check("deadlock", Result.WARN, words)
    down = sorted(checks.down(fresh, ()), key=lambda row: row.ordinal)
    if down and fresh.view.policy != "Parallel":
        words = f"the controller waits for {down[0].name} ({down[0].state.label}) before it restarts any pod"
        return Check("deadlock", Result.WARN, words)
    return Check("deadlock", Result.PASS, "no pod blocks the rollout")


def _rollout_check(fresh: FreshState) -> Check:
    rollout = fresh.view.rollout
    update = common.short(fresh, rollout.update)
    if rollout.held:
        words = f"partition {rollout.partition} pauses the rollout to {update}: only pods already on it restart"
        return Check("rollout", Result.WARN, words)
    if rollout.active:
        return Check("rollout", Result.WARN, f"a rollout to {update} is in progress: pods already on it restart again")
    return Check("rollout", Result.PASS, "no rollout in progress")


def _revision_check(fresh: FreshState, rows: list[OrdinalView]) -> Check:
    """Whether the restart also changes the revision of a pod."""
    unknown = [row for row in rows if row.uid is not None and row.at_update is None]
    if unknown:
        return Check("revision", Result.UNKNOWN, f"revision unknown: {common.names(unknown)}")
    other = [row for row in rows if row.at_update is False]
    update = common.short(fresh, fresh.view.rollout.update)
    if not other:
        return Check("revision", Result.PASS, f"all pods keep the template of {update}")
    runs = ", ".join(sorted({common.short(fresh, row.revision) for row in other}))
    words = common.with_verb(other, f"runs {runs} and is", f"run {runs} and are")
    return Check("revision", Result.WARN, f"{words} recreated on the template of {update}: this also updates them")


def _risks(fresh: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    if fresh.view.replicas == 1 and rows:
        yield risks.ONLY_MEMBER
    yield from risks.first_new_leader(rows)
    if rows and fresh.view.policy != "Parallel":
        yield "If a new pod never becomes Ready the restart stops, and fixing the template won't unblock it."
