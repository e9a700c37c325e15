"""Facts and checks shared by the actions that patch template or partition."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.intents import CanaryStart, CanaryStep, PauseRollout, Restart, ResumeRollout, SetIntent
from stsview.actions.operations.rollout.saved_partition import canary_from, paused_from
from stsview.actions.operations.rollout.template_patches import Templates, read_templates
from stsview.actions.plan import Check, Precondition, Request, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.dry_run import dry_run
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.cluster.http.session import Session
from stsview.model.names import in_order, listed, short_revision
from stsview.model.rollout.partition import partition_of, reaches
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, Strategy
from stsview.objects.kinds import PODS

RolloutIntent: TypeAlias = Restart | CanaryStart | CanaryStep | PauseRollout | ResumeRollout


class RolloutFacts(msgspec.Struct, frozen=True):
    templates: Templates
    request: Request | None
    """None if it cannot be built."""
    no_request_reason: str
    """Why it cannot be built."""
    access_checks: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings

    @property
    def fresh(self) -> FreshState:
        return self.templates.fresh

    @property
    def requests(self) -> tuple[Request, ...]:
        return () if self.request is None else (self.request,)


async def gather(
    session: Session, intent: SetIntent, plan_context: PlanContext, build_request: Callable[[Templates], Request]
) -> RolloutFacts:
    """Read the facts, check access, and try the request as a dry run.

    Raises `Refused` if the set no longer exists, and `ClusterError`; a `Refused` of `build_request` is a fact.
    """
    templates = await read_templates(session, intent.set, plan_context.settings)
    access_checks = await rights(session, intent.action, intent.set.namespace)
    try:
        request = build_request(templates)
    except Refused as error:
        return RolloutFacts(templates, None, str(error), access_checks, plan_context.settings)
    tried = () if session.gate.closed else (await dry_run(session, request),)
    return RolloutFacts(templates, request, "", (*access_checks, *tried), plan_context.settings)


def expected_ordinals(fresh: FreshState) -> list[OrdinalView]:
    """The ordinals of the set, in the order in which the controller updates them."""
    rows = (row for row in fresh.view.ordinals if row.expected)
    return sorted(rows, key=lambda row: row.ordinal, reverse=True)


def reached(fresh: FreshState, partition: int) -> list[OrdinalView]:
    """The ordinals that a partition lets the controller update, the highest first."""
    return [row for row in expected_ordinals(fresh) if reaches(row.ordinal, fresh.view.start, partition)]


def protected(fresh: FreshState, partition: int) -> list[OrdinalView]:
    """The ordinals that a partition protects from the update, the highest first."""
    return [row for row in expected_ordinals(fresh) if not reaches(row.ordinal, fresh.view.start, partition)]


def names(rows: Collection[OrdinalView]) -> str:
    return in_order([row.name for row in rows])


def with_verb(rows: Collection[OrdinalView], one: str, many: str) -> str:
    """The names with a verb in the right number: `kafka-1 and kafka-0 stay`."""
    return f"{names(rows)} {one if len(rows) == 1 else many}"


def short(fresh: FreshState, revision: str) -> str:
    return short_revision(revision, fresh.view.name)


def pace(fresh: FreshState, rows: Collection[OrdinalView]) -> str:
    """How many the controller updates at a time, as a suffix to their names."""
    if len(rows) < 2:
        return ""
    many = max_unavailable_of(fresh.set) or 1
    if many > 1:
        return f", up to {many} at a time, highest first"
    seconds = fresh.view.min_ready_seconds
    until = f" (each Ready for {seconds}s)" if seconds else ""
    return f", one at a time{until}"


def first_batch(fresh: FreshState, rows: Collection[OrdinalView]) -> list[str]:
    """Names of the available pods that the controller deletes at the same time."""
    return [row.name for row in rows if row.available][: max_unavailable_of(fresh.set) or 1]


def needs_name(fresh: FreshState, rows: Collection[OrdinalView], settings: ModelSettings) -> bool:
    """Whether the operator must type the name.

    True if members are down, the quorum would be lost, or that is unknown.
    """
    quorum = checks.quorum_of(fresh, settings)
    few = quorum is not None and checks.members_up(fresh, first_batch(fresh, rows)) < quorum
    return bool(rows) and (few or bool(checks.down(fresh, ())) or bool(fresh.unread(PODS)))


def unchanged_checks(fresh: FreshState, intent: RolloutIntent, otherwise: str) -> tuple[Check, ...]:
    """Checks that the set is as the operator saw it and updates its pods itself.

    `otherwise` is for OnDelete.
    """
    partition = None if isinstance(intent, Restart | CanaryStart) else intent.seen_partition
    return (
        checks.same_set(fresh, intent),
        seen_revision(fresh, intent.seen_revision),
        *((seen_partition(fresh, partition),) if partition is not None else ()),
        checks.not_deleted(fresh),
        strategy_check(fresh, otherwise),
    )


def impact_checks(fresh: FreshState, rows: list[OrdinalView], settings: ModelSettings) -> tuple[Check, ...]:
    """Checks of what a new partition, and the update of `rows`, affect."""
    return (members_check(fresh, rows, settings), budgets(fresh), autoscaler_check(fresh), checks.other_writers(fresh))


def seen_revision(fresh: FreshState, seen: str) -> Check:
    """The update revision is the one that the operator saw.

    The controller must have observed the template, too.
    """
    rollout = fresh.view.rollout
    if not rollout.observed:
        return Check("seen", Result.FAIL, "the controller has not observed the last change of the set yet: try again")
    if not rollout.update:
        return Check("seen", Result.UNKNOWN, "the controller has not set an update revision yet", required=True)
    if rollout.update != seen:
        is_, was = short(fresh, rollout.update), short(fresh, seen) or "none"
        return Check("seen", Result.FAIL, f"the pod template was changed: update revision is {is_}, you saw {was}")
    return Check("seen", Result.PASS, f"update revision unchanged: {short(fresh, seen)}")


def seen_partition(fresh: FreshState, seen: int) -> Check:
    """Compares as the view does, which caps the partition at the replicas."""
    have = fresh.view.rollout.partition
    if have != min(seen, fresh.view.replicas):
        return Check("partition", Result.FAIL, f"the partition was set to {have}, you saw {seen}")
    return Check("partition", Result.PASS, f"partition unchanged: {have}")


def strategy_check(fresh: FreshState, otherwise: str) -> Check:
    """The update strategy must be RollingUpdate.

    Only that has a partition and updates pods in order; `otherwise` is for OnDelete.
    """
    strategy = fresh.view.rollout.strategy
    if strategy == Strategy.ROLLING_UPDATE:
        return Check("strategy", Result.PASS, "update strategy RollingUpdate")
    if strategy != Strategy.ON_DELETE:
        return Check("strategy", Result.FAIL, f"update strategy {strategy} is not supported")
    return Check("strategy", Result.FAIL, f"update strategy {strategy}: {otherwise}")


def not_paused(fresh: FreshState) -> Check:
    paused = paused_from(fresh)
    if paused is None:
        return Check("paused", Result.PASS, "not paused")
    back = stsview(fresh.view.namespace, "resume", fresh.view.name)
    return Check("paused", Result.FAIL, f"paused (previous partition {paused.words}): run `{back}` first")


def members_check(fresh: FreshState, rows: Collection[OrdinalView], settings: ModelSettings) -> Check:
    """Which members remain available while these are updated."""
    return checks.members(fresh, first_batch(fresh, rows), settings)


def autoscaler_check(fresh: FreshState) -> Check:
    """Whether an autoscaler may move the partition against the pods.

    A partition counts from the lowest ordinal, a canary from the highest.
    """
    scalers = [who.name for who in fresh.view.writers if who.kind == "HPA"]
    if scalers:
        words = f"HPA {listed(scalers)} may change the replicas: the partition would then apply to other pods"
        return Check("autoscaler", Result.WARN, words)
    if fresh.view.writers_unknown:
        return Check("autoscaler", Result.UNKNOWN, f"autoscalers unknown: {fresh.view.writers_unknown}")
    return Check("autoscaler", Result.PASS, "no autoscaler (HPA)")


def budgets(fresh: FreshState) -> Check:
    """The PodDisruptionBudget, which does not apply to a rollout.

    The controller deletes pods instead of evicting them (documentation: "Disruptions").
    """
    check = checks.budgets(fresh)
    if check.result is Result.PASS and fresh.view.budget.name:
        return Check("budget", Result.WARN, f"{check.words}; rollouts ignore it")
    return check


def preconditions(templates: Templates) -> tuple[Precondition, ...]:
    """The preconditions of every plan of this kind."""
    fresh = templates.fresh
    stateful = fresh.set
    canary, paused = canary_from(fresh), paused_from(fresh)
    return (
        Precondition("set-uid", "the uid of the set", stateful.metadata.uid),
        Precondition("replicas", "replicas", str(stateful.spec.replicas)),
        Precondition("first-ordinal", "the first ordinal", str(stateful.first_ordinal)),
        Precondition("update-revision", "the update revision", fresh.view.rollout.update),
        Precondition("current-revision", "the current revision", fresh.view.rollout.current),
        Precondition("template", "the template", _digest(templates.spec.get("template"))),
        Precondition("update-strategy", "the update strategy", fresh.view.rollout.strategy),
        Precondition("partition", "the partition", str(partition_of(stateful))),
        Precondition(
            "partition-before-canary",
            "the partition before the canary",
            canary.words if canary is not None else "none",
        ),
        Precondition(
            "partition-before-pause",
            "the partition before the pause",
            paused.words if paused is not None else "none",
        ),
        Precondition(
            "other-writers",
            "other writers",
            listed([f"{who.kind} {who.name}" for who in fresh.view.writers]) or "none",
        ),
    )


def members_down(fresh: FreshState) -> tuple[Precondition, ...]:
    """The precondition of actions that do not start while members go down or recover."""
    return (Precondition("members-down", "members down", names(checks.down(fresh, ())) or "none"),)


def partition_command(fresh: FreshState, partition: int, annotations: dict[str, str | None]) -> str:
    """The kubectl command that sets a partition and annotations of the set.

    None removes an annotation.
    """
    patch: dict[str, object] = {"metadata": {"annotations": annotations}} if annotations else {}
    patch["spec"] = {"updateStrategy": {"rollingUpdate": {"partition": partition}}}
    text = json.dumps(patch, separators=(",", ":"))
    return kubectl(fresh.view.namespace, "patch", "statefulset", fresh.view.name, "--type=merge", "-p", text)


def _digest(template: Any) -> str:
    """A short hash, for display if it differs."""
    return hashlib.sha256(msgspec.json.encode(template, order="sorted")).hexdigest()[:8]
