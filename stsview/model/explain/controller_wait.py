"""What the StatefulSet controller waits for now, found by going through its decisions in its own order.

The order is that of updateStatefulSet in pkg/controller/statefulset/stateful_set_control.go: nothing of a later
decision happens before the earlier ones are through, so the first that applies is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from stsview.model.explain.missing_ordinals import missing
from stsview.model.explain.next_steps import consequence, remedy
from stsview.model.explain.set_facts import Facts
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.rollout.partition import partition_of, reaches_no_pod
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.states import Health, PodKind
from stsview.model.views import Severity, Strategy, Wait, WaitReason
from stsview.objects.kinds import PODS


def wait_of(facts: Facts) -> Wait:
    for decide in _DECISIONS:
        wait = decide(facts)
        if wait is not None:
            return wait
    return Wait(WaitReason.NOTHING)


def _unread(facts: Facts) -> Wait | None:
    coverage = facts.objects.covered(PODS)
    if coverage.complete:
        return None
    reason = coverage.reason or "its pods have not been read yet"
    return Wait(WaitReason.UNREAD, "not known", reason, severity=Severity.UNKNOWN)


def _not_observed(facts: Facts) -> Wait | None:
    meta, status = facts.set.metadata, facts.set.status
    if meta.generation <= status.observed_generation:
        return None
    # No object tells when: who takes a field away leaves no time in the managed fields.
    since = facts.sightings.since("unobserved", status.observed_generation)
    if not facts.overdue(since, facts.settings.observe_grace):
        return None
    return Wait(
        WaitReason.NOT_OBSERVED,
        "waits for the StatefulSet controller",
        f"generation {meta.generation} is not observed, the last was {status.observed_generation}",
        since=since,
        severity=Severity.STUCK,
        so="nothing that is asked of this set happens",
        next="check that kube-controller-manager runs and has a leader",
    )


def _deleting(facts: Facts) -> Wait | None:
    since = facts.set.metadata.deletion_timestamp
    if since is None:
        return None
    finalizers = facts.set.metadata.finalizers
    stuck = facts.overdue(since, facts.settings.delete_grace)
    return Wait(
        WaitReason.DELETING,
        "being deleted",
        f"finalizers {listed(finalizers)}" if finalizers else "",
        since=since,
        severity=Severity.STUCK if stuck else Severity.ROLLING,
        next="find out why they are not removed" if stuck and finalizers else "",
    )


def _replicas(facts: Facts) -> Wait | None:
    """In order, the lowest ordinal that is not there, running, ready and available holds up everything else. In
    parallel, only what cannot be created does."""
    if facts.ordered:
        row = next((row for row in facts.rows.expected if not row.available), None)
        if row is None:
            return None
        return missing(facts) if row.missing else for_pod(row, facts)
    return missing(facts)


def _scaling_down(facts: Facts) -> Wait | None:
    """Scaling down. In order, the highest goes first, and only once it is Ready or is itself the first that is not:
    two that are not Ready wait for each other (processCondemned). In parallel nothing waits for those that go."""
    if not facts.rows.surplus:
        return None
    if not facts.ordered:
        if (updating := _update(facts)) is not None:
            return updating
        worst = max(reversed(facts.rows.surplus), key=lambda row: (_left_since(row, facts)[1], row.diagnosis.severity))
        return _leaving(worst, facts)
    highest = facts.rows.surplus[-1]
    first_unavailable = next((row for row in facts.rows.surplus if not row.available), highest)
    if highest.terminating or highest.available or first_unavailable is highest:
        return _leaving(highest, facts)
    return Wait(
        WaitReason.SCALING_DOWN,
        f"waits for {first_unavailable.name}",
        f"{highest.name} is not removed before it is Ready, and neither of them is",
        first_unavailable.ordinal,
        first_unavailable.state.since,
        first_unavailable.diagnosis.severity,
        so=f"{highest.name} is not removed until then",
        next=f"delete {highest.name} by hand: it is not wanted any more",
    )


def _leaving(row: Row, facts: Facts) -> Wait:
    if row.terminating:
        stuck = row.state.health is Health.DEGRADED
        return Wait(
            WaitReason.SCALING_DOWN,
            f"{row.name} stuck Terminating" if stuck else f"waits for {row.name}",
            row.diagnosis.because if stuck else "scaled down, Terminating",
            row.ordinal,
            row.state.since,
            row.diagnosis.severity,
            so=consequence(row, facts),
            next=remedy(row, facts),
        )
    return _due(WaitReason.SCALING_DOWN, row, "removed", "scaled down", _left_since(row, facts)[0], facts)


def _left_since(row: Row, facts: Facts) -> tuple[datetime, bool]:
    """Since when a surplus pod could be removed, and whether that is too long."""
    pod = row.slot.pod
    since = facts.sightings.since("leaving", pod.metadata.uid if pod else "", row.terminating)
    return since, not row.terminating and facts.overdue(since, facts.settings.act_grace)


def _by_hand(facts: Facts) -> Wait | None:
    """OnDelete, and strategies that are not known here: those are reported, not explained."""
    waiting = [row.name for row in facts.rows.expected if row.outdated]
    if facts.rolling or not waiting:
        return None
    strategy = facts.set.spec.update_strategy.type
    if strategy != Strategy.ON_DELETE:
        detail = f"{strategy}: {listed(waiting)} not at {facts.short(facts.rollout.update)} yet"
        return Wait(WaitReason.REPLACING, "rolling", detail, since=facts.rollout.since, severity=Severity.ROLLING)
    pods = "1 pod waits" if len(waiting) == 1 else f"{len(waiting)} pods wait"
    return Wait(
        WaitReason.ON_DELETE,
        f"{pods} to be deleted by hand",
        f"OnDelete: {listed(waiting)} to get {facts.short(facts.rollout.update)}",
        since=facts.rollout.since,
        severity=Severity.ROLLING,
        next="delete one at a time, each when the one before is Ready again",
    )


def _update(facts: Facts) -> Wait | None:
    """The update goes from the highest ordinal down to the partition, and past each pod only when it is available."""
    if not facts.rolling or not any(row.outdated for row in facts.rows.expected):
        return None
    reached = [row for row in reversed(facts.rows.expected) if facts.partition_reaches(row)]
    outdated = [row for row in reached if row.outdated and not row.terminating]
    budget = max_unavailable_of(facts.set)
    if budget is not None:
        using = [row for row in facts.rows.expected if not row.available]
        if outdated and len(using) >= budget:
            return _budget_spent(budget, using, outdated, facts)
    else:
        blocker = next((row for row in reached if row.terminating or not (row.outdated or row.available)), None)
        if blocker is not None and (not outdated or blocker.ordinal > outdated[0].ordinal):
            return for_pod(blocker, facts)
    if outdated:
        row = outdated[0]
        pod = row.slot.pod
        since = facts.sightings.since("replacing", pod.metadata.uid if pod else "", facts.rollout.update)
        told = f"from {facts.short(row.revision)} to {facts.short(facts.rollout.update)}"
        return _due(WaitReason.REPLACING, row, "replaced", told, since, facts)
    leaving = next((row for row in reached if row.terminating), None)
    return for_pod(leaving, facts) if leaving is not None else None


def _budget_spent(budget: int, using: list[Row], outdated: list[Row], facts: Facts) -> Wait:
    worst = max(using, key=lambda row: row.diagnosis.severity)
    return Wait(
        WaitReason.BUDGET,
        f"waits for {listed([row.name for row in using])}",
        f"maxUnavailable {budget} is used up: {worst.diagnosis.because or worst.state.label}",
        worst.ordinal,
        worst.state.since,
        worst.diagnosis.severity,
        so=f"{listed([row.name for row in outdated])} not replaced until then",
        next=remedy(worst, facts),
    )


def _partition(facts: Facts) -> Wait | None:
    if not facts.rollout.held:
        return None
    kept = [row for row in facts.rows.expected if row.outdated]
    partition, replicas = partition_of(facts.set), facts.set.spec.replicas
    old = {facts.short(row.revision) for row in kept}
    stay = f"{listed([row.name for row in kept])} {'stays' if len(kept) == 1 else 'stay'} on {', '.join(sorted(old))}"
    none = f"with {replicas} replicas it lets no pod be updated; " if reaches_no_pod(partition, replicas) else ""
    headline, further = f"held by partition {partition}", "lower the partition to go on"
    if facts.rollout.paused_from is not None:
        headline = f"paused at partition {partition}"
        further = f"resume goes back to partition {facts.rollout.paused_from}"
    elif facts.rollout.canary_from is not None:
        headline, further = f"{headline}: a canary", "the next pod, all, or back out"
    return Wait(
        WaitReason.PARTITION,
        headline,
        none + stay,
        since=facts.rollout.since,
        severity=Severity.ROLLING,
        next=further,
    )


def for_pod(row: Row, facts: Facts) -> Wait:
    """The wait for a pod that is there, but not available."""
    stuck = row.state.kind is PodKind.STUCK_TERMINATING
    return Wait(
        _reason(row),
        f"{row.name} stuck Terminating" if stuck else f"waits for {row.name}",
        row.diagnosis.because,
        row.ordinal,
        row.state.since,
        row.diagnosis.severity,
        so=consequence(row, facts),
        next=remedy(row, facts),
    )


def _reason(row: Row) -> WaitReason:
    pod = row.slot.pod
    if row.terminating:
        return WaitReason.TERMINATING
    if row.ready:
        return WaitReason.WARMING_UP
    if pod is not None and pod.status.phase in ("Failed", "Succeeded"):
        return WaitReason.FAILED
    if pod is not None and pod.status.phase in ("Pending", ""):
        return WaitReason.PENDING
    return WaitReason.NOT_READY


def _due(reason: WaitReason, row: Row, done: str, detail: str, since: datetime, facts: Facts) -> Wait:
    """Something that nothing holds up: it happens within a moment, or the controller is in trouble."""
    if facts.overdue(since, facts.settings.act_grace):
        return Wait(
            reason,
            f"{row.name} is not {done}",
            f"{detail}, and nothing to be seen here holds it up",
            row.ordinal,
            since,
            Severity.STUCK,
            consequence(row, facts),
            "read the events of the set: the controller may be refused, or be behind",
        )
    return Wait(reason, f"{row.name} is next to be {done}", detail, row.ordinal, since, Severity.ROLLING)


_DECISIONS: tuple[Callable[[Facts], Wait | None], ...] = (
    _unread,
    _not_observed,
    _deleting,
    _replicas,
    _scaling_down,
    _by_hand,
    _update,
    _partition,
)
