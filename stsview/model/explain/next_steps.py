"""The effect of a wait on the set, and the next step of controller or operator.

No step is proposed that only seems to help: a rollback does not unblock a set whose controller waits for a broken pod
(kubernetes/kubernetes#67250), and a pod below the partition is recreated on the revision that it had.
"""

from __future__ import annotations

from stsview.model.explain.set_facts import Facts
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.rollout.blocked import blocks_own_replacement
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.states import Health


def consequence(blocker: Row, facts: Facts) -> str:
    """What does not change until `blocker` is Ready or gone.

    Empty where nothing waits for it.
    """
    expected = facts.rows.expected
    held = [
        row
        for row in reversed(expected)
        if row.outdated
        and row is not blocker
        and not row.terminating
        and facts.rolling
        and facts.partition_reaches(row)
        # With OrderedReady one pod holds up everything; with Parallel only the update waits, and only for pods above.
        and (facts.ordered or row.ordinal < blocker.ordinal)
    ]
    stay = [row.name for row in held]
    absent = [row.name for row in expected if facts.ordered and row.missing and row.ordinal > blocker.ordinal]
    leaving = [row.name for row in reversed(facts.rows.surplus) if facts.ordered and not row.terminating]
    parts = []
    if absent:
        parts.append(f"{listed(absent)} {_verb(absent, 'is', 'are')} not created")
    if stay:
        revisions = {row.revision for row in held}
        where = facts.short(revisions.pop()) if len(revisions) == 1 else "their revisions"
        parts.append(f"{listed(stay)} {_verb(stay, 'stays', 'stay')} on {where}")
    if leaving:
        parts.append(f"{listed(leaving)} {_verb(leaving, 'is', 'are')} not removed")
    if parts:
        return f"{', '.join(parts)} {until(blocker, facts)}"
    if facts.ordered and blocks_own_replacement(blocker):
        return f"{blocker.name} stays on {facts.short(blocker.revision)}: a rollback alone does not help"
    return ""


def until(blocker: Row, facts: Facts) -> str:
    """`until zookeeper-1 is Ready`: what the controller waits for."""
    if not blocker.expected:
        return f"until {blocker.name} is gone"
    return f"until {blocker.name} is {'available' if facts.set.spec.min_ready_seconds else 'Ready'}"


def next_step(blocker: Row, facts: Facts) -> str:
    """The next step of the controller or, if something is wrong, of the operator."""
    if not blocker.broken:
        return _step_of_controller(blocker, facts)
    if facts.ordered and blocks_own_replacement(blocker, diagnosis=blocker.diagnosis):
        return _delete_blocker(blocker, facts)
    if not blocker.terminating and blocker.diagnosis.cause in (Cause.IMAGE, Cause.CRASH):
        return _bad_revision(blocker, facts)
    return _by_cause(blocker, facts)


def kept_as_completed(row: Row, facts: Facts) -> bool:
    """Whether the pod completed long ago and was not replaced.

    Older controllers replace only pods that failed (kubernetes/kubernetes#118310, stateful_set_control.go,
    processReplica).
    """
    pod = row.slot.pod
    if pod is None or pod.status.phase != "Succeeded" or row.terminating:
        return False
    return facts.overdue(row.state.since, facts.settings.ready_grace)


def uses_up_max_unavailable(row: Row, facts: Facts) -> bool:
    """Whether the update may never replace the broken pod, which counts against maxUnavailable itself.

    kubernetes/kubernetes#137409.
    """
    budget = max_unavailable_of(facts.set)
    if budget is None or row.available or not row.outdated:
        return False
    return sum(not one.available for one in facts.rows.expected) >= budget


def _delete_blocker(row: Row, facts: Facts) -> str:
    """What deleting a pod that blocks its own replacement does."""
    back = facts.comes_back_on(row)
    if back != row.revision:
        return f"delete {row.name} to move it to {facts.short(back)}: a rollback alone does not help"
    if facts.partition_reaches(row):
        return f"without a partition in the update strategy {row.name} is recreated on {facts.short(back)}"
    return (
        f"{row.name} is below partition {facts.rollout.partition}: if deleted, it is recreated on "
        f"{facts.short(facts.rollout.current)}"
    )


def _bad_revision(row: Row, facts: Facts) -> str:
    check = "view the logs of its previous run" if row.diagnosis.cause is Cause.CRASH else "check image and registry"
    rollout = facts.rollout
    if row.outdated and uses_up_max_unavailable(row, facts):
        return f"{check}; delete {row.name} if the update does not replace it"
    if row.outdated:
        return f"{check}; the update replaces it in turn"
    if not facts.partition_reaches(row) or row.at_update is None:
        return check
    if facts.between_revisions:
        current = facts.short(rollout.current)
        if facts.ordered:
            return f"{check}; roll back to {current} and delete {row.name}: a rollback alone does not help"
        return f"{check}; rolling back to {current} replaces it"
    if facts.ordered:
        return f"{check}; a template change does not replace {row.name} until you delete it"
    return f"{check}; a template change replaces it"


def _by_cause(row: Row, facts: Facts) -> str:
    pod = row.slot.pod
    node = pod.spec.node_name if pod is not None else ""
    match row.diagnosis.cause:
        case Cause.FINALIZER:
            return (
                "find which controller owns the finalizer and why it has not removed it; force-deleting does not help"
            )
        case Cause.NODE:
            return f"make sure that node {node} is powered off before you force-delete {row.name}"
        case Cause.UNKNOWN_NODE:
            return f"check whether node {node} is healthy; if it is not, make sure that it is powered off"
        case Cause.KUBELET if node:
            return f"check why the kubelet on {node} does not finish; a force delete may leave the containers running"
        case Cause.ENDED if kept_as_completed(row, facts):
            return f"delete {row.name}: older controllers do not replace a pod that completed"
        case Cause.ENDED:
            return "the controller deletes and recreates it in turn"
        case Cause.CONFIG:
            return "create what is missing: the kubelet retries by itself"
        case Cause.SCHEDULING:
            return "it starts once a node accepts it"
        case Cause.CLAIM:
            return "check why its PVCs are not bound; it starts once they are"
        case Cause.GATE:
            return "find which controller owns the gate"
        case Cause.IMAGE | Cause.CRASH | Cause.SLOW:
            return "check its logs and events"
    return ""


def _step_of_controller(blocker: Row, facts: Facts) -> str:
    row = next_row(facts)
    if row is None or row is blocker:
        return ""
    if row.missing:
        return f"then {row.name} is created"
    return f"then {row.name} is {'removed' if row.surplus else 'replaced'}"


def next_row(facts: Facts) -> Row | None:
    """The next row: the lowest to create, else the highest to remove or to replace.

    Creation comes before deletion, and scaling before updating (stateful_set_control.go, updateStatefulSet).
    """
    if facts.set.metadata.deletion_timestamp is not None:
        return None
    for row in facts.rows.expected:
        if row.missing and row.state.health is not Health.UNKNOWN:
            return row
    for row in reversed(facts.rows.surplus):
        if not row.terminating:
            return row
    if not facts.rolling:
        return None
    for row in reversed(facts.rows.expected):
        if row.outdated and not row.terminating and facts.partition_reaches(row) and not _waited_for(row, facts):
            return row
    return None


def _waited_for(row: Row, facts: Facts) -> bool:
    """Whether the controller waits for a broken pod instead of replacing it."""
    return facts.ordered and not row.available and row.broken


def _verb(names: list[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
