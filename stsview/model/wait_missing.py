"""Why an expected ordinal has no pod."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stsview.model.advice import consequence, remedy
from stsview.model.facts import Facts
from stsview.model.rows import Row
from stsview.model.storage import is_stale
from stsview.model.views import Place, Severity, Tone, Wait, WaitReason
from stsview.objects.pod import Pod

_NUDGE = "any write to the set, such as an annotation, makes the controller look again"


@dataclass(frozen=True, slots=True)
class Absence:
    """Why one ordinal is missing, before it is said how that concerns the rest of the set."""

    row: Row
    detail: str
    since: datetime | None
    stuck: bool
    next: str = ""
    explained: bool = True


def missing(rows: Iterable[Row], facts: Facts) -> Wait | None:
    """The wait for pods that do not exist, though nothing of the set holds up their creation: the worst of them."""
    absence = max((_absence(row, facts) for row in rows), key=lambda absence: absence.stuck, default=None)
    if absence is None:
        return None
    row = absence.row
    return Wait(
        WaitReason.MISSING,
        f"waits for {row.name}" if absence.explained else f"{row.name} is not created",
        absence.detail,
        row.ordinal,
        absence.since,
        Severity.STUCK if absence.stuck else Severity.ROLLING,
        consequence(row, facts),
        absence.next or remedy(row, facts),
    )


def _absence(row: Row, facts: Facts) -> Absence:
    """The controller is silent about most of the reasons: a name that is taken and a stale claim bring neither an event
    nor an error (stateful_set_control.go, processReplica; stateful_pod_control.go, CreateStatefulPod)."""
    since = _due_since(row, facts)
    late = facts.overdue(since, facts.settings.act_grace)
    if row.slot.holder is not None:
        return _name_taken(row, row.slot.holder, since, late, facts)
    for view in facts.claims.get(row.name, ()):
        claim = facts.objects.claims.get(view.name)
        if claim is None or not view.template:
            continue
        if is_stale(claim, row.slot):
            detail = f"claim {view.name} still belongs to the pod before, and goes first"
            return Absence(row, detail, since, late, f"when the claim is gone and nothing happens: {_NUDGE}")
        if claim.metadata.deletion_timestamp is not None:
            detail = f"claim {view.name} is being deleted, and must be gone first"
            return Absence(row, detail, since, late, "find out what still uses the claim, or holds it")
    if not late:
        return Absence(row, "to be created", since, late)
    look = f"read the events of the set (quota, admission); {_NUDGE}"
    return Absence(row, "nothing to be seen here explains it", since, late, look, explained=False)


def _name_taken(row: Row, holder: Pod, since: datetime | None, late: bool, facts: Facts) -> Absence:
    stray = next(stray for stray in facts.rows.strays if stray.slot.pod is holder)
    owner = holder.metadata.controller
    if stray.slot.place is Place.ORPHANED:
        return Absence(row, "its pod is there, but not adopted yet", since, late, _NUDGE if late else "")
    strange = "nobody owns, and that does not match the selector"
    whose = strange if owner is None else f"belongs to {owner.kind} {owner.name}"
    if stray.terminating:
        detail = f"a pod that {whose} has its name, and is {stray.state.word}"
        return Absence(row, detail, stray.state.since, stray.state.tone is Tone.BROKEN, remedy(stray, facts))
    # What an earlier set of this name owned is being collected, or about to be.
    former = owner is not None and owner.kind == "StatefulSet" and owner.name == facts.set.metadata.name
    free = f"delete that pod if it may go: {row.name} is created then"
    return Absence(row, f"a pod that {whose} has its name", since, late or not former, free)


def _due_since(row: Row, facts: Facts) -> datetime | None:
    """Since when it could be created: since it is missing and, in order, all below it are available."""
    instants = [row.state.since]
    if facts.ordered:
        instants += [below.available_at for below in facts.rows.expected if below.ordinal < row.ordinal]
    return max((instant for instant in instants if instant is not None), default=None)
