"""Restart a set as kubectl does: an annotation of the template, and the controller replaces the pods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from functools import partial

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Restart
from stsview.actions.operations.rollout import common
from stsview.actions.operations.rollout.blocked_pods import blocking
from stsview.actions.operations.rollout.common import RolloutFacts, kept, members, reached
from stsview.actions.operations.rollout.template_patches import (
    RESTARTED_AT,
    Templates,
    restart_template,
    strategy_as_seen,
    template_as_seen,
)
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Request, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks, risks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.actions.requests.json_patch import patch_set
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.rollout.partition import partition_of
from stsview.model.views import OrdinalView


async def gather(session: Session, intent: Restart, plan_context: PlanContext) -> RolloutFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`."""
    return await common.gather(session, intent, plan_context, partial(_request, intent))


def _request(intent: Restart, found: Templates) -> Request:
    return patch_set(
        intent,
        f"restart the pods of {intent.set}",
        *template_as_seen(found, intent.seen_revision),
        *strategy_as_seen(found),
        *restart_template(found, stamp(found)),
    )


def stamp(found: Templates) -> str:
    """The server's time to the second, and never the one that is there already: that would restart nothing."""
    at = found.fresh.at.astimezone(UTC)
    annotations = found.fresh.set.spec.template.metadata.annotations
    if annotations.get(RESTARTED_AT) == f"{at:%Y-%m-%dT%H:%M:%SZ}":
        at += timedelta(seconds=1)
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def plan(facts: RolloutFacts, intent: Restart, policy: Policy) -> Plan:
    """Pure."""
    found = facts.fresh
    namespace, name = intent.set
    rows = reached(found, partition_of(found.set))
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Restart {intent.set}",
        made_at=found.at,
        steps=tuple(_steps(found, rows)),
        checks=(
            *common.as_seen(found, intent, f"nothing would restart; in order it does: `{_ordered(found)}`"),
            common.not_paused(found),
            _reaches(found, rows),
            *facts.asked,
            _held_up(found),
            _under_way(found),
            _revisions(found, rows),
            common.away(found, rows, facts.settings),
            common.budgets(found),
            checks.other_writers(found),
        ),
        risks=tuple(_risks(found, rows)),
        safer=(
            Alternative(
                "one pod at a time, by eviction, each back before the next goes: that asks budgets", _ordered(found)
            ),
        ),
        same_as=kubectl(namespace, "rollout", "restart", f"statefulset/{name}"),
        confirmation=Confirmation(
            name=name if common.grave(found, rows, facts.settings) else "", context=policy.protected
        ),
        requests=facts.requests,
        goal=RolledOut(former=intent.seen_revision, partition=partition_of(found.set)),
        danger=Danger.DISRUPTIVE,
        preconditions=(*common.preconditions(facts.templates), *common.members_down(found)),
    )


def _ordered(found: FreshState) -> str:
    return stsview(found.view.namespace, "restart", found.view.name, "--ordered")


def _steps(found: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    yield f"the template gets the annotation {RESTARTED_AT}: a new revision, that differs in nothing else"
    if rows:
        one, many = "is replaced", "are replaced"
        yield f"{common.are(rows, one, many)}{common.at_a_time(found, rows)}, with the same names and claims"
    partition = partition_of(found.set)
    if held := kept(found, partition):
        protected = common.are(held, "is not restarted", "are not restarted")
        yield f"{protected}: partition {partition} protects {'it' if len(held) == 1 else 'them'}"


def _reaches(found: FreshState, rows: list[OrdinalView]) -> Check:
    if not found.view.replicas:
        return Check("reach", Result.FAIL, "it is scaled to 0: there is no pod to restart")
    if not rows:
        partition = partition_of(found.set)
        words = f"partition {partition} protects all of its {found.view.replicas} pods: nothing would restart"
        return Check("reach", Result.FAIL, f"{words}; in order it does: `{_ordered(found)}`")
    total = len(members(found))
    return Check("reach", Result.PASS, f"{len(rows)} of {total} {'pod' if total == 1 else 'pods'} restart")


def _held_up(found: FreshState) -> Check:
    """A new template does not free a set that waits for a pod (kubernetes/kubernetes#67250)."""
    stuck = blocking(found)
    unblock = stsview(found.view.namespace, "unblock", found.view.name)
    if stuck is not None:
        words = f"the controller waits for {stuck.name}, which a restart does not unblock; run `{unblock}`"
        return Check("deadlock", Result.WARN, words)
    down = sorted(checks.down(found, ()), key=lambda row: row.ordinal)
    if down and found.view.policy != "Parallel":
        words = f"the controller waits for {down[0].name} ({down[0].state.label}), and restarts nothing before it is up"
        return Check("deadlock", Result.WARN, words)
    return Check("deadlock", Result.PASS, "the controller waits for nothing")


def _under_way(found: FreshState) -> Check:
    rollout = found.view.rollout
    update = common.short(found, rollout.update)
    if rollout.held:
        words = f"partition {rollout.partition} holds a rollout to {update}: only the pods that have it restart"
        return Check("rollout", Result.WARN, words)
    if rollout.active:
        return Check("rollout", Result.WARN, f"a rollout to {update} is under way: its pods that are done restart too")
    return Check("rollout", Result.PASS, "no rollout is under way")


def _revisions(found: FreshState, rows: list[OrdinalView]) -> Check:
    """Whether a restart is an update for somebody."""
    unknown = [row for row in rows if row.uid is not None and row.at_update is None]
    if unknown:
        return Check("revision", Result.UNKNOWN, f"what {common.are(unknown, 'runs', 'run')} is unknown")
    other = [row for row in rows if row.at_update is False]
    update = common.short(found, found.view.rollout.update)
    if not other:
        return Check("revision", Result.PASS, f"each comes back on the template of {update}, which it runs")
    runs = ", ".join(sorted({common.short(found, row.revision) for row in other}))
    come = common.are(other, f"runs {runs} and comes", f"run {runs} and come")
    return Check("revision", Result.WARN, f"{come} back on the template of {update}: another than now")


def _risks(found: FreshState, rows: list[OrdinalView]) -> Iterator[str]:
    if found.view.replicas == 1 and rows:
        yield risks.ONLY_MEMBER
    yield from risks.first_new_leader(rows)
    if rows and found.view.policy != "Parallel":
        yield "Where a new pod does not get Ready, the rest is not restarted, and another template alone does not help."
