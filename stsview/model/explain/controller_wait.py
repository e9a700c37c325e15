"""What the StatefulSet controller waits for, by its own decisions in their order.

The order is that of updateStatefulSet in pkg/controller/statefulset/stateful_set_control.go: no later decision takes
effect before the earlier ones are done, so the first that applies is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from stsview.model.explain.missing_ordinals import wait_for_missing
from stsview.model.explain.next_steps import consequence, next_step, until
from stsview.model.explain.set_facts import Facts
from stsview.model.names import counted, listed
from stsview.model.ordinals.rows import Row
from stsview.model.rollout.partition import partition_of, reaches_no_pod
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.states import Health, PodKind
from stsview.model.views import Severity, Strategy, Wait, WaitReason
from stsview.objects.kinds import PODS


def wait_of(facts: Facts) -> Wait:
    """The first decision of the controller that applies."""
    for decide in _DECISIONS:
        wait = decide(facts)
        if wait is not None:
            return wait
    return Wait(WaitReason.NOTHING)


def _unread(facts: Facts) -> Wait | None:
    coverage = facts.objects.covered(PODS)
    if coverage.complete:
        return None
    reason = coverage.reason or "pods have not been read yet"
    return Wait(WaitReason.UNREAD, "unknown", reason, severity=Severity.UNKNOWN)


def _gone(facts: Facts) -> Wait | None:
    if not facts.objects.gone:
        return None
    return Wait(
        WaitReason.GONE,
        "gone, its pods live",
        "the StatefulSet was deleted without its pods",
        since=facts.sightings.since("gone", facts.key.name),
        severity=Severity.STUCK,
        so="no pod that ends is replaced",
        next="create the StatefulSet again: it adopts the pods",
    )


def _not_observed(facts: Facts) -> Wait | None:
    meta, status = facts.set.metadata, facts.set.status
    if meta.generation <= status.observed_generation:
        return None
    # No object tells since when: removing a field leaves no time in the managed fields.
    since = facts.sightings.since("unobserved", status.observed_generation)
    if not facts.overdue(since, facts.settings.observe_grace):
        return None
    return Wait(
        WaitReason.NOT_OBSERVED,
        "waits for the StatefulSet controller",
        f"generation {meta.generation} not observed yet (last observed: {status.observed_generation})",
        since=since,
        severity=Severity.STUCK,
        so="changes to this set have no effect",
        next="check that kube-controller-manager is running and has a leader",
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
        next="find out why the finalizers are not removed" if stuck and finalizers else "",
    )


def _replicas(facts: Facts) -> Wait | None:
    """Creating pods and waiting for them.

    With OrderedReady the lowest ordinal that is not available holds up everything else; with Parallel only one that
    cannot be created does.
    """
    if facts.ordered:
        row = next((row for row in facts.rows.expected if not row.available), None)
        if row is None:
            return None
        return wait_for_missing(facts) if row.missing else wait_for_pod(row, facts)
    return wait_for_missing(facts)


def _scaling_down(facts: Facts) -> Wait | None:
    """Removing surplus pods.

    With OrderedReady the highest is removed first, and only if it is Ready or is itself the lowest that is not: two
    pods that are not Ready wait for each other (processCondemned). With Parallel nothing waits for surplus pods.
    """
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
    severity = first_unavailable.diagnosis.severity
    neither = f"{highest.name} and {first_unavailable.name} are both not Ready"
    return Wait(
        WaitReason.SCALING_DOWN,
        f"waits for {first_unavailable.name}",
        f"scale-down stuck: {neither}" if severity is Severity.STUCK else neither,
        first_unavailable.ordinal,
        first_unavailable.state.since,
        severity,
        so=f"{highest.name} is not removed until {first_unavailable.name} is Ready",
        next=f"delete {highest.name}: it is beyond the replica count",
    )


def _leaving(row: Row, facts: Facts) -> Wait:
    if row.terminating:
        stuck = row.state.health is Health.DEGRADED
        return Wait(
            WaitReason.SCALING_DOWN,
            f"{row.name} stuck Terminating" if stuck else f"waits for {row.name}",
            row.diagnosis.because if stuck else "scaling down, Terminating",
            row.ordinal,
            row.state.since,
            row.diagnosis.severity,
            so=consequence(row, facts),
            next=next_step(row, facts),
        )
    return _due(WaitReason.SCALING_DOWN, row, "removed", "scaling down", _left_since(row, facts)[0], facts)


def _left_since(row: Row, facts: Facts) -> tuple[datetime, bool]:
    """Since when a surplus pod could have been removed, and whether that is overdue."""
    pod = row.slot.pod
    since = facts.sightings.since("leaving", pod.metadata.uid if pod else "", row.terminating)
    return since, not row.terminating and facts.overdue(since, facts.settings.act_grace)


def _manual(facts: Facts) -> Wait | None:
    """OnDelete, and unknown strategies, which are reported but not explained."""
    waiting = [row.name for row in facts.rows.expected if row.outdated]
    if facts.rolling or not waiting:
        return None
    strategy = facts.set.spec.update_strategy.type
    if strategy != Strategy.ON_DELETE:
        detail = f"{strategy}: {listed(waiting)} not at {facts.short(facts.rollout.update)} yet"
        return Wait(WaitReason.REPLACING, "rolling", detail, since=facts.rollout.since, severity=Severity.ROLLING)
    pods = "1 pod needs" if len(waiting) == 1 else f"{len(waiting)} pods need"
    return Wait(
        WaitReason.ON_DELETE,
        f"{pods} manual deletion (OnDelete)",
        f"{listed(waiting)} not at {facts.short(facts.rollout.update)} yet",
        since=facts.rollout.since,
        severity=Severity.ROLLING,
        next="delete them one at a time, each when the previous one is Ready again",
    )


def _update(facts: Facts) -> Wait | None:
    """Replacing pods from the highest ordinal down to the partition, one by one."""
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
            return wait_for_pod(blocker, facts)
    if outdated:
        row = outdated[0]
        pod = row.slot.pod
        since = facts.sightings.since("replacing", pod.metadata.uid if pod else "", facts.rollout.update)
        revisions = f"from {facts.short(row.revision)} to {facts.short(facts.rollout.update)}"
        return _due(WaitReason.REPLACING, row, "replaced", revisions, since, facts)
    leaving = next((row for row in reached if row.terminating), None)
    return wait_for_pod(leaving, facts) if leaving is not None else None


def _budget_spent(budget: int, using: list[Row], outdated: list[Row], facts: Facts) -> Wait:
    worst = max(using, key=lambda row: row.diagnosis.severity)
    names = [row.name for row in outdated if row is not worst]
    so = f"{listed(names)} {'is' if len(names) == 1 else 'are'} not replaced {until(worst, facts)}" if names else ""
    return Wait(
        WaitReason.BUDGET,
        f"waits for {listed([row.name for row in using])}",
        f"maxUnavailable {budget} exhausted: {worst.diagnosis.because or worst.state.label}",
        worst.ordinal,
        worst.state.since,
        worst.diagnosis.severity,
        so=so,
        next=next_step(worst, facts),
    )


def _partition(facts: Facts) -> Wait | None:
    if not facts.rollout.held:
        return None
    kept = [row for row in facts.rows.expected if row.outdated]
    partition, replicas = partition_of(facts.set), facts.set.spec.replicas
    old = {facts.short(row.revision) for row in kept}
    stay = f"{listed([row.name for row in kept])} {'stays' if len(kept) == 1 else 'stay'} on {', '.join(sorted(old))}"
    none = f"no pod is updated ({counted(replicas, 'replica')}); " if reaches_no_pod(partition, replicas) else ""
    headline, further = f"held by partition {partition}", "lower the partition to continue"
    if facts.rollout.paused_from is not None:
        headline = f"paused at partition {partition}"
        further = f"resume sets the partition back to {facts.rollout.paused_from}"
    elif facts.rollout.canary_from is not None:
        headline, further = f"canary: {headline}", "next pod, finish or abort"
    return Wait(
        WaitReason.PARTITION,
        headline,
        none + stay,
        since=facts.rollout.since,
        severity=Severity.ROLLING,
        next=further,
    )


def wait_for_pod(row: Row, facts: Facts) -> Wait:
    """The wait for a pod that exists but is not available."""
    stuck = row.state.kind is PodKind.STUCK_TERMINATING
    return Wait(
        _reason(row),
        f"{row.name} stuck Terminating" if stuck else f"waits for {row.name}",
        row.diagnosis.because,
        row.ordinal,
        row.state.since,
        row.diagnosis.severity,
        so=consequence(row, facts),
        next=next_step(row, facts),
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
    """A step that nothing holds up, and that happens soon if the controller works."""
    if facts.overdue(since, facts.settings.act_grace):
        return Wait(
            reason,
            f"{row.name} is not {done}",
            f"{detail}; no visible reason for the delay",
            row.ordinal,
            since,
            Severity.STUCK,
            consequence(row, facts),
            "check the events of the set: the controller may be refused or lagging",
        )
    return Wait(reason, f"{row.name} is next to be {done}", detail, row.ordinal, since, Severity.ROLLING)


_DECISIONS: tuple[Callable[[Facts], Wait | None], ...] = (
    _unread,
    _gone,
    _not_observed,
    _deleting,
    _replicas,
    _scaling_down,
    _manual,
    _update,
    _partition,
)
