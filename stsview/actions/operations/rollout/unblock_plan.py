"""What plans say of a freeing: which pods are deleted, in which order, and what comes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import msgspec

from stsview.actions.intents import DeletePod, Intent
from stsview.actions.operations import delete_pod
from stsview.actions.operations.rollout.blocked_pods import held_up
from stsview.actions.operations.rollout.unblock_executor import PATIENCE_SECONDS
from stsview.actions.plan import Check, Precondition, Request, Result
from stsview.actions.preflight import checks
from stsview.actions.preflight.fresh_state import FreshState
from stsview.model.derive import derive
from stsview.model.names import listed, short_revision
from stsview.model.rollout.partition import partition_reaches
from stsview.model.settings import ModelSettings
from stsview.model.states import Health
from stsview.model.views import OrdinalView, SetView
from stsview.objects.kinds import PODS
from stsview.objects.statefulset import RollingUpdate


def once_seen(found: FreshState, settings: ModelSettings, to: str, partition: int | None = None) -> FreshState:
    """The same pods, as they will look once the controller has seen a template of the revision `to` (and another
    partition): which of them it replaces then, and which hold themselves up."""
    stateful = found.set
    spec = stateful.spec
    if partition is not None:
        rolling = spec.update_strategy.rolling_update or RollingUpdate()
        moved = msgspec.structs.replace(rolling, partition=partition)
        strategy = msgspec.structs.replace(spec.update_strategy, rolling_update=moved)
        spec = msgspec.structs.replace(spec, update_strategy=strategy)
    generation = stateful.metadata.generation
    status = msgspec.structs.replace(stateful.status, update_revision=to, observed_generation=generation)
    objects = replace(found.objects, set=msgspec.structs.replace(stateful, spec=spec, status=status))
    return FreshState(objects, derive(objects, {}, found.at, found.at, settings)[0], found.at)


def requests(intent: Intent, rows: Sequence[OrdinalView]) -> tuple[Request, ...]:
    """One deletion for each, in the order in which they may be sent."""
    return tuple(
        delete_pod.request(DeletePod(intent.set, intent.set_uid, row.name, row.uid)) for row in rows if row.uid
    )


def holds(row: OrdinalView) -> str:
    """Why the controller does not get to what it has to do."""
    broken = f" ({row.state.label})" if row.state.health is Health.DEGRADED else ""
    return f"in order nothing moves until {row.name} is available{broken}, and it is not replaced before that"


def steps(rows: Sequence[OrdinalView], back: str) -> Iterator[str]:
    """`back`: the hash of the revision on which they come back."""
    for number, row in enumerate(rows):
        broken = row.state.health is Health.DEGRADED
        when = "" if broken else f" if it has not come up by itself after {PATIENCE_SECONDS:.0f}s"
        when += ", if it still blocks by then" if number else ""
        until = "" if number else "; it is waited for until it is available"
        yield f"{row.name} (uid {row.uid}) is deleted{when}, and comes back on {back}{until}"


def moved(after: FreshState, freed: Sequence[OrdinalView]) -> Iterator[str]:
    """Which ordinals get the template, besides those that are freed, and which do not, in the controller's order
    (documentation: "StatefulSets", Rolling Updates and Partitions)."""
    view = after.view
    outdated = [row for row in _expected(view) if row.outdated or row.missing]
    kept = [row for row in outdated if not partition_reaches(row, view)]
    names_freed = {row.name for row in freed}
    reached = [row for row in reversed(outdated) if partition_reaches(row, view) and row.name not in names_freed]
    if why := after.unread(PODS):
        yield f"which pods get it is unknown: {why}"
    elif view.rollout.on_delete:
        names = listed([row.name for row in outdated])
        when = "get it when they are" if len(outdated) > 1 else "gets it when it is"
        yield f"nothing moves by itself: OnDelete; {names} {when} deleted" if outdated else "all pods run it already"
        return
    if reached:
        names = listed([row.name for row in reached])
        order = ", each when the one before is available" if len(reached) > 1 else ""
        then = "then " if freed else ""
        yield f"{then}{names} {'get' if len(reached) > 1 else 'gets'} it{order}"
    elif not kept and not freed and not after.unread(PODS):
        yield "no pod is replaced: all run it already"
    if kept:
        stay = "stay as they are" if len(kept) > 1 else "stays as it is"
        yield f"{listed([row.name for row in kept])} {stay}: below the partition {view.rollout.partition}"


def replaced(after: FreshState) -> list[OrdinalView]:
    """The pods that the controller takes away itself."""
    view = after.view
    if not view.rollout.rolling:
        return []
    return [row for row in _expected(view) if row.outdated and partition_reaches(row, view)]


def grave(found: FreshState, after: FreshState, settings: ModelSettings) -> bool:
    """Whether a name is to be typed: a member is down that this does not bring back, too few are up for the quorum
    now, or will be while one of them is replaced, or nobody knows."""
    names = [row.name for row in held_up(after)]
    goes = replaced(after)
    mended = {row.name for row in goes} if found.view.policy == "Parallel" else set(names)
    if found.unread(PODS) or _down(found, {*names, *mended}):
        return True
    quorum = checks.quorum_of(found, settings)
    if quorum is None:
        return False
    up = checks.members_up(found, names)
    one_less = 1 if any(row.available for row in goes) else 0
    return up < quorum or up + len(names) - one_less < quorum


def members(found: FreshState, after: FreshState, settings: ModelSettings) -> Check:
    """As in every plan; that which is freed is not counted as down already."""
    return checks.members(found, [row.name for row in held_up(after)], settings)


def rollout(found: FreshState) -> Check:
    """For information: a change of the template takes the place of what is under way."""
    moving, view = found.view.rollout, found.view
    if not moving.observed:
        return Check("rollout", Result.WARN, "the controller has not seen the set's last change yet")
    short = short_revision(moving.update, view.name)
    runs = f"{moving.updated} of {moving.expected} run {short}"
    if moving.held:
        return Check("rollout", Result.PASS, f"a rollout is held by the partition {moving.partition}: {runs}")
    if moving.active:
        return Check("rollout", Result.PASS, f"a rollout is under way, and ends there: {runs}")
    return Check("rollout", Result.PASS, "no rollout is under way")


def preconditions(found: FreshState, rows: Sequence[OrdinalView]) -> tuple[Precondition, ...]:
    """What all of these plans rest on."""
    view = found.view
    strategy = found.set.spec.update_strategy
    down = [row.name for row in _down(found, {row.name for row in rows})]
    return (
        Precondition("set-uid", "the uid of the set", found.set.metadata.uid),
        Precondition("replicas", "replicas", str(found.set.spec.replicas)),
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
        Precondition("other-members-down", "members down besides", listed(down) or "none"),
    )


def _down(found: FreshState, besides: Collection[str]) -> list[OrdinalView]:
    """Members that are down and not on their way: those the rollout takes away and brings back one after the other, and
    in order nothing is begun before each is back."""
    return [
        row for row in checks.down(found, besides) if row.state.health not in (Health.PROGRESSING, Health.TERMINATING)
    ]


def _expected(view: SetView) -> list[OrdinalView]:
    return sorted((row for row in view.ordinals if row.expected), key=lambda row: row.ordinal)
