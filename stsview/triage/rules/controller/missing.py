"""Ordinals without a pod that should exist, and pods that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from stsview.model.action_id import ActionId
from stsview.model.explain.missing_ordinals import Gap
from stsview.model.explain.next_steps import kept_as_completed
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import one_line
from stsview.model.ordinals.identity import of_former_set
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.states import NodeStatus
from stsview.objects.kinds import EVENTS
from stsview.objects.pod import Pod
from stsview.triage.rule import Rule, Situation, kubectl, pod_ref, rule, set_ref
from stsview.triage.support import node_remedies
from stsview.triage.support.missing_pods import no_pod, not_reached, reconcile, stuck_absences
from stsview.triage.support.pod_groups import (
    earliest_since,
    group_by,
    pod_names,
    quoted,
    sample,
    subject,
    wait_consequence,
)
from stsview.triage.support.replaced_pods import replaced_without_end

_CONTROL = "pkg/controller/statefulset/stateful_pod_control.go, CreateStatefulPod"


@rule(
    level=Level.ERROR,
    title="Pod name is taken",
    meaning="A pod that does not belong to the set has the name of one of its ordinals. The controller cannot create "
    "the member and reports no event about it.",
    remedy="Find out which controller owns the pod. If it belonged to the set and only lost its labels, restore them; "
    "otherwise delete the pod if it is not needed. A pod that is stuck Terminating on a lost node, often of a former "
    "set of the same name, is removed only once its termination is confirmed: check that the machine is off first.",
    danger=Danger.LOSS,
    source=f"{_CONTROL}: a pod that already exists is no event",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def name_taken(case: RuleInput) -> Iterator[Finding]:
    for absence in stuck_absences(case, Gap.NAME_TAKEN):
        row, holder = absence.row, absence.row.slot.holder
        if holder is None:
            continue
        owner = holder.metadata.controller
        by = "a pod without an owner" if owner is None else f"a pod of {one_line(owner.kind)} {one_line(owner.name)}"
        former = of_former_set(holder, case.facts.set)
        if former:
            by = f"a pod of the former StatefulSet {case.view.name} (another uid)"
        terminating = ", which is stuck Terminating" if holder.metadata.deletion_timestamp is not None else ""
        stray = next(stray for stray in case.facts.rows.strays if stray.slot.pod is holder)
        lost = terminating and stray.broken and stray.node.status in _LOST
        if lost:
            terminating += f": node {stray.node.name} {_LOST[stray.node.status]}"
        command = kubectl(case, "get", "pod", row.name, "-o", "yaml")
        yield name_taken.finding(
            pod_ref(case, row.name, holder.metadata.uid),
            f"{row.name}: name is taken by {by}{terminating}",
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
                *([Evidence(f"Pod {row.name}", "spec.nodeName", stray.node.name)] if lost else []),
            ),
            tuple(_until_confirmed(case, stray, former))
            if lost
            else (
                Remedy(
                    f"find out which controller owns pod {row.name} and what it does", Danger.READ_ONLY, command=command
                ),
                *(_restore_labels(case, row) if owner is None and not terminating else ()),
                *(_delete_holder(case, row) if not terminating else ()),
            ),
            ordinals=absence.ordinals,
            so=not_reached(absence) or wait_consequence(case, [row]),
        )


_LOST = {
    NodeStatus.UNREACHABLE: "is unreachable",
    NodeStatus.NOT_READY: "is not Ready",
    NodeStatus.MISSING: "does not exist",
}


def _delete_holder(case: RuleInput, row: Row) -> Iterator[Remedy]:
    yield Remedy(
        f"delete pod {row.name} if it is not needed: the controller then creates the member {row.name}",
        Danger.DISRUPTIVE,
        command=kubectl(case, "delete", "pod", row.name),
    )


def _until_confirmed(case: RuleInput, stray: Row, former: bool) -> Iterator[Remedy]:
    """Steps until the end of a terminating pod on a lost node is confirmed; a further delete changes nothing."""
    node = stray.node.name
    yield node_remedies.verify_powered_off(node, exists=stray.node.status is not NodeStatus.MISSING)
    if stray.node.status is not NodeStatus.MISSING:
        yield node_remedies.start_kubelet(node)
        if not stray.node.out_of_service:
            yield node_remedies.taint_out_of_service(node)
        yield node_remedies.delete_node(node)
    for remedy in node_remedies.force_delete(case, [stray], node_remedies.TWO_WRITERS):
        # stsview force-deletes only pods that are, or were, the set's own.
        yield remedy if former else replace(remedy, action=None, pod="")


def _restore_labels(case: RuleInput, row: Row) -> Iterator[Remedy]:
    """The step after which the controller adopts the pod.

    It adopts a pod without an owner whose labels match (pkg/controller/controller_ref_manager.go).
    """
    labels = [f"{name}={value}" for name, value in case.facts.set.spec.selector.match_labels.items()]
    if labels:
        yield Remedy(
            f"if {row.name} belonged to the set, restore the selector's labels: the controller then adopts the pod",
            Danger.REVERSIBLE,
            command=kubectl(case, "label", "pod", row.name, "--overwrite", *labels),
        )


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))


@rule(
    level=Level.ERROR,
    title="Pod is not adopted",
    meaning="A pod with the name and labels of a member has no owner, and the controller does not adopt it. The "
    "controller neither replaces nor updates this pod.",
    remedy="Trigger a reconcile: any write to the StatefulSet makes the controller sync it again. If that does not "
    "help, read the log of kube-controller-manager.",
    danger=Danger.REVERSIBLE,
    source="pkg/controller/controller_ref_manager.go, ClaimPods",
    reaches=Reaches.ORDINALS,
    needs=Situation.ABSENT,
)
def pod_not_adopted(case: RuleInput) -> Iterator[Finding]:
    for absence in stuck_absences(case, Gap.NOT_ADOPTED):
        row, holder = absence.row, absence.row.slot.holder
        if holder is None:
            continue
        yield pod_not_adopted.finding(
            pod_ref(case, row.name, holder.metadata.uid),
            f"{row.name}: exists without an owner, and the controller does not adopt it",
            absence.since,
            (
                Evidence(f"Pod {row.name}", "metadata.ownerReferences", "absent"),
                Evidence(f"Pod {row.name}", "metadata.labels", quoted(_labels(holder.metadata.labels))),
            ),
            (reconcile(case, absence.since, "trigger a reconcile: the controller syncs the StatefulSet again"),),
            ordinals=[row.ordinal],
            so=wait_consequence(case, [row]),
        )


@rule(
    level=Level.ERROR,
    title="Pod is missing for an unknown reason",
    meaning="Nothing visible prevents the controller from creating the pod. The controller may be in back-off (up to "
    "17 minutes) after an error whose event has expired; it may have stopped silently, as after a quick scale-down and "
    "scale-up with whenScaled Delete; or a pod that stsview cannot see has the name.",
    remedy="Look for a pod of that name. If there is none, trigger a reconcile: any write to the StatefulSet makes the "
    "controller sync it again. If that does not help, read the log of kube-controller-manager.",
    danger=Danger.REVERSIBLE,
    source=f"{_CONTROL}; pkg/controller/statefulset/stateful_set.go, processNextWorkItem",
    reaches=Reaches.ORDINALS,
    fallback=True,
    needs=Situation.ABSENT,
)
def not_created(case: RuleInput) -> Iterator[Finding]:
    gone = stuck_absences(case, Gap.UNEXPLAINED)
    if not gone:
        return
    rows, began = [absence.row for absence in gone], min(filter(None, (one.since for one in gone)), default=None)
    events = case.facts.objects.covered(EVENTS)
    failures = "absent" if events.complete else f"unknown: {events.reason or 'events are still being read'}"
    status = case.facts.set.status
    yield not_created.finding(
        subject(case, rows),
        f"{pod_names(rows)}: not created, reason unknown",
        began,
        (
            *(no_pod(row) for row in sample(rows)),
            Evidence(str(set_ref(case)), "status.replicas", str(status.replicas)),
            Evidence(str(set_ref(case)), "event FailedCreate", failures),
        ),
        (
            *_look_up(case, rows),
            reconcile(case, began, "trigger a reconcile: the controller syncs the StatefulSet again"),
        ),
        ordinals=[row.ordinal for row in rows],
        so=wait_consequence(case, rows),
    )


def _look_up(case: RuleInput, rows: Sequence[Row]) -> Iterator[Remedy]:
    """A step that gets the first pod whose name stsview could not look up."""
    for row in rows:
        if row.name not in case.facts.objects.named_pods:
            yield Remedy(
                f"check whether a pod outside this view has the name {row.name}",
                Danger.READ_ONLY,
                command=kubectl(case, "get", "pod", row.name, "-o", "yaml"),
            )
            return


@rule(
    level=Level.ERROR,
    title="Pod failed or was evicted",
    meaning="The pod was evicted, was preempted, or reached the phase Failed or Succeeded. It never runs again: the "
    "controller deletes and recreates it, with OrderedReady only when its turn comes. Older versions do not "
    "replace a pod that completed (Succeeded).",
    remedy="Wait for the controller to recreate the pod; trigger a reconcile if it does not, and delete a pod that "
    "completed long ago. The reason shows whether the new pod is likely to fail too.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase; "
    "pkg/controller/statefulset/stateful_set_control.go, processReplica; "
    "https://github.com/kubernetes/kubernetes/issues/118310",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def pod_failed(case: RuleInput) -> Iterator[Finding]:
    ended = [row for row in case.down if row.diagnosis.cause is Cause.ENDED and not row.terminating]
    if not ended:
        return
    looping = {loop.row.ordinal for loop in replaced_without_end(case)}
    for rows in group_by(ended, lambda row: row.diagnosis.because):
        first = rows[0]
        pod_step = first.ordinal == case.view.wait.ordinal or not case.facts.ordered
        seen = case.facts.sightings.since("ended", _uid(first.slot.pod))
        late = pod_step and case.facts.overdue(seen, case.facts.settings.act_grace) and first.ordinal not in looping
        if pod_step and kept_as_completed(first, case.facts):
            steps = list(_delete(case, rows))
        elif late:
            again = f"trigger a reconcile: the controller should have recreated {pod_names(rows)} by now"
            steps = [reconcile(case, seen, again)]
        else:
            when = "" if pod_step else " when its turn comes"
            steps = [Remedy(f"wait: the controller recreates {pod_names(rows)}{when}", Danger.READ_ONLY)]
        yield pod_failed.finding(
            subject(case, rows),
            f"{pod_names(rows)}: {first.diagnosis.because}",
            earliest_since(rows),
            [one for row in sample(rows) for one in _status(row)],
            steps,
            ordinals=[row.ordinal for row in rows],
            so=wait_consequence(case, rows),
        )


def _delete(case: RuleInput, rows: Sequence[Row]) -> Iterator[Remedy]:
    for row in rows:
        yield Remedy(
            f"delete {row.name}: older controllers do not replace a pod that completed",
            Danger.DISRUPTIVE,
            ActionId.DELETE_POD,
            kubectl(case, "delete", "pod", row.name),
            row.name,
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
