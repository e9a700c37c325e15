"""Deadlocked rollouts.

The controller waits for a pod to be Ready that only its replacement could make Ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.next_steps import consequence
from stsview.model.explain.rule_input import RuleInput
from stsview.model.explain.set_facts import Facts
from stsview.model.finding import Certainty, Danger, Evidence, Finding, Level, Reaches, Remedy
from stsview.model.names import listed
from stsview.model.ordinals.rows import Row
from stsview.model.pods.diagnosis import Cause
from stsview.model.rollout.blocked import blocks_own_replacement
from stsview.model.rollout.partition import partition_of
from stsview.model.rollout.rollout_progress import max_unavailable_of
from stsview.model.states import ClaimStatus, Health
from stsview.objects.kinds import PODS
from stsview.triage.rule import Situation, kubectl, row_ref, rule, set_ref
from stsview.triage.support.pod_groups import condition_evidence
from stsview.triage.support.template_remedies import lower_partition

_REVISION = "metadata.labels.controller-revision-hash"

_DOCS = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset"

_SOURCE = f"https://github.com/kubernetes/kubernetes/issues/67250; {_DOCS}/#forced-rollback"


@rule(
    level=Level.ERROR,
    title="Broken pod blocks its own update",
    meaning="With OrderedReady the controller waits until every pod is Ready before it replaces one. A broken pod on "
    "an old revision is therefore never replaced, and the rollout stops, even after the template has been fixed. A "
    "rollback alone does not help.",
    remedy="Check that the update revision is the one you want, then delete the lowest broken pod: the controller "
    "recreates it on the update revision. Check the set again once the new pod is Ready.",
    danger=Danger.DISRUPTIVE,
    source=_SOURCE,
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def revision_deadlock(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not case.down or not facts.ordered or not _updates(facts):
        return
    stuck = [row for row in case.down if _blocks_itself(row) and row.revision != facts.comes_back_on(row)]
    if not stuck:
        return
    first = stuck[0]
    before = [row for row in facts.rows.expected if row.ordinal < first.ordinal and not row.available]
    if any(row.state.health in (Health.DEGRADED, Health.WARNING, Health.UNKNOWN) for row in before):
        return
    successor = facts.short(facts.comes_back_on(first))
    steps = []
    if before:
        wait = f"wait until {listed([row.name for row in before])} {'is' if len(before) == 1 else 'are'} Ready"
        steps.append(Remedy(wait, Danger.READ_ONLY))
    # A higher pod deleted first stays missing: the lower one blocks its creation.
    then = f", then check {listed([row.name for row in stuck[1:]])}" if len(stuck) > 1 else ""
    delete = f"delete {first.name}: the controller recreates it on {successor}{then}"
    # Unblocking deletes only pods that come back on the update revision.
    action = ActionId.UNBLOCK if facts.comes_back_on(first) == facts.rollout.update else ActionId.DELETE_POD
    steps.append(Remedy(delete, Danger.DISRUPTIVE, action, _delete(case, first), first.name))
    yield revision_deadlock.finding(
        row_ref(case, first),
        f"{first.name}: blocks its own update: delete the pod to move it to {successor}",
        _since(first, facts),
        (*_revisions(case, [first]), *_broken(case, [first])),
        steps,
        ordinals=[row.ordinal for row in stuck],
        so=consequence(first, facts),
    )


@rule(
    level=Level.ERROR,
    title="Broken pod would be recreated on the same revision",
    meaning="The pod is broken, and deleting it would recreate it on the same revision: its ordinal is below the "
    "partition, or the update strategy has no partition and the controller keeps the lowest pods on the current "
    "revision until the others are updated. With OrderedReady the rollout waits until this pod is Ready.",
    remedy="Fix the cause without replacing the pod, or lower the partition so that the update includes the pod, and "
    "then delete it.",
    danger=Danger.DISRUPTIVE,
    source=f"{_DOCS}/#partitions; pkg/controller/statefulset/stateful_set_utils.go, newVersionedStatefulSetPod",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def kept_by_partition(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not case.down or not facts.ordered or not _updates(facts):
        return
    row = case.down[0]
    if not _blocks_itself(row) or row.revision != facts.comes_back_on(row):
        return
    revision, named = facts.short(row.revision), facts.set.spec.update_strategy.rolling_update is not None
    keeps = f"partition {partition_of(facts.set)} keeps the pod" if named else "if deleted, it is recreated"
    partition = str(partition_of(facts.set)) if named else "absent"
    yield kept_by_partition.finding(
        row_ref(case, row),
        f"{row.name}: {keeps} on broken revision {revision}: {row.diagnosis.because}",
        row.state.since,
        (
            Evidence(str(set_ref(case)), "spec.updateStrategy.rollingUpdate.partition", partition),
            *_revisions(case, [row]),
            *_broken(case, [row]),
        ),
        (
            Remedy(f"fix the cause without deleting {row.name}: a new pod gets the same revision", Danger.READ_ONLY),
            lower_partition(case, row),
        ),
        ordinals=[row.ordinal],
        so=consequence(row, facts),
    )


@rule(
    level=Level.ERROR,
    title="Broken pods exhaust maxUnavailable",
    meaning="Broken pods on the old revision count against maxUnavailable and use it up, so that the controller cannot "
    "replace them. Kubernetes 1.35.0 to 1.35.3 do this by default, other versions if the feature gate is on; from 1.37 "
    "on the controller replaces such pods first.",
    remedy="Delete the broken pods: the controller recreates them on the update revision. Then upgrade the control "
    "plane.",
    danger=Danger.DISRUPTIVE,
    source="https://github.com/kubernetes/kubernetes/issues/137409; KEP-961",
    reaches=Reaches.ORDINALS,
    needs=Situation.DOWN,
)
def max_unavailable_deadlock(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    budget = max_unavailable_of(facts.set) if case.down else None
    if facts.ordered or budget is None or not _updates(facts):
        return
    using = [row for row in facts.rows.expected if not row.available]
    stuck = [row for row in using if _blocks_itself(row) and facts.partition_reaches(row)]
    if not stuck or len(using) < budget or any(row.missing or row.terminating for row in using):
        return
    # A controller that replaces broken pods first does so at once: only time shows which version this one is.
    since = facts.sightings.since("spent", facts.rollout.update, *(row.ordinal for row in stuck))
    if not facts.overdue(since, facts.settings.act_grace):
        return
    names, update = listed([row.name for row in stuck]), facts.short(facts.rollout.update)
    first = stuck[0]
    yield max_unavailable_deadlock.finding(
        row_ref(case, first),
        f"{names}: {'blocks' if len(stuck) == 1 else 'block'} the update: broken and counted against maxUnavailable "
        f"{budget}; delete {'the pod' if len(stuck) == 1 else 'the pods'} to move to {update}",
        max((_since(row, facts) or since for row in stuck), default=since),
        (
            Evidence(str(set_ref(case)), "spec.updateStrategy.rollingUpdate.maxUnavailable", _max_unavailable(facts)),
            *_revisions(case, stuck),
            *_broken(case, stuck),
        ),
        [
            *(
                Remedy(
                    f"delete {row.name}: the controller recreates it on {update}",
                    Danger.DISRUPTIVE,
                    ActionId.UNBLOCK,
                    _delete(case, row),
                    row.name,
                )
                for row in stuck
            ),
            Remedy("upgrade the control plane to a version that replaces broken pods first", Danger.DISRUPTIVE),
        ],
        ordinals=[row.ordinal for row in stuck],
        so=_not_replaced(stuck, facts),
        certainty=Certainty.LIKELY,
    )


@rule(
    level=Level.WARNING,
    title="First member may wait for members that are not created",
    meaning="All members are down, and with OrderedReady the controller creates the others only once the first is "
    "Ready. A member of a quorum that waits for its peers never becomes Ready alone: this happens after a full outage, "
    "not in a rolling restart.",
    remedy="Read the log of the first member. If it waits for the others, recreate the StatefulSet with "
    "podManagementPolicy Parallel: all members then start together. Many applications have a setting to start alone.",
    danger=Danger.DISRUPTIVE,
    source=f"{_DOCS}/#parallel-pod-management; https://github.com/bitnami/charts/issues/8056",
    needs=Situation.DOWN,
)
def ordered_start_deadlock(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    rows = facts.rows.expected
    if not facts.ordered or len(rows) < 2 or not case.down or not facts.objects.complete(PODS):
        return
    first, others = rows[0], rows[1:]
    pod = first.slot.pod
    if pod is None or first.terminating or not first.broken or pod.status.phase != "Running":
        return
    if first.diagnosis.cause not in (Cause.CRASH, Cause.SLOW) or not all(row.missing for row in others):
        return
    claims = [view for row in others for view in facts.claims.get(row.name, ()) if view.status is ClaimStatus.BOUND]
    if not claims:
        return  # nothing tells that the others ever ran
    names = listed([row.name for row in others])
    yield ordered_start_deadlock.finding(
        set_ref(case),
        f"{names}: not created before {first.name} is Ready, which may wait for {'it' if len(others) == 1 else 'them'}",
        first.state.since,
        (
            Evidence(str(set_ref(case)), "spec.podManagementPolicy", facts.set.spec.pod_management_policy),
            condition_evidence(pod, "Ready"),
            *(Evidence(f"PersistentVolumeClaim {view.name}", "status.phase", "Bound") for view in claims[:_SAMPLE]),
        ),
        (
            Remedy(
                f"read the log of {first.name}: does it wait for other members?",
                Danger.READ_ONLY,
                command=kubectl(case, "logs", first.name, "--all-containers"),
            ),
            Remedy(
                "if so: recreate the StatefulSet with podManagementPolicy Parallel; all members then start together",
                Danger.DISRUPTIVE,
                action=ActionId.RECREATE,
                changes=("podManagementPolicy=Parallel",),
            ),
        ),
        ordinals=[row.ordinal for row in others],
        so=f"if {first.name} needs a quorum, no member starts",
        certainty=Certainty.LIKELY,
    )


_SAMPLE = 3


def _updates(facts: Facts) -> bool:
    """Whether pods are updated, and the status describes the current template."""
    meta = facts.set.metadata
    seen = meta.generation <= facts.set.status.observed_generation
    return facts.rolling and seen and meta.deletion_timestamp is None


def _blocks_itself(row: Row) -> bool:
    return blocks_own_replacement(row, diagnosis=row.diagnosis)


def _since(row: Row, facts: Facts) -> datetime | None:
    """When the pod was first both broken and outdated."""
    return max((since for since in (row.state.since, facts.rollout.since) if since is not None), default=None)


def _revisions(case: RuleInput, rows: Sequence[Row]) -> Iterator[Evidence]:
    for row in rows:
        yield Evidence(f"Pod {row.name}", _REVISION, row.revision)
    yield Evidence(str(set_ref(case)), "status.updateRevision", case.facts.rollout.update)


def _broken(case: RuleInput, rows: Sequence[Row]) -> Iterator[Evidence]:
    for row in rows:
        if row.slot.pod is not None:
            yield condition_evidence(row.slot.pod, "Ready")
    if case.facts.ordered:
        yield Evidence(str(set_ref(case)), "spec.podManagementPolicy", case.facts.set.spec.pod_management_policy)


def _max_unavailable(facts: Facts) -> str:
    update = facts.set.spec.update_strategy.rolling_update
    return str(update.max_unavailable) if update is not None else "absent"


def _not_replaced(stuck: Sequence[Row], facts: Facts) -> str:
    others = [
        row.name
        for row in reversed(facts.rows.expected)
        if row.outdated and facts.partition_reaches(row) and row not in stuck
    ]
    return f"{listed(others)} {'is' if len(others) == 1 else 'are'} not replaced until then" if others else ""


def _delete(case: RuleInput, row: Row) -> str:
    return kubectl(case, "delete", "pod", row.name)


RULES = (revision_deadlock, kept_by_partition, max_unavailable_deadlock, ordered_start_deadlock)
