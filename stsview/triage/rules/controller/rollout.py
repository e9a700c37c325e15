"""Rollouts that wait for an operator.

They are deliberate at first, and worth a notice once they look forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from stsview.model.action_id import ActionId
from stsview.model.explain.rule_input import RuleInput
from stsview.model.finding import Danger, Evidence, Finding, Level, Remedy
from stsview.model.names import listed
from stsview.model.rollout.partition import partition_of, reaches_no_pod
from stsview.model.rollout.saved_partition import CANARY_PARTITION, PAUSED_PARTITION
from stsview.triage.rule import kubectl, rule, set_ref

_PARTITIONS = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions"


@rule(
    level=Level.NOTICE,
    title="Partition left behind",
    meaning="Every pod at or above the partition is updated, and the pods below it have stayed on the old revision for "
    "days. If they are deleted or evicted, they come back on the old revision too.",
    remedy="To continue the update, lower the partition, step by step or to 0; otherwise roll back.",
    danger=Danger.DISRUPTIVE,
    source=_PARTITIONS,
)
def partition_left_behind(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not facts.rollout.held or reaches_no_pod(partition_of(facts.set), facts.set.spec.replicas):
        return
    since = _held_since(case)
    if not facts.overdue(since, facts.settings.canary_age):
        return
    kept = [row.name for row in facts.rows.expected if row.outdated]
    stay = f"{listed(kept)} {'stays' if len(kept) == 1 else 'stay'}"
    yield partition_left_behind.finding(
        set_ref(case),
        f"partition {facts.rollout.partition} left behind: {stay} on {facts.short(facts.rollout.current)}",
        since,
        _revisions(case),
        (_lower(case, "the remaining pods"),),
        ordinals=[row.ordinal for row in facts.rows.expected if row.outdated],
    )


@rule(
    level=Level.NOTICE,
    title="Partition blocks the whole update",
    meaning="The partition is not lower than the number of replicas: the template has changed, but no pod gets the "
    "change. This is how a rollout is paused; it also results from scaling down a set that has a partition.",
    remedy="To start the update, lower the partition.",
    danger=Danger.DISRUPTIVE,
    source=_PARTITIONS,
)
def partition_blocks_update(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if not facts.rollout.held or not reaches_no_pod(partition_of(facts.set), facts.set.spec.replicas):
        return
    since = _held_since(case)
    if not facts.overdue(since, facts.settings.pause_age):
        return
    value, replicas = partition_of(facts.set), facts.set.spec.replicas
    yield partition_blocks_update.finding(
        set_ref(case),
        f"partition {value} blocks the update of {'the only pod' if replicas == 1 else f'all {replicas} pods'}",
        since,
        (Evidence(str(set_ref(case)), "spec.replicas", str(replicas)), *_revisions(case)),
        (_lower(case, "all pods"),),
    )


@rule(
    level=Level.NOTICE,
    title="Pods need manual deletion (OnDelete)",
    meaning="With the update strategy OnDelete the controller replaces no pod by itself: a pod gets the new template "
    "only after it is deleted.",
    remedy="Update the pods one at a time: `stsview restart NAME --ordered --other-revision` evicts each when all "
    "others are available. Or delete them, the highest first, and wait each time until the new pod is Ready.",
    danger=Danger.DISRUPTIVE,
    source="https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies",
)
def on_delete_pending(case: RuleInput) -> Iterator[Finding]:
    facts = case.facts
    if facts.set.spec.update_strategy.type != "OnDelete" or facts.set.metadata.deletion_timestamp is not None:
        return
    waiting = [row for row in facts.rows.expected if row.outdated and not row.terminating]
    if not waiting:
        return
    since = _held_since(case)
    # Operators use OnDelete to replace the pods themselves, in their own order and time.
    if not facts.overdue(since, facts.settings.pause_age if facts.set.metadata.controller is not None else 0):
        return
    names, update = listed([row.name for row in waiting]), facts.short(facts.rollout.update)
    settled = all(row.available for row in facts.rows.expected)
    highest = waiting[-1].name
    those = listed([row.name for row in reversed(waiting)])
    pace = ", one at a time, each when all others are available" if len(waiting) > 1 else ""
    delete = f"or delete {highest} yourself: the controller recreates it on {update}; continue when it is Ready"
    steps = [
        Remedy(f"update {those} to {update}{pace}", Danger.DISRUPTIVE, ActionId.ORDERED_RESTART),
        Remedy(delete, Danger.DISRUPTIVE, ActionId.DELETE_POD, kubectl(case, "delete", "pod", highest), highest),
    ]
    if not settled:
        steps.insert(0, Remedy("wait until all pods are Ready", Danger.READ_ONLY))
    yield on_delete_pending.finding(
        set_ref(case),
        f"{names}: {'needs' if len(waiting) == 1 else 'need'} manual deletion (OnDelete) to move to {update}",
        since,
        (
            Evidence(str(set_ref(case)), "spec.updateStrategy.type", "OnDelete"),
            Evidence(str(set_ref(case)), "status.updateRevision", facts.rollout.update),
        ),
        steps,
        ordinals=[row.ordinal for row in waiting],
    )


def _held_since(case: RuleInput) -> datetime:
    """When the pods began to wait for the operator.

    A rollback leaves no trace in the objects: then, when that was first observed.
    """
    rollout = case.facts.rollout
    seen = case.facts.sightings.since("held", rollout.update, rollout.partition)
    return seen if rollout.since is None else min(seen, rollout.since)


def _revisions(case: RuleInput) -> Iterator[Evidence]:
    about, rollout = str(set_ref(case)), case.facts.rollout
    yield Evidence(about, "spec.updateStrategy.rollingUpdate.partition", str(partition_of(case.facts.set)))
    yield Evidence(about, "status.currentRevision", rollout.current)
    yield Evidence(about, "status.updateRevision", rollout.update)


def _lower(case: RuleInput, pods: str) -> Remedy:
    """The step that restores the partition from before stsview raised it, else 0.

    A paused rollout is resumed at its saved partition; one that was held by hand continues like a canary.
    """
    rollout = case.facts.rollout
    former, action, annotation, step = 0, ActionId.CANARY_NEXT, "", "lower the partition to 0"
    if rollout.paused_from is not None:
        former, action, annotation = rollout.paused_from, ActionId.RESUME, PAUSED_PARTITION
        step = f"resume the rollout at partition {former}, its value before the pause"
    elif rollout.canary_from is not None:
        former, annotation = rollout.canary_from, CANARY_PARTITION
        step = f"finish the canary at partition {former}, its value before the canary"
    patch: dict[str, object] = {"metadata": {"annotations": {annotation: None}}} if annotation else {}
    patch["spec"] = {"updateStrategy": {"rollingUpdate": {"partition": former}}}
    text = json.dumps(patch, separators=(",", ":"))
    command = kubectl(case, "patch", "statefulset", case.view.name, "--type=merge", "-p", text)
    replaced = f"the pods at or above partition {former}" if former else pods
    return Remedy(f"{step}: replaces {replaced}, the highest first", Danger.DISRUPTIVE, action, command)


RULES = (partition_left_behind, partition_blocks_update, on_delete_pending)
