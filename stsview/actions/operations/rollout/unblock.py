"""Unblock a rollout by deleting the pods that block their own update."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.goals import RolledOut
from stsview.actions.intents import Unblock
from stsview.actions.operations.rollout import unblock_plan
from stsview.actions.operations.rollout.blocked_pods import blocking_pod, self_blocking_pods
from stsview.actions.operations.rollout.unblock_executor import PATIENCE_SECONDS, unblock_only
from stsview.actions.plan import Alternative, Check, Confirmation, Plan, Result
from stsview.actions.policy import Policy
from stsview.actions.preflight import checks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState, read_fresh_state
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.cluster.http.session import Session
from stsview.model.finding import Danger, Ref
from stsview.model.names import listed, short_revision
from stsview.model.rollout.blocked import first_unavailable
from stsview.model.rollout.partition import partition_reaches
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView
from stsview.objects.kinds import PODS


class UnblockFacts(msgspec.Struct, frozen=True):
    fresh: FreshState
    blocked: tuple[OrdinalView, ...]
    """The pods that may be deleted; empty if none blocks."""
    access_checks: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings


async def gather(session: Session, intent: Unblock, plan_context: PlanContext) -> UnblockFacts:
    """Raises `Refused` if the set no longer exists, and `ClusterError`."""
    fresh = await read_fresh_state(session, intent.set, plan_context.settings)
    blocked = tuple(self_blocking_pods(fresh)) if blocking_pod(fresh) is not None else ()
    access_checks = await rights(session, intent.action, intent.set.namespace)
    sent = unblock_plan.deletion_requests(intent, blocked)
    tried = (await dry_run(session, sent[0]),) if sent and not session.gate.closed else ()
    return UnblockFacts(fresh, blocked, (*access_checks, *tried), plan_context.settings)


def plan(facts: UnblockFacts, intent: Unblock, policy: Policy) -> Plan:
    """Pure."""
    fresh, blocked = facts.fresh, facts.blocked
    namespace, name = intent.set
    return Plan(
        intent=intent,
        about=Ref("StatefulSet", namespace, name, intent.set_uid),
        title=f"Unblock {intent.set}" + (f": delete {listed([row.name for row in blocked])}" if blocked else ""),
        made_at=fresh.at,
        steps=tuple(_steps(fresh, blocked)),
        checks=(
            checks.same_set(fresh, intent),
            checks.not_deleted(fresh),
            _seen_check(fresh, intent),
            _blocks_check(fresh),
            _lasts_check(fresh, blocked),
            _revision_check(fresh),
            *facts.access_checks,
            checks.members(fresh, [row.name for row in blocked], facts.settings),
            checks.budgets(fresh),
            checks.other_writers(fresh),
        ),
        risks=tuple(_risks(fresh, blocked)),
        safer=tuple(_safer(fresh, intent, blocked)),
        same_as=unblock_plan.deletion_commands(namespace, blocked),
        confirmation=Confirmation(
            name=name if unblock_plan.needs_name(fresh, fresh, facts.settings) else "", context=policy.protected
        ),
        requests=unblock_plan.deletion_requests(intent, blocked),
        goal=RolledOut(to=intent.seen_revision),
        danger=Danger.DISRUPTIVE,
        ends=unblock_plan.ended(fresh, blocked),
        preconditions=unblock_plan.preconditions(fresh, blocked),
    )


execute = unblock_only


def _steps(fresh: FreshState, blocked: tuple[OrdinalView, ...]) -> Iterator[str]:
    if not blocked:
        return
    back = short_revision(fresh.view.rollout.update, fresh.view.name)
    yield from unblock_plan.deletion_steps(blocked, back)
    yield from unblock_plan.rollout_steps(fresh, blocked)


def _risks(fresh: FreshState, blocked: tuple[OrdinalView, ...]) -> Iterator[str]:
    if blocked:
        back = short_revision(fresh.view.rollout.update, fresh.view.name)
        yield f"Make sure that the update revision {back} is right: deleted and updated pods come back on it."


def _safer(fresh: FreshState, intent: Unblock, blocked: tuple[OrdinalView, ...]) -> Iterator[Alternative]:
    if not blocked:
        return
    namespace, name = intent.set
    if not _has_lasted(fresh, blocked[0]):
        yield Alternative(
            f"wait: {blocked[0].name} may still become Ready", kubectl(namespace, "get", "pods", "--watch")
        )
    yield Alternative(
        f"fix what keeps {blocked[0].name} from becoming Ready, if it is not the template",
        kubectl(namespace, "describe", "pod", blocked[0].name),
    )
    if _broken_on_update(fresh):
        yield Alternative("roll back instead, which unblocks the rollout as well", stsview(namespace, "undo", name))


def _seen_check(fresh: FreshState, intent: Unblock) -> Check:
    update, name = fresh.view.rollout.update, fresh.view.name
    saw = short_revision(intent.seen_revision, name)
    if update == intent.seen_revision:
        return Check("seen", Result.PASS, f"update revision unchanged: {saw}")
    now = short_revision(update, name) or "none"
    return Check("seen", Result.FAIL, f"the pod template was changed: update revision is {now}, you saw {saw}")


def _blocks_check(fresh: FreshState) -> Check:
    """Whether a pod blocks its own update; otherwise what the set waits for instead."""
    if why := fresh.unread(PODS):
        return Check("blocks", Result.UNKNOWN, f"pod status unknown: {why}", required=True)
    first = blocking_pod(fresh)
    if first is not None:
        runs = short_revision(first.revision, fresh.view.name)
        return Check("blocks", Result.PASS, f"{first.name} runs {runs} and blocks its own update")
    return Check("blocks", Result.FAIL, f"no pod blocks its own update: {_other_reason(fresh)}")


def _other_reason(fresh: FreshState) -> str:
    view = fresh.view
    if not view.rollout.observed:
        return "the controller has not observed the last change yet"
    if view.rollout.on_delete:
        return "with OnDelete the controller updates no pod"
    if view.policy == "Parallel":
        return "with Parallel the controller does not wait for pods"
    first = first_unavailable(view)
    if first is not None and first.outdated and not partition_reaches(first, view):
        return f"{first.name} is below partition {view.rollout.partition} and would be recreated unchanged"
    wait = view.wait
    if not wait.headline:
        return "the rollout is up to date"
    who = "the set " if wait.headline.startswith("waits for") else ""
    return f"{who}{wait.headline}" + (f": {wait.detail}" if wait.detail else "")


def _lasts_check(fresh: FreshState, blocked: tuple[OrdinalView, ...]) -> Check:
    if not blocked:
        return Check("lasts", Result.PASS, "no pod is deleted")
    first = blocked[0]
    if _has_lasted(fresh, first):
        return Check("lasts", Result.PASS, f"{first.name} has been {first.state.label} for at least 1 minute")
    return Check("lasts", Result.WARN, f"{first.name} has been {first.state.label} for less than 1 minute")


def _has_lasted(fresh: FreshState, row: OrdinalView) -> bool:
    since = row.state.since
    return since is not None and (fresh.at - since).total_seconds() >= PATIENCE_SECONDS


def _revision_check(fresh: FreshState) -> Check:
    back = short_revision(fresh.view.rollout.update, fresh.view.name)
    if broken := _broken_on_update(fresh):
        return Check("revision", Result.WARN, f"also failing on the update revision {back}: {listed(broken)}")
    return Check("revision", Result.PASS, f"no pod is failing on the update revision {back}")


def _broken_on_update(fresh: FreshState) -> list[str]:
    return [
        row.name
        for row in fresh.view.ordinals
        if row.expected and row.at_update and row.state.health is Health.DEGRADED
    ]
