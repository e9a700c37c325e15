"""Why an expected ordinal has no pod."""

from __future__ import annotations

from datetime import datetime

from stsview.model.advice import consequence, remedy
from stsview.model.facts import Facts
from stsview.model.rows import Row
from stsview.model.storage import is_stale
from stsview.model.views import Place, Severity, Tone, Wait, WaitReason

_NUDGE = "any write to the set, such as an annotation, makes the controller look again"


def missing(row: Row, facts: Facts) -> Wait:
    """The wait for a pod that does not exist, though nothing of the set holds up its creation.

    The controller is silent about most of the reasons: a name that is taken and a stale claim bring neither an event
    nor an error (stateful_set_control.go, processReplica; stateful_pod_control.go, CreateStatefulPod).
    """
    since = _due_since(row, facts)
    late = facts.overdue(since, facts.settings.act_grace)
    if row.slot.holder is not None:
        return _name_taken(row, since, late, facts)
    for view in facts.claims.get(row.name, ()):
        claim = facts.objects.claims.get(view.name)
        if claim is None or not view.template:
            continue
        if is_stale(claim, row.slot):
            detail = f"claim {view.name} still belongs to the pod before, and goes first"
            return _wait(row, detail, since, late, f"when the claim is gone and nothing happens: {_NUDGE}", facts)
        if claim.metadata.deletion_timestamp is not None:
            detail = f"claim {view.name} is being deleted, and must be gone first"
            return _wait(row, detail, since, late, "find out what still uses the claim, or holds it", facts)
    if not late:
        return _wait(row, "to be created", since, late, remedy(row, facts), facts)
    return Wait(
        WaitReason.MISSING,
        f"{row.name} is not created",
        "nothing to be seen here explains it",
        row.ordinal,
        since,
        Severity.STUCK,
        consequence(row, facts),
        f"read the events of the set (quota, admission); {_NUDGE}",
    )


def _name_taken(row: Row, since: datetime | None, late: bool, facts: Facts) -> Wait:
    stray = next((stray for stray in facts.rows.strays if stray.slot.pod is row.slot.holder), None)
    if stray is None or stray.slot.pod is None:
        return _wait(row, "another pod has its name", since, True, "", facts)
    owner = stray.slot.pod.metadata.controller
    if stray.slot.place is Place.ORPHANED:
        return _wait(row, "its pod is there, but not adopted yet", since, late, _NUDGE if late else "", facts)
    strange = "nobody owns, and that does not match the selector"
    whose = strange if owner is None else f"belongs to {owner.kind} {owner.name}"
    if stray.terminating:
        detail = f"a pod that {whose} has its name, and is {stray.state.word}"
        return _wait(row, detail, stray.state.since, stray.state.tone is Tone.BROKEN, remedy(stray, facts), facts)
    # What an earlier set of this name owned is being collected, or about to be.
    former = owner is not None and owner.kind == "StatefulSet" and owner.name == facts.set.metadata.name
    detail = f"a pod that {whose} has its name"
    free = f"delete that pod if it may go: {row.name} is created then"
    return _wait(row, detail, since, late or not former, free, facts)


def _wait(row: Row, detail: str, since: datetime | None, stuck: bool, next_: str, facts: Facts) -> Wait:
    return Wait(
        WaitReason.MISSING,
        f"waits for {row.name}",
        detail,
        row.ordinal,
        since,
        Severity.STUCK if stuck else Severity.ROLLING,
        consequence(row, facts),
        next_,
    )


def _due_since(row: Row, facts: Facts) -> datetime | None:
    """Since when it could be created: since it is missing and, in order, all below it are available."""
    instants = [row.state.since]
    if facts.ordered:
        instants += [below.available_at for below in facts.rows.expected if below.ordinal < row.ordinal]
    return max((instant for instant in instants if instant is not None), default=None)
