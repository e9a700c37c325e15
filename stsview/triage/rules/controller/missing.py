"""Ordinals without a pod, though it is their turn to have one, and pods that have ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stsview.model.explain.missing_ordinals import Gap
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.objects.kinds import EVENTS
from stsview.objects.pod import Pod
from stsview.triage.rule import Rule, kubectl, pod_ref, rule, set_ref
from stsview.triage.support.missing_pods import no_pod, reconcile, stuck_absences
from stsview.triage.support.pod_groups import (
    earliest_since,
    group_by,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)

_CONTROL = "pkg/controller/statefulset/stateful_pod_control.go, CreateStatefulPod"


@rule(
    level=Level.ERROR,
    title="The name of a pod is taken",
    meaning="A pod that does not belong to the set has the name that one of its ordinals must have. The controller "
    "cannot create its own, and says nothing about it.",
    remedy="Find out whose pod it is. If it was the set's and only lost its labels, give them back; else delete it if "
    "it may go.",
    danger=Danger.DISRUPTIVE,
    source=f"{_CONTROL}: a pod that already exists is no event",
    reaches=Reaches.ORDINALS,
)
def name_taken(case: RuleInput) -> Iterator[Finding]:
    for absence in stuck_absences(case, Gap.NAME_TAKEN):
        row, holder = absence.row, absence.row.slot.holder
        if holder is None:
            continue
        owner = holder.metadata.controller
        whose = "that nobody owns" if owner is None else f"of {one_line(owner.kind)} {one_line(owner.name)}"
        ending = ", which is stuck Terminating" if holder.metadata.deletion_timestamp is not None else ""
        look = kubectl(case, "get", "pod", row.name, "-o", "yaml")
        yield name_taken.finding(
            pod_ref(case, row.name, holder.metadata.uid),
            f"{row.name}: its name is taken by a pod {whose}{ending}",
            absence.since,
            (
                Evidence(f"Pod {row.name}", "metadata.uid", quoted(holder.metadata.uid)),
                Evidence(
                    f"Pod {row.name}",
                    "metadata.ownerReferences",
                    "absent" if owner is None else f"{one_line(owner.kind)} {one_line(owner.name)} {owner.uid}",
                ),
                Evidence(f"Pod {row.name}", "metadata.labels", quoted(_labels(holder.metadata.labels))),
                Evidence(str(set_ref(case)), "metadata.uid", quoted(case.view.uid)),
            ),
            (
                Remedy("find out whose pod it is, and what it does", Danger.READ_ONLY, command=look),
                *(_adopted(case, row) if owner is None and not ending else ()),
                Remedy(
                    f"delete that pod if it may go: the set's own {row.name} is created then",
                    Danger.DISRUPTIVE,
                    command=kubectl(case, "delete", "pod", row.name),
                ),
            ),
            ordinals=[row.ordinal],
            so=wait_consequence(case, [row]),
        )


def _adopted(case: RuleInput, row: Row) -> Iterator[Remedy]:
    """An owner that is lost comes back with the labels (pkg/controller/controller_ref_manager.go)."""
    labels = [f"{name}={value}" for name, value in case.facts.set.spec.selector.match_labels.items()]
    if labels:
        yield Remedy(
            "if it was the set's, give it back the labels of the selector: it is adopted then",
            Danger.REVERSIBLE,
            command=kubectl(case, "label", "pod", row.name, "--overwrite", *labels),
        )


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))


@rule(
    level=Level.ERROR,
    title="A pod is not adopted",
    meaning="A pod with the name and the labels of a member belongs to nobody, and the controller does not take it: it "
    "neither mends nor replaces it.",
    remedy="Nudge the set: any write to it makes the controller look. If that does not help, read the log of "
    "kube-controller-manager.",
    danger=Danger.REVERSIBLE,
    source="pkg/controller/controller_ref_manager.go, ClaimPods",
    reaches=Reaches.ORDINALS,
)
def pod_not_adopted(case: RuleInput) -> Iterator[Finding]:
    for absence in stuck_absences(case, Gap.NOT_ADOPTED):
        row, holder = absence.row, absence.row.slot.holder
        if holder is None:
            continue
        yield pod_not_adopted.finding(
            pod_ref(case, row.name, holder.metadata.uid),
            f"{row.name}: its pod is there, belongs to nobody and is not adopted",
            absence.since,
            (
                Evidence(f"Pod {row.name}", "metadata.ownerReferences", "absent"),
                Evidence(f"Pod {row.name}", "metadata.labels", quoted(_labels(holder.metadata.labels))),
            ),
            (reconcile(case, absence.since, "nudge the set: the controller looks at it again"),),
            ordinals=[row.ordinal],
            so=wait_consequence(case, [row]),
        )


@rule(
    level=Level.ERROR,
    title="An ordinal is missing, and nothing says why",
    meaning="Nothing that can be seen holds up the creation of the pod. The controller may be pausing after an error "
    "of which the event is gone, for up to 17 minutes; it may have stopped without a word, as after a quick scaling "
    "down and up with whenScaled Delete; or a pod that is not shown here has the name.",
    remedy="Ask for a pod of that name. If there is none, nudge the set: any write to it makes the controller look. If "
    "that does not help, read the log of kube-controller-manager.",
    danger=Danger.REVERSIBLE,
    source=f"{_CONTROL}; pkg/controller/statefulset/stateful_set.go, processNextWorkItem",
    reaches=Reaches.ORDINALS,
    fallback=True,
)
def not_created(case: RuleInput) -> Iterator[Finding]:
    gone = stuck_absences(case, Gap.UNEXPLAINED)
    if not gone:
        return
    rows, began = [absence.row for absence in gone], min(filter(None, (one.since for one in gone)), default=None)
    events = case.facts.objects.covered(EVENTS)
    told = "absent" if events.complete else f"unknown: {events.reason or 'events are still being read'}"
    status = case.facts.set.status
    yield not_created.finding(
        subject(case, rows),
        f"{pod_names(rows)}: not created, and nothing says why",
        began,
        (
            *(no_pod(row) for row in sample(rows)),
            Evidence(str(set_ref(case)), "status.replicas", str(status.replicas)),
            Evidence(str(set_ref(case)), "event FailedCreate", told),
        ),
        (
            *_asked_for(case, rows),
            reconcile(case, began, "nudge the set: the controller looks at it again"),
        ),
        ordinals=[row.ordinal for row in rows],
        so=wait_consequence(case, rows),
    )


def _asked_for(case: RuleInput, rows: Sequence[Row]) -> Iterator[Remedy]:
    """A look at each name that could not be taken here yet, or cannot."""
    for row in rows:
        if row.name not in case.facts.objects.named_pods:
            yield Remedy(
                f"see whether a pod that is not shown here has the name {row.name}",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pod", row.name, "-o", "yaml"),
            )
            return


@rule(
    level=Level.ERROR,
    title="A pod has ended as a whole",
    meaning="The pod was evicted, preempted, or ended for good in another way. It never runs again: the controller "
    "deletes it and makes a new one, in order only when its turn comes.",
    remedy="Nothing need be done for this pod, unless it stays: then nudge the set. What ended it tells whether the "
    "next one will fare better.",
    danger=Danger.REVERSIBLE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase; "
    "pkg/controller/statefulset/stateful_set_control.go, processReplica",
    reaches=Reaches.ORDINALS,
)
def pod_failed(case: RuleInput) -> Iterator[Finding]:
    ended = [row for row in case.down if row.diagnosis.cause is Cause.ENDED and not row.terminating]
    for rows in group_by(ended, lambda row: row.diagnosis.because):
        first = rows[0]
        pod_step = first.ordinal == case.view.wait.ordinal or not case.facts.ordered
        seen = case.facts.sightings.since("ended", _uid(first.slot.pod))
        late = pod_step and case.facts.overdue(seen, case.facts.settings.act_grace)
        if late:
            again = reconcile(case, seen, f"nudge the set: {pod_names(rows)} should have been made anew by now")
            steps = [again]
        else:
            when = "" if pod_step else " when its turn comes"
            steps = [Remedy(f"wait: the controller makes {pod_names(rows)} anew{when}", Danger.READ_ONLY)]
        yield pod_failed.finding(
            subject(case, rows),
            f"{pod_names(rows)}: ended for good: {first.diagnosis.because}",
            earliest_since(rows),
            [one for row in sample(rows) for one in _status(row)],
            steps,
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


def _status(row: Row) -> Iterator[Evidence]:
    pod = row.slot.pod
    if pod is not None:
        for name, value in (
            ("phase", pod.status.phase),
            ("reason", pod.status.reason),
            ("message", pod.status.message),
        ):
            yield Evidence(f"Pod {row.name}", f"status.{name}", quoted(value))


def _uid(pod: Pod | None) -> str:
    return pod.metadata.uid if pod is not None else ""


RULES: tuple[Rule, ...] = (name_taken, pod_not_adopted, not_created, pod_failed)
