"""What follows from a wait, and what a person can do about it: the last two parts of a sentence.

Nothing here is proposed that would only look like help: an undo does not free a set whose controller waits for a broken
pod (kubernetes issue 67250), and deleting a pod below the partition brings it back as it was.
"""

from __future__ import annotations

from stsview.model.explain.set_facts import Facts
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.rollout.blocked import blocks_own_replacement
from stsview.model.states import Health


def consequence(blocker: Row, facts: Facts) -> str:
    """What stays as it is until the controller is done with `blocker`."""
    expected = facts.rows.expected
    held = [
        row
        for row in reversed(expected)
        if row.outdated
        and row is not blocker
        and not row.terminating
        and facts.rolling
        and facts.partition_reaches(row)
        # In order one pod holds up all; in parallel only the update waits, and only for pods above.
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
        return f"{', '.join(parts)} until then"
    if facts.ordered and blocks_own_replacement(blocker):
        return f"{blocker.name} stays on {facts.short(blocker.revision)}: an undo alone does not free it"
    return ""


def remedy(blocker: Row, facts: Facts) -> str:
    """The next step of the controller while all goes well, else what a person can do."""
    if not blocker.broken:
        return _next_step(blocker, facts)
    if facts.ordered and blocks_own_replacement(blocker, diagnosis=blocker.diagnosis):
        return _delete_it(blocker, facts)
    if not blocker.terminating and blocker.diagnosis.cause in (Cause.IMAGE, Cause.CRASH):
        return _bad_revision(blocker, facts)
    return _by_cause(blocker, facts)


def _delete_it(row: Row, facts: Facts) -> str:
    """For a pod that blocks its own replacement: what deleting it gives."""
    back = facts.comes_back_on(row)
    if back != row.revision:
        return f"delete {row.name}: undo alone does not free it, its successor runs {facts.short(back)}"
    if facts.partition_reaches(row):
        return f"without a partition in the update strategy {row.name} comes back on {facts.short(back)}"
    return (
        f"{row.name} is below partition {facts.rollout.partition}: deleted, it comes back on "
        f"{facts.short(facts.rollout.current)}"
    )


def _bad_revision(row: Row, facts: Facts) -> str:
    look = "read the logs of its last container" if row.diagnosis.cause is Cause.CRASH else "check image and registry"
    rollout = facts.rollout
    if row.outdated:
        return f"{look}; the update replaces it when its turn comes"
    if not facts.partition_reaches(row) or row.at_update is None:
        return look
    if rollout.current and rollout.current != rollout.update:
        if facts.ordered:
            return f"{look}; undo to {facts.short(rollout.current)} and delete {row.name}: undo alone does not free it"
        return f"{look}; undo to {facts.short(rollout.current)} replaces it"
    if facts.ordered:
        return f"{look}; a changed template does not replace {row.name} until you delete it"
    return f"{look}; a changed template replaces it"


def _by_cause(row: Row, facts: Facts) -> str:
    pod = row.slot.pod
    node = pod.spec.node_name if pod is not None else ""
    match row.diagnosis.cause:
        case Cause.FINALIZER:
            return "find out why the owner of the finalizer does not remove it; force-deleting does not help"
        case Cause.NODE:
            return f"make sure that node {node} is off before you free {row.name} from it"
        case Cause.UNKNOWN_NODE:
            return f"find out whether node {node} is well; only if it is not, make sure that it is off"
        case Cause.KUBELET if node:
            return f"find out why the kubelet of {node} does not finish; a forced deletion may leave it running"
        case Cause.ENDED:
            return "the controller deletes it and makes a new one once its turn comes"
        case Cause.CONFIG:
            return "make what it lacks: the kubelet tries again by itself"
        case Cause.SCHEDULING:
            return "it starts by itself once a node can take it"
        case Cause.CLAIM:
            return "find out why its claims are not bound; it starts by itself once they are"
        case Cause.GATE:
            return "find out who sets the gate"
        case Cause.IMAGE | Cause.CRASH | Cause.SLOW:
            return "read its logs and events"
    return ""


def _next_step(blocker: Row, facts: Facts) -> str:
    row = next_row(facts)
    if row is None or row is blocker:
        return ""
    if row.missing:
        return f"then {row.name} is created"
    return f"then {row.name} is {'removed' if row.surplus else 'replaced'}"


def next_row(facts: Facts) -> Row | None:
    """Whose turn it is: the lowest to be created, else the highest to be removed, else the highest to be replaced.

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
        if row.outdated and not row.terminating and facts.partition_reaches(row) and not _deadlocked(row, facts):
            return row
    return None


def _deadlocked(row: Row, facts: Facts) -> bool:
    """A broken pod of another revision never has its turn in order: the controller waits for it instead."""
    return facts.ordered and not row.available and row.broken


def _verb(names: list[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
