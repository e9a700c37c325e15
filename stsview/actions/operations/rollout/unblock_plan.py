"""The part of a plan about unblocking.

Which pods are deleted, in which order, and what follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from stsview.actions.intents import DeletePod, SetIntent
from stsview.actions.operations import delete_pod
from stsview.actions.operations.rollout.blocked_pods import self_blocking_pods
from stsview.actions.operations.rollout.unblock_executor import PATIENCE_SECONDS
from stsview.actions.plan import Check, Precondition, Request, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.actions.requests.command_line import kubectl
from stsview.model.derive import derive
from stsview.model.names import in_order, short_revision
from stsview.model.rollout.partition import partition_reaches
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView, SetView
from stsview.objects.kinds import PODS
from stsview.objects.statefulset import RollingUpdate


def as_observed(fresh: FreshState, settings: ModelSettings, to: str, partition: int | None = None) -> FreshState:
    """The state once the controller has observed a template and a partition.

    `to` is the revision of the template; without `partition` the present one stays.

    Shows which pods the controller will update then, and which will block their own update.
    """
    stateful = fresh.set
    spec = stateful.spec
    if partition is not None:
        rolling = spec.update_strategy.rolling_update or RollingUpdate()
        strategy_parameters = msgspec.structs.replace(rolling, partition=partition)
        strategy = msgspec.structs.replace(spec.update_strategy, rolling_update=strategy_parameters)
        spec = msgspec.structs.replace(spec, update_strategy=strategy)
    generation = stateful.metadata.generation
    status = msgspec.structs.replace(stateful.status, update_revision=to, observed_generation=generation)
    objects = replace(fresh.objects, set=msgspec.structs.replace(stateful, spec=spec, status=status))
    return FreshState(objects, derive(objects, {}, fresh.at, fresh.at, settings)[0], fresh.at)


def deletion_requests(intent: SetIntent, rows: Sequence[OrdinalView]) -> tuple[Request, ...]:
    """A deletion for each pod, in the order in which they may be sent."""
    return tuple(
        delete_pod.request(DeletePod(intent.set, intent.set_uid, row.name, row.uid)) for row in rows if row.uid
    )


def deletion_commands(namespace: str, rows: Sequence[OrdinalView]) -> str:
    """The deletions as commands for a shell, each after the replacement before it is Ready; empty for no pods.

    `kubectl delete` returns when the pod is gone, and `kubectl wait` fails until its replacement exists.
    """
    parts: list[str] = []
    for number, row in enumerate(rows):
        if number:
            wait = kubectl(namespace, "wait", "--for=condition=Ready", f"pod/{rows[number - 1].name}")
            parts.append(f"until {wait}; do sleep 2; done")
        parts.append(kubectl(namespace, "delete", "pod", row.name))
    return " && ".join(parts)


def blocking_reason(row: OrdinalView, view: SetView) -> str:
    """Why the controller does not continue the rollout."""
    broken = f" ({row.state.label})" if row.state.health is Health.DEGRADED else ""
    if view.policy == "Parallel":
        return f"{row.name}{broken} counts against maxUnavailable {view.rollout.max_unavailable}"
    return f"with OrderedReady the controller waits for {row.name}{broken}"


def deletion_steps(rows: Sequence[OrdinalView], back: str) -> Iterator[str]:
    """The steps that delete pods.

    `back` is the hash of the revision on which they are recreated.
    """
    for number, row in enumerate(rows):
        broken = row.state.health is Health.DEGRADED
        state = f" ({row.state.label})" if broken else ""
        when = "" if broken else f" if it is not available after {PATIENCE_SECONDS:.0f}s"
        when += ", if it still blocks" if number else ""
        yield f"delete {row.name}{state}{when}, and wait until it is available on {back}"


def rollout_steps(after: FreshState, deleted: Sequence[OrdinalView]) -> Iterator[str]:
    """The steps of the controller after the deletions.

    Which ordinals it updates, in its order, and which it does not.

    Documentation: "StatefulSets", Rolling Updates and Partitions.
    """
    view = after.view
    outdated = [row for row in _expected(view) if row.outdated or row.missing]
    kept = [row for row in outdated if not partition_reaches(row, view)]
    names_deleted = {row.name for row in deleted}
    reached = [row for row in reversed(outdated) if partition_reaches(row, view) and row.name not in names_deleted]
    if why := after.unread(PODS):
        yield f"updated pods unknown: {why}"
    elif view.rollout.on_delete:
        names = in_order([row.name for row in outdated])
        yield f"OnDelete: {names} will be updated when deleted manually" if outdated else "all pods already run it"
        return
    if reached:
        names = in_order([row.name for row in reached])
        order = ", one at a time" if len(reached) > 1 else ""
        then = "then " if deleted else ""
        yield f"{then}update {names}{order}"
    elif not kept and not deleted and not after.unread(PODS):
        yield "no pod is updated: all already run it"
    if kept:
        stay = "stay" if len(kept) > 1 else "stays"
        names = in_order([row.name for row in kept])
        yield f"{names} {stay} unchanged: below partition {view.rollout.partition}"


def replaced_by_controller(after: FreshState) -> list[OrdinalView]:
    """The pods that the controller will update by itself."""
    view = after.view
    if not view.rollout.rolling:
        return []
    return [row for row in _expected(view) if row.outdated and partition_reaches(row, view)]


def ended(after: FreshState, deleted: Collection[OrdinalView]) -> tuple[str, ...]:
    """The pods that end: those that the action deletes, and those that the controller then updates."""
    return tuple({row.name: row for row in (*deleted, *replaced_by_controller(after))})


def needs_name(fresh: FreshState, after: FreshState, settings: ModelSettings) -> bool:
    """Whether the operator must type the name.

    True if a member is down that this does not recover, if the quorum is not met now or while a pod is updated, or if
    that is unknown.
    """
    names = [row.name for row in self_blocking_pods(after)]
    updated = replaced_by_controller(after)
    recovering = {row.name for row in updated} if fresh.view.policy == "Parallel" else set(names)
    if fresh.unread(PODS) or _down(fresh, {*names, *recovering}):
        return True
    quorum = checks.quorum_of(fresh, settings)
    if quorum is None:
        return False
    up = checks.members_up(fresh, names)
    one_less = 1 if any(row.available for row in updated) else 0
    return up < quorum or up + len(names) - one_less < quorum


def members_check(fresh: FreshState, after: FreshState, settings: ModelSettings) -> Check:
    """The check of every plan.

    The pods that this deletes do not count as already down.
    """
    return checks.members(fresh, [row.name for row in self_blocking_pods(after)], settings)


def rollout_check(fresh: FreshState) -> Check:
    """For information: a new template replaces the rollout in progress."""
    current, view = fresh.view.rollout, fresh.view
    if not current.observed:
        return Check("rollout", Result.WARN, "the controller has not observed the last change yet")
    short = short_revision(current.update, view.name)
    on = f"{current.updated} of {current.expected} on {short}"
    if current.held:
        return Check("rollout", Result.PASS, f"will replace the rollout paused by partition {current.partition} ({on})")
    if current.active:
        return Check("rollout", Result.PASS, f"will replace the rollout in progress ({on})")
    return Check("rollout", Result.PASS, "no rollout in progress")


def preconditions(fresh: FreshState, rows: Sequence[OrdinalView]) -> tuple[Precondition, ...]:
    """The preconditions of all plans that unblock a rollout."""
    view = fresh.view
    strategy = fresh.set.spec.update_strategy
    down = [row.name for row in _down(fresh, {row.name for row in rows})]
    return (
        Precondition("set-uid", "the uid of the set", fresh.set.metadata.uid),
        Precondition("replicas", "replicas", str(fresh.set.spec.replicas)),
        Precondition("update-revision", "the update revision", view.rollout.update),
        Precondition(
            "partition", "the partition", str(strategy.rolling_update.partition if strategy.rolling_update else "none")
        ),
        Precondition("update-strategy", "the update strategy", strategy.type),
        Precondition(
            "deleted-pods",
            "the pods that are deleted",
            ", ".join(f"{row.name} (uid {row.uid})" for row in rows) or "none",
        ),
        Precondition("other-members-down", "other members down", in_order(down) or "none"),
    )


def _down(fresh: FreshState, excluded: Collection[str]) -> list[OrdinalView]:
    """Members that are down and neither starting nor terminating.

    The rollout itself recovers those, one at a time; with OrderedReady it updates no other pod before.
    """
    return [
        row for row in checks.down(fresh, excluded) if row.state.health not in (Health.PROGRESSING, Health.TERMINATING)
    ]


def _expected(view: SetView) -> list[OrdinalView]:
    return sorted((row for row in view.ordinals if row.expected), key=lambda row: row.ordinal)
