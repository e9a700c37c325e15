"""Hazards: why terminating a pod would lose data, or a pod cannot be created.

Findings and the checks of plans ask the same functions, so that no plan is silent about what a finding warns of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import claim_name, one_line, pod_name
from stsview.model.states import ClaimStatus, NodeStatus, Status, VolumeStatus
from stsview.model.storage.template_drift import drift_of
from stsview.model.views import ClaimView, OrdinalView
from stsview.objects.volume import PersistentVolume

_HOSTNAME = "kubernetes.io/hostname"


class HazardKind(Status):
    """What is wrong with an object that a pod depends on.

    The value is the id of the check.
    """

    CLAIM_DELETED = "claim-being-deleted"
    CLAIM_LOST = "claim-lost"
    CLAIM_MISSING = "claim-missing"
    CLAIM_UNBOUND = "claim-not-bound"
    CLAIM_UNKNOWN = "claim-unknown"
    VOLUME_MISSING = "volume-missing"
    VOLUME_UNKNOWN = "volume-unknown"
    VOLUME_DELETED = "volume-being-deleted"
    VOLUME_NOT_BOUND = "volume-not-bound"
    NODE_CORDONED = "node-cordoned"
    NODE_LOST = "node-lost"
    FINALIZER = "finalizer"
    LEFTOVER_DELETED = "leftover-claim-being-deleted"
    LEFTOVER_LOST = "leftover-claim-lost"
    LEFTOVER_DIFFERS = "leftover-claim-differs"
    NAME_TAKEN = "name-taken"


_LOSES = frozenset(
    {
        HazardKind.CLAIM_DELETED,
        HazardKind.CLAIM_LOST,
        HazardKind.CLAIM_MISSING,
        HazardKind.CLAIM_UNBOUND,
        HazardKind.VOLUME_MISSING,
        HazardKind.VOLUME_NOT_BOUND,
    }
)


_BLOCKS = frozenset({HazardKind.LEFTOVER_DELETED, HazardKind.LEFTOVER_LOST, HazardKind.NAME_TAKEN})


@dataclass(frozen=True, slots=True)
class Hazard:
    kind: HazardKind
    pod: str
    text: str
    """One line: the object, its state, and what follows for the pod."""

    @property
    def loses_data(self) -> bool:
        """Whether terminating the pod loses its data, or access to it."""
        return self.kind in _LOSES

    @property
    def blocks(self) -> bool:
        """Whether the pod cannot be created, or cannot start, as things are."""
        return self.kind in _BLOCKS

    @property
    def unknown(self) -> bool:
        """Whether the objects that decide cannot be read."""
        return self.kind in (HazardKind.CLAIM_UNKNOWN, HazardKind.VOLUME_UNKNOWN)


def hazards_of_end(row: OrdinalView, objects: SetObjects) -> Iterator[Hazard]:
    """Hazards of terminating the pod of a row; none for a row without a pod.

    A claim that is being deleted exists only as long as a pod uses it (documentation: "Storage Object in Use
    Protection"): terminating the pod deletes it, and the controller creates an empty one for the replacement.
    """
    if row.missing:
        return
    for claim in row.claims:
        yield from _of_claim(row, claim, objects)
    if row.node_state.status in (NodeStatus.UNREACHABLE, NodeStatus.MISSING):
        how = "is unreachable" if row.node_state.status is NodeStatus.UNREACHABLE else "does not exist"
        yield Hazard(
            HazardKind.NODE_LOST,
            row.name,
            f"node {row.node} {how}: {row.name} stays Terminating until the termination is confirmed",
        )
    pod = objects.pods.get(row.name)
    if pod is not None and pod.metadata.finalizers:
        named = ", ".join(one_line(name) for name in pod.metadata.finalizers)
        yield Hazard(
            HazardKind.FINALIZER,
            row.name,
            f"{row.name} has finalizer {named}: it stays Terminating until that is removed",
        )


def hazards_of_creation(ordinal: int, objects: SetObjects) -> Iterator[Hazard]:
    """Hazards of creating an ordinal: leftover claims, and another pod of its name.

    The controller uses a claim of the right name as it is (documentation: "StatefulSets", Stable Storage), and creates
    no pod while that claim is being deleted (pkg/controller/statefulset/stateful_pod_control.go).
    """
    stateful = objects.set
    pod = pod_name(stateful.metadata.name, ordinal)
    holder = objects.pods.get(pod)
    owner = holder.metadata.controller if holder is not None else None
    if holder is not None and (owner is None or owner.uid != stateful.metadata.uid):
        by = f", owned by {owner.kind} {owner.name}" if owner is not None else ""
        yield Hazard(HazardKind.NAME_TAKEN, pod, f"another pod is already called {pod}{by}: {pod} cannot be created")
    for template in stateful.spec.volume_claim_templates:
        name = claim_name(template.metadata.name, stateful.metadata.name, ordinal)
        claim = objects.claims.get(name)
        if claim is None:
            continue
        if claim.metadata.deletion_timestamp is not None:
            text = f"leftover PVC {name} is being deleted: {pod} is not created before it is gone"
            yield Hazard(HazardKind.LEFTOVER_DELETED, pod, text)
        elif claim.status.phase == "Lost":
            text = f"leftover PVC {name} has lost its volume: {pod} will not start"
            yield Hazard(HazardKind.LEFTOVER_LOST, pod, text)
        elif drift := drift_of(claim.spec, template.spec):
            text = f"leftover PVC {name} differs from the template ({'; '.join(drift)}): {pod} uses it as it is"
            yield Hazard(HazardKind.LEFTOVER_DIFFERS, pod, text)


def claim_goes_with_pod(claim: ClaimView) -> bool:
    """Whether the claim is deleted as soon as no pod uses it."""
    return claim.status is ClaimStatus.TERMINATING


def claim_gone_under_pod(claim: ClaimView) -> bool:
    """Whether a running pod would get an empty claim, as its own is gone or unbound."""
    return claim.status in (ClaimStatus.MISSING, ClaimStatus.PENDING)


def _of_claim(row: OrdinalView, claim: ClaimView, objects: SetObjects) -> Iterator[Hazard]:
    pod, name = row.name, f"PVC {claim.name}"
    if claim_goes_with_pod(claim):
        yield Hazard(
            HazardKind.CLAIM_DELETED,
            pod,
            f"{name} is being deleted: it is removed when {pod} terminates; {_volume_then(claim)}",
        )
    elif claim.status is ClaimStatus.LOST:
        yield Hazard(HazardKind.CLAIM_LOST, pod, f"{name} has lost its volume: {pod} will not start again")
    elif claim_gone_under_pod(claim) and _runs(row, objects):
        kind = HazardKind.CLAIM_MISSING if claim.status is ClaimStatus.MISSING else HazardKind.CLAIM_UNBOUND
        how = "does not exist" if kind is HazardKind.CLAIM_MISSING else "is bound to no volume"
        yield Hazard(kind, pod, f"{name} {how}: the next {pod} starts empty")
    elif claim.status is ClaimStatus.UNKNOWN:
        yield Hazard(HazardKind.CLAIM_UNKNOWN, pod, f"whether {name} outlives {pod} is unknown: PVCs cannot be read")
    elif claim.status is ClaimStatus.BOUND:
        yield from _of_volume(row, claim, objects.volumes.get(claim.volume))


def _of_volume(row: OrdinalView, claim: ClaimView, volume: PersistentVolume | None) -> Iterator[Hazard]:
    pod, status = row.name, claim.volume_state.status
    name = f"volume {claim.volume} of PVC {claim.name}"
    if status is VolumeStatus.MISSING:
        yield Hazard(HazardKind.VOLUME_MISSING, pod, f"{name} does not exist: {pod} will not start again")
    elif status in (VolumeStatus.RELEASED, VolumeStatus.FAILED, VolumeStatus.AVAILABLE):
        yield Hazard(HazardKind.VOLUME_NOT_BOUND, pod, f"{name} is {status.label}: {pod} may not start again")
    elif status is VolumeStatus.UNKNOWN:
        why = claim.volume_state.detail
        yield Hazard(HazardKind.VOLUME_UNKNOWN, pod, f"whether {name} still exists is unknown: {why}")
    if volume is None:
        return
    if volume.metadata.deletion_timestamp is not None:
        yield Hazard(HazardKind.VOLUME_DELETED, pod, f"{name} is being deleted: it is removed with the PVC")
    if row.node_state.status is NodeStatus.CORDONED and nodes_of(volume) == {row.node}:
        yield Hazard(
            HazardKind.NODE_CORDONED,
            pod,
            f"node {row.node} is cordoned, and {name} is only there: {pod} cannot start before it is uncordoned",
        )


def nodes_of(volume: PersistentVolume) -> set[str]:
    """Names of the nodes that the affinity of a volume confines it to.

    Empty where it does not name nodes.
    """
    return {
        value
        for term in volume.spec.node_affinity.required.node_selector_terms
        for wanted in term.match_expressions
        if wanted.operator == "In" and wanted.key == _HOSTNAME
        for value in wanted.values
    }


def _volume_then(claim: ClaimView) -> str:
    state = claim.volume_state
    if not claim.volume:
        return "it has no volume"
    if state.reclaim == "Retain":
        return f"its volume {claim.volume} is kept (Retain)"
    if state.reclaim == "Delete":
        return f"its volume {claim.volume} is deleted too (reclaim policy Delete)"
    return f"what happens to its volume {claim.volume} is unknown"


def _runs(row: OrdinalView, objects: SetObjects) -> bool:
    pod = objects.pods.get(row.name)
    return pod is not None and pod.status.phase == "Running"
