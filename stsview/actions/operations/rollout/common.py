"""What all that moves a set by one patch has in common: the facts, which ordinals move, and what is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from stsview.actions.context import PlanContext
from stsview.actions.errors import Refused
from stsview.actions.intents import CanaryStart, CanaryStep, Intent, PauseRollout, Restart, ResumeRollout
from stsview.actions.operations.rollout.saved_partition import canary_from, paused_from
from stsview.actions.operations.rollout.template_patches import Templates, templates
from stsview.actions.plan import Check, Precondition, Request, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.preflight.permissions import Right, dry_run, rights
from stsview.actions.requests.command_line import kubectl, stsview
from stsview.cluster.http.session import Session
from stsview.model.names import listed, short_revision
from stsview.model.rollout.partition import partition_of, reaches
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.settings import ModelSettings
from stsview.model.views import OrdinalView, Strategy
from stsview.objects.kinds import PODS, STATEFULSETS

Moving: TypeAlias = Restart | CanaryStart | CanaryStep | PauseRollout | ResumeRollout


@dataclass(frozen=True, slots=True)
class RolloutFacts:
    templates: Templates
    request: Request | None
    """None where none can be made."""
    lacking: str
    """Why there is none."""
    asked: tuple[Check, ...]
    """Rights and dry run."""
    settings: ModelSettings

    @property
    def fresh(self) -> FreshState:
        return self.templates.fresh

    @property
    def requests(self) -> tuple[Request, ...]:
        return () if self.request is None else (self.request,)


async def gather(
    session: Session, intent: Intent, plan_context: PlanContext, make: Callable[[Templates], Request]
) -> RolloutFacts:
    """Raises `Refused` where the set is gone, and `ClusterError`; what `make` refuses is told inside."""
    found = await templates(session, intent.set, plan_context.settings)
    asked = await rights(session, [Right("patch", STATEFULSETS, intent.set.namespace)])
    try:
        request = make(found)
    except Refused as error:
        return RolloutFacts(found, None, str(error), asked, plan_context.settings)
    tried = () if session.gate.closed else (await dry_run(session, request),)
    return RolloutFacts(found, request, "", (*asked, *tried), plan_context.settings)


def members(found: FreshState) -> list[OrdinalView]:
    """The ordinals that the set has, the highest first, in the order in which they are replaced."""
    rows = (row for row in found.view.ordinals if row.expected)
    return sorted(rows, key=lambda row: row.ordinal, reverse=True)


def reached(found: FreshState, partition: int) -> list[OrdinalView]:
    """Those that a partition lets be replaced, the highest first; it counts from the first ordinal."""
    return [row for row in members(found) if reaches(row.ordinal, found.view.start, partition)]


def kept(found: FreshState, partition: int) -> list[OrdinalView]:
    return [row for row in members(found) if not reaches(row.ordinal, found.view.start, partition)]


def names(rows: Collection[OrdinalView]) -> str:
    return listed([row.name for row in rows])


def are(rows: Collection[OrdinalView], one: str, many: str) -> str:
    """`zookeeper-1 stays`, `zookeeper-1 and zookeeper-0 stay`."""
    return f"{names(rows)} {one if len(rows) == 1 else many}"


def short(found: FreshState, revision: str) -> str:
    return short_revision(revision, found.view.name)


def at_a_time(found: FreshState, rows: Collection[OrdinalView]) -> str:
    """How the controller goes through them, to be put behind their names."""
    if len(rows) < 2:
        return ""
    many = max_unavailable_of(found.set) or 1
    if many > 1:
        return f", up to {many} at a time, from the highest down"
    seconds = found.view.min_ready_seconds
    back = f"has been Ready for {seconds}s" if seconds else "is Ready again"
    return f", in this order, each when the one before {back}"


def first_to_go(found: FreshState, rows: Collection[OrdinalView]) -> list[str]:
    """Names of those that are up, and away at the same time once their turn has come."""
    return [row.name for row in rows if row.available][: max_unavailable_of(found.set) or 1]


def grave(found: FreshState, rows: Collection[OrdinalView], settings: ModelSettings) -> bool:
    """Whether to replace these takes the name: some are down, the quorum would not be reached, or nobody knows."""
    quorum = checks.quorum_of(found, settings)
    few = quorum is not None and checks.members_up(found, first_to_go(found, rows)) < quorum
    return bool(rows) and (few or bool(checks.down(found, ())) or bool(found.unread(PODS)))


def as_seen(found: FreshState, intent: Moving, otherwise: str) -> tuple[Check, ...]:
    """The set is the one that was seen, as it was seen, and updates its pods itself; `otherwise` is for OnDelete."""
    partition = None if isinstance(intent, Restart | CanaryStart) else intent.seen_partition
    return (
        checks.same_set(found, intent),
        seen_revision(found, intent.seen_revision),
        *((seen_partition(found, partition),) if partition is not None else ()),
        checks.not_deleted(found),
        rolling(found, otherwise),
    )


def around(found: FreshState, rows: list[OrdinalView], settings: ModelSettings) -> tuple[Check, ...]:
    """What else there is to know before a partition moves, and `rows` are replaced."""
    return (away(found, rows, settings), budgets(found), autoscaled(found), checks.other_writers(found))


def seen_revision(found: FreshState, seen: str) -> Check:
    """The update revision still is the one that was seen, and the controller knows of no other template."""
    rollout = found.view.rollout
    if not rollout.observed:
        return Check("seen", Result.FAIL, "the controller has not seen the last change of the set yet: look again")
    if not rollout.update:
        return Check("seen", Result.UNKNOWN, "the controller has told no update revision yet", required=True)
    if rollout.update != seen:
        is_, was = short(found, rollout.update), short(found, seen) or "none"
        return Check("seen", Result.FAIL, f"somebody has changed the template: it goes to {is_}; you saw {was}")
    return Check("seen", Result.PASS, f"its update revision is {short(found, seen)}, as you see it")


def seen_partition(found: FreshState, seen: int) -> Check:
    """As the view has it, which shows no partition above the replicas."""
    have = found.view.rollout.partition
    if have != min(seen, found.view.replicas):
        return Check("partition", Result.FAIL, f"somebody has set the partition to {have}; you saw {seen}")
    return Check("partition", Result.PASS, f"its partition is {have}, as you see it")


def rolling(found: FreshState, otherwise: str) -> Check:
    """A partition, and the controller's own order, there are with RollingUpdate alone; `otherwise` is for OnDelete."""
    strategy = found.view.rollout.strategy
    if strategy == Strategy.ROLLING_UPDATE:
        return Check("strategy", Result.PASS, "the controller replaces the pods itself")
    if strategy != Strategy.ON_DELETE:
        return Check(
            "strategy", Result.FAIL, f"its update strategy is {strategy}: what that would do is not known here"
        )
    return Check("strategy", Result.FAIL, f"its update strategy is {strategy}: {otherwise}")


def not_paused(found: FreshState) -> Check:
    paused = paused_from(found)
    if paused is None:
        return Check("paused", Result.PASS, "it is not paused")
    back = stsview(found.view.namespace, "resume", found.view.name)
    return Check("paused", Result.FAIL, f"it is paused, the partition before was {paused.words}: first `{back}`")


def away(found: FreshState, rows: Collection[OrdinalView], settings: ModelSettings) -> Check:
    """Who stays up while some of these are away."""
    return checks.members(found, first_to_go(found, rows), settings)


def autoscaled(found: FreshState) -> Check:
    """Another number of replicas makes a partition mean other ordinals: it counts from below, a canary from above."""
    scalers = [who.name for who in found.view.writers if who.kind == "HPA"]
    if scalers:
        words = f"HPA {listed(scalers)} may change the replicas: the partition then lets other pods through"
        return Check("autoscaler", Result.WARN, words)
    if found.view.writers_unknown:
        return Check("autoscaler", Result.UNKNOWN, f"whether it is scaled is unknown: {found.view.writers_unknown}")
    return Check("autoscaler", Result.PASS, "no autoscaler changes its replicas")


def budgets(found: FreshState) -> Check:
    """The controller deletes, it does not evict (documentation: "Disruptions"): budgets guard nothing of this."""
    told = checks.budgets(found)
    if told.result is Result.PASS and found.view.budget.name:
        return Check("budget", Result.WARN, f"{told.words}; a rollout does not ask it")
    return told


def preconditions(found: Templates) -> tuple[Precondition, ...]:
    """What any plan of this kind rests on."""
    fresh = found.fresh
    stateful = fresh.set
    canary, paused = canary_from(fresh), paused_from(fresh)
    return (
        Precondition("set-uid", "the uid of the set", stateful.metadata.uid),
        Precondition("replicas", "replicas", str(stateful.spec.replicas)),
        Precondition("first-ordinal", "the first ordinal", str(stateful.first_ordinal)),
        Precondition("update-revision", "the update revision", fresh.view.rollout.update),
        Precondition("current-revision", "the current revision", fresh.view.rollout.current),
        Precondition("template", "the template", _digest(found.spec.get("template"))),
        Precondition("update-strategy", "the update strategy", fresh.view.rollout.strategy),
        Precondition("partition", "the partition", str(partition_of(stateful))),
        Precondition(
            "partition-before-canary",
            "the partition before the canary",
            canary.words if canary is not None else "not kept",
        ),
        Precondition(
            "partition-before-pause",
            "the partition before the pause",
            paused.words if paused is not None else "not kept",
        ),
        Precondition(
            "other-writers",
            "who else writes it",
            listed([f"{who.kind} {who.name}" for who in fresh.view.writers]) or "nobody",
        ),
    )


def members_down(found: FreshState) -> tuple[Precondition, ...]:
    """For what is not begun while pods come and go."""
    return (Precondition("members-down", "members down", names(checks.down(found, ())) or "none"),)


def held_with_kubectl(found: FreshState, partition: int, annotations: dict[str, str | None]) -> str:
    """The command that writes a partition, and with it annotations of the set (None takes one away)."""
    patch: dict[str, object] = {"metadata": {"annotations": annotations}} if annotations else {}
    patch["spec"] = {"updateStrategy": {"rollingUpdate": {"partition": partition}}}
    text = json.dumps(patch, separators=(",", ":"))
    return kubectl(found.view.namespace, "patch", "statefulset", found.view.name, "--type=merge", "-p", text)


def _digest(template: Any) -> str:
    """Short, for whoever is shown that it is another."""
    return hashlib.sha256(msgspec.json.encode(template, order="sorted")).hexdigest()[:8]
