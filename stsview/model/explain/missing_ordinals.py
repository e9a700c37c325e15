"""Why an expected ordinal has no pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum

from msgspec.structs import replace

from stsview.model.base import Record
from stsview.model.explain.next_steps import consequence, next_step
from stsview.model.explain.refusals import (
    LONGEST_SET_NAME,
    NAMESPACE_TERMINATING,
    Refusal,
    refusals_of,
    set_name_too_long_for,
)
from stsview.model.explain.set_facts import Facts
from stsview.model.ordinals.identity import of_former_set
from stsview.model.ordinals.rows import Row
from stsview.model.states import Health
from stsview.model.storage.claims import is_stale
from stsview.model.timing.moment import later
from stsview.model.views import Place, Severity, Wait, WaitReason
from stsview.objects.pod import Pod

_RECONCILE = "trigger a reconcile (any write to the set, such as an annotation)"

_LAG = 5
"""Seconds by which the event may be older than the sighting of the same failure."""


class Gap(Enum):
    """What keeps an ordinal from having a pod."""

    DUE = "due"
    """Nothing so far: it is about to be created."""
    NAME_TAKEN = "name taken"
    NOT_ADOPTED = "not adopted"
    """A pod with the labels of the set has its name, and no owner."""
    STALE_CLAIM = "stale claim"
    CLAIM_TERMINATING = "claim going"
    REFUSED = "refused"
    BEHIND = "behind"
    """A lower ordinal cannot be created, and the controller may not get as far as this one."""
    UNEXPLAINED = "unexplained"


_FAILING = (Gap.NAME_TAKEN, Gap.STALE_CLAIM, Gap.CLAIM_TERMINATING, Gap.REFUSED)
"""What ends a sync of the controller before it has tried the higher ordinals, also with Parallel: older versions stop
at the first error, newer ones at the first batch with one (pkg/controller/statefulset/stateful_set_control.go,
runForAll; https://github.com/kubernetes/kubernetes/issues/111778)."""


class Absence(Record, frozen=True):
    """Why one ordinal has no pod, regardless of the rest of the set."""

    row: Row
    gap: Gap
    detail: str
    since: datetime | None
    """Since when it could have been created."""
    stuck: bool
    next: str = ""
    claim: str = ""
    """The claim that prevents the creation."""
    refusal: Refusal | None = None
    behind: tuple[Row, ...] = ()
    """The higher ordinals that are not created for no reason of their own."""

    @property
    def ordinals(self) -> list[int]:
        """Of the row, and of those behind it."""
        return [self.row.ordinal, *(row.ordinal for row in self.behind)]


def absences(facts: Facts) -> Iterator[Absence]:
    """Of each ordinal that is to be created now.

    With OrderedReady that is at most the lowest one that is not available, with Parallel every missing one; none of a
    set that is being deleted, or gone.
    """
    if facts.set.metadata.deletion_timestamp is not None or facts.objects.gone:
        return iter(())
    rows = [row for row in facts.rows.expected if not row.available]
    due = [
        row for row in (rows[:1] if facts.ordered else rows) if row.missing and row.state.health is not Health.UNKNOWN
    ]
    refusals = refusals_of(facts.objects) if due else {}
    return iter(_behind([_absence(row, refusals, facts) for row in due]))


def _behind(found: list[Absence]) -> list[Absence]:
    """The same, where those without a reason of their own are behind the first one that fails."""
    first = next((absence for absence in found if absence.stuck and absence.gap in _FAILING), None)
    if first is None:
        return found
    behind = tuple(
        absence.row for absence in found if absence.gap is Gap.UNEXPLAINED and absence.row.ordinal > first.row.ordinal
    )
    detail = f"{first.row.name} cannot be created, and the controller stops there"
    return [
        replace(absence, behind=behind)
        if absence is first
        else replace(absence, gap=Gap.BEHIND, detail=detail, next=first.next)
        if absence.row in behind
        else absence
        for absence in found
    ]


def wait_for_missing(facts: Facts) -> Wait | None:
    """The worst wait for a missing pod that no other pod of the set holds up."""
    absence = max(absences(facts), key=lambda absence: absence.stuck, default=None)
    if absence is None:
        return None
    row = absence.row
    explained = absence.gap not in (Gap.REFUSED, Gap.UNEXPLAINED)
    return Wait(
        WaitReason.MISSING,
        f"waits for {row.name}" if explained else f"{row.name} is not created",
        absence.detail,
        row.ordinal,
        absence.since,
        Severity.STUCK if absence.stuck else Severity.ROLLING,
        consequence(row, facts),
        absence.next or next_step(row, facts),
    )


def _absence(row: Row, refusals: Mapping[str, Refusal], facts: Facts) -> Absence:
    """Why the pod of `row` is missing.

    The controller reports few of the reasons: a name that is taken and a stale claim cause neither an event nor an
    error (stateful_set_control.go, processReplica; stateful_pod_control.go, CreateStatefulPod).
    """
    since = _due_since(row, facts)
    late = facts.overdue(since, facts.settings.act_grace)
    if row.slot.holder is not None:
        return _name_taken(row, row.slot.holder, since, late, facts)
    for view in facts.claims.get(row.name, ()):
        claim = facts.objects.claims.get(view.name)
        if claim is None or not view.template:
            continue
        if is_stale(claim, row.slot):
            detail = f"PVC {view.name} still belongs to the previous pod and is deleted first"
            again = f"if the pod is not created once the PVC is gone, {_RECONCILE}"
            return Absence(row, Gap.STALE_CLAIM, detail, since, late, again, view.name)
        if claim.metadata.deletion_timestamp is not None:
            detail = f"PVC {view.name} is being deleted and must be gone first"
            step = "find out what still uses the PVC, or which finalizer holds it"
            return Absence(row, Gap.CLAIM_TERMINATING, detail, since, late, step, view.name)
    refusal = refusals.get(row.name)
    began = _refused_since(refusal, row, since) if refusal is not None else None
    if refusal is not None and facts.overdue(began, facts.settings.refused_grace):
        since = began
        detail = f"creation refused: {refusal.error}"
        step = f"once that is fixed, {_RECONCILE}"
        if set_name_too_long_for(refusal.error, facts.set.metadata.name):
            step = f"recreate the set under a name of at most {LONGEST_SET_NAME} characters"
        elif NAMESPACE_TERMINATING.search(refusal.error):
            step = ""
        return Absence(row, Gap.REFUSED, detail, since, True, step, refusal=refusal)
    if not late:
        return Absence(row, Gap.DUE, "about to be created", since, late)
    step = f"check the events of the set (quota, admission), then {_RECONCILE}"
    return Absence(row, Gap.UNEXPLAINED, "no visible reason", since, late, step)


def _refused_since(refusal: Refusal, row: Row, since: datetime | None) -> datetime | None:
    """Since when creations of the pod are refused; None if the refusal is about an earlier pod, created since.

    However old the event is, it explains the absence of a pod that has not existed since: event recorders drop most
    repetitions (client-go, tools/record, EventSourceObjectSpamFilter), and the status changes with other pods.
    """
    seen = refusal.event.last_seen
    if seen is None:
        return None
    if row.vanished and row.state.since is not None and seen < later(row.state.since, -_LAG):
        return None
    return seen if since is None else min(since, seen)


def _name_taken(row: Row, holder: Pod, since: datetime | None, late: bool, facts: Facts) -> Absence:
    stray = next(stray for stray in facts.rows.strays if stray.slot.pod is holder)
    owner = holder.metadata.controller
    if stray.slot.place is Place.ORPHANED:
        detail = "its pod exists, but is not adopted yet"
        return Absence(row, Gap.NOT_ADOPTED, detail, since, late, _RECONCILE if late else "")
    unowned = "a pod without an owner that does not match the selector"
    taken = f"its name is taken by {unowned if owner is None else f'a pod of {owner.kind} {owner.name}'}"
    if stray.terminating:
        detail = f"{taken}: {stray.state.label}"
        stuck = stray.state.health is Health.DEGRADED
        return Absence(row, Gap.NAME_TAKEN, detail, stray.state.since, stuck, next_step(stray, facts))
    # The garbage collector is about to delete what an earlier set of this name owned.
    former = of_former_set(holder, facts.set)
    delete = f"delete that pod if it is not needed: {row.name} is created afterwards"
    return Absence(row, Gap.NAME_TAKEN, taken, since, late or not former, delete)


def _due_since(row: Row, facts: Facts) -> datetime | None:
    """Since when it is missing and, with OrderedReady, all below it are available."""
    instants = [row.state.since]
    if facts.ordered:
        instants += [below.available_at for below in facts.rows.expected if below.ordinal < row.ordinal]
    return max((instant for instant in instants if instant is not None), default=None)
