"""Hazards: why terminating a pod would lose data, or a pod cannot be created.

Findings and the checks of plans ask the same functions, so that no plan is silent about what a finding warns of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stsview.model.base import Record
from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import claim_name, listed, one_line, pod_name
from stsview.model.pods.tolerations import tolerates
from stsview.model.states import ClaimStatus, NodeStatus, Status, VolumeStatus
from stsview.model.storage.resizes import resize_of
from stsview.model.storage.template_drift import drift_of
from stsview.model.views import ClaimView, OrdinalView
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.node import Node
from stsview.objects.pod import Pod
from stsview.objects.volume import NodeSelectorTerm, PersistentVolume

_HOSTNAME = "kubernetes.io/hostname"


class HazardKind(Status):
    """What is wrong with an object that a pod depends on.

    The value is the id of the check.
    """

    CLAIM_DELETED = "claim-being-deleted"
    CLAIM_LOST = "claim-lost"
    CLAIM_MISSING = "claim-missing"
    CLAIM_UNBOUND = "claim-not-bound"
    CLAIM_OWNED = "claim-owned-by-pod"
    CLAIM_UNKNOWN = "claim-unknown"
    VOLUME_MISSING = "volume-missing"
    VOLUME_UNKNOWN = "volume-unknown"
    VOLUME_DELETED = "volume-being-deleted"
    VOLUME_NOT_BOUND = "volume-not-bound"
    VOLUME_TAKEN = "volume-of-other-claim"
    VOLUME_RESERVED = "volume-reserved"
    EXPANSION_FAILS = "expansion-fails"
    OUT_OF_REACH = "volume-out-of-reach"
    REACH_UNKNOWN = "volume-reach-unknown"
    NODE_CORDONED = "node-cordoned"
    NODE_LOST = "node-lost"
    FINALIZER = "finalizer"
    LEFTOVER_DELETED = "leftover-claim-being-deleted"
    LEFTOVER_LOST = "leftover-claim-lost"
    LEFTOVER_UNUSABLE = "leftover-claim-unusable"
    LEFTOVER_DIFFERS = "leftover-claim-differs"
    NAME_TAKEN = "name-taken"


_LOSES = frozenset(
    {
        HazardKind.CLAIM_DELETED,
        HazardKind.CLAIM_LOST,
        HazardKind.CLAIM_MISSING,
        HazardKind.CLAIM_UNBOUND,
        HazardKind.CLAIM_OWNED,
        HazardKind.VOLUME_MISSING,
        HazardKind.VOLUME_NOT_BOUND,
        HazardKind.VOLUME_TAKEN,
    }
)


_BLOCKS = frozenset(
    {
        HazardKind.LEFTOVER_DELETED,
        HazardKind.LEFTOVER_LOST,
        HazardKind.LEFTOVER_UNUSABLE,
        HazardKind.NAME_TAKEN,
    }
)

Nodes = Mapping[str, Node] | None
"""All nodes that may reach the volumes of a set, by name; None where they cannot be read."""


class Hazard(Record, frozen=True):
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
        return self.kind in (HazardKind.CLAIM_UNKNOWN, HazardKind.VOLUME_UNKNOWN, HazardKind.REACH_UNKNOWN)


def hazards_of_end(row: OrdinalView, objects: SetObjects, nodes: Nodes = None) -> Iterator[Hazard]:
    """Hazards of terminating the pod of a row; none for a row without a pod.

    Where the volumes are reachable is judged by `nodes`.

    A claim that is being deleted exists only as long as a pod uses it (documentation: "Storage Object in Use
    Protection"): terminating the pod deletes it, and the controller creates an empty one for the replacement.
    """
    if row.missing:
        return
    for claim in row.claims:
        yield from _of_claim(row, claim, objects, nodes)
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


def hazards_of_creation(ordinal: int, objects: SetObjects, nodes: Nodes = None) -> Iterator[Hazard]:
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
        if (unusable := unusable_leftover(claim, objects, nodes)) is not None:
            kind, why = unusable
            effect = "is not created before it is gone" if kind is HazardKind.LEFTOVER_DELETED else "will not start"
            yield Hazard(kind, pod, f"leftover PVC {name} {why}: {pod} {effect}")
        elif drift := drift_of(claim.spec, template.spec):
            text = f"leftover PVC {name} differs from the template ({'; '.join(drift)}): {pod} uses it as it is"
            yield Hazard(HazardKind.LEFTOVER_DIFFERS, pod, text)


def unusable_leftover(
    claim: PersistentVolumeClaim, objects: SetObjects, nodes: Nodes = None
) -> tuple[HazardKind, str] | None:
    """Why a new pod cannot use a leftover claim: `has lost its volume`; None where it can, or that is unknown."""
    if claim.metadata.deletion_timestamp is not None:
        return HazardKind.LEFTOVER_DELETED, "is being deleted"
    if claim.status.phase == "Lost":
        return HazardKind.LEFTOVER_LOST, "has lost its volume"
    volume = objects.volumes.get(claim.spec.volume_name)
    if volume is None:
        return None  # the controller soon marks the claim as Lost if it does not exist
    name = volume.metadata.name
    if reserved_for_other(volume, claim):
        return HazardKind.LEFTOVER_UNUSABLE, f"names volume {name}, which is reserved for {claimant(volume, claim)}"
    if nodes is not None and confined(volume) and not reaching(volume, nodes):
        return HazardKind.LEFTOVER_UNUSABLE, f"names volume {name}, which no node can reach"
    return None


def reserved_for_other(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """Whether the claimRef of the volume names another claim (pkg/volume/util, IsVolumeBoundToClaim)."""
    ref = volume.spec.claim_ref
    if not ref.name:
        return False
    named = (ref.namespace, ref.name) == (claim.metadata.namespace, claim.metadata.name)
    return not named or ref.uid not in ("", claim.metadata.uid)


def claimant(volume: PersistentVolume, claim: PersistentVolumeClaim) -> str:
    """The other claim that a volume is reserved for: `PVC data/a`, or `an earlier PVC a` of the same name."""
    ref = volume.spec.claim_ref
    if (ref.namespace, ref.name) == (claim.metadata.namespace, claim.metadata.name):
        return f"an earlier PVC {one_line(ref.name)}"
    return f"PVC {one_line(ref.namespace)}/{one_line(ref.name)}"


def claim_goes_with_pod(claim: ClaimView) -> bool:
    """Whether the claim is deleted as soon as no pod uses it."""
    return claim.status is ClaimStatus.TERMINATING


def claim_gone_under_pod(claim: ClaimView) -> bool:
    """Whether a running pod would get an empty claim, as its own is gone or unbound."""
    return claim.status in (ClaimStatus.MISSING, ClaimStatus.PENDING)


def claim_owned_by_pod(name: str, pod: Pod, objects: SetObjects) -> bool:
    """Whether the garbage collector deletes the claim once the pod is gone, as the pod owns it.

    Not for the claim of a generic ephemeral volume, which is meant to be deleted with its pod.
    """
    claim = objects.claims.get(name)
    if claim is None or name in pod.ephemeral_claims:
        return False
    return any(owner.uid == pod.metadata.uid for owner in claim.metadata.owner_references)


def _of_claim(row: OrdinalView, claim: ClaimView, objects: SetObjects, nodes: Nodes) -> Iterator[Hazard]:
    pod, name = row.name, f"PVC {claim.name}"
    held = objects.pods.get(row.name)
    if not claim_goes_with_pod(claim) and held is not None and claim_owned_by_pod(claim.name, held, objects):
        text = f"{name} is owned by {pod} and deleted with it; {_volume_then(claim)}"
        yield Hazard(HazardKind.CLAIM_OWNED, pod, text)
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
        yield from _of_volume(row, claim, objects, nodes)
        yield from _of_expansion(row, claim, objects)
    elif claim.status is ClaimStatus.PENDING and (taken := _taken(claim, objects)):
        yield Hazard(HazardKind.VOLUME_RESERVED, pod, f"{taken}: {pod} will not start")


def _of_expansion(row: OrdinalView, claim: ClaimView, objects: SetObjects) -> Iterator[Hazard]:
    """A kubelet mounts a volume that has grown only once its file system is expanded too.

    Source: kubernetes/pkg/volume/util/operationexecutor/operation_generator.go, GenerateMountVolumeFunc.
    """
    held = objects.claims.get(claim.name)
    if held is None or held.status.capacity == held.spec.resources.requests:
        return
    resize = resize_of(held)
    if resize.on_node and resize.stage.failed and not resize.in_use:
        text = f"the file system of PVC {claim.name} fails to expand: a new {row.name} may not start before it does"
        yield Hazard(HazardKind.EXPANSION_FAILS, row.name, text)


def _taken(claim: ClaimView, objects: SetObjects) -> str:
    """That the volume of a claim is reserved for another one; empty where it is not."""
    held, volume = objects.claims.get(claim.name), objects.volumes.get(claim.volume)
    if held is None or volume is None or not reserved_for_other(volume, held):
        return ""
    return f"volume {claim.volume} of PVC {claim.name} is reserved for {claimant(volume, held)}"


def _of_volume(row: OrdinalView, claim: ClaimView, objects: SetObjects, nodes: Nodes) -> Iterator[Hazard]:
    volume = objects.volumes.get(claim.volume)
    pod, status = row.name, claim.volume_state.status
    name = f"volume {claim.volume} of PVC {claim.name}"
    if status is VolumeStatus.MISSING:
        yield Hazard(HazardKind.VOLUME_MISSING, pod, f"{name} does not exist: {pod} will not start again")
    elif status in (VolumeStatus.RELEASED, VolumeStatus.FAILED, VolumeStatus.AVAILABLE):
        yield Hazard(HazardKind.VOLUME_NOT_BOUND, pod, f"{name} is {status.label}: {pod} may not start again")
    elif status is VolumeStatus.UNKNOWN:
        why = claim.volume_state.detail
        yield Hazard(HazardKind.VOLUME_UNKNOWN, pod, f"whether {name} still exists is unknown: {why}")
    if taken := _taken(claim, objects):
        yield Hazard(HazardKind.VOLUME_TAKEN, pod, f"{taken}: {pod} will not start again")
    if volume is None:
        return
    if volume.metadata.deletion_timestamp is not None:
        yield Hazard(HazardKind.VOLUME_DELETED, pod, f"{name} is being deleted: it is removed with the PVC")
    yield from _of_reach(row, f"the volume of PVC {claim.name}", volume, objects, nodes)


def _of_reach(
    row: OrdinalView, name: str, volume: PersistentVolume, objects: SetObjects, nodes: Nodes
) -> Iterator[Hazard]:
    """That no node would run the pod again with this volume."""
    pod, held = row.name, objects.pods.get(row.name)
    if row.node_state.status is NodeStatus.CORDONED and nodes_of(volume) == {row.node}:
        text = f"node {row.node} is cordoned, and {name} is only there: {pod} cannot start before it is uncordoned"
        yield Hazard(HazardKind.NODE_CORDONED, pod, text)
        return
    if not confined(volume) or held is None:
        return
    if nodes is None:
        if nodes_of(volume) != {row.node}:
            text = f"whether a node that reaches {name} accepts {pod} is unknown: nodes cannot be listed"
            yield Hazard(HazardKind.REACH_UNKNOWN, pod, text)
        return
    there = reaching(volume, nodes)
    if any(accepts(node, held) for node in there):
        return
    where = f"the nodes that reach {name} ({listed(sorted(one.metadata.name for one in there))})"
    why = f"{where} are cordoned, not Ready or tainted" if there else f"no node reaches {name}"
    yield Hazard(HazardKind.OUT_OF_REACH, pod, f"{why}: {pod} cannot start again")


def confined(volume: PersistentVolume) -> bool:
    """Whether only some nodes reach the volume."""
    return bool(volume.spec.node_affinity.required.node_selector_terms)


def reaching(volume: PersistentVolume, nodes: Mapping[str, Node]) -> list[Node]:
    """The nodes that a volume is reachable from, in no order."""
    return [node for node in nodes.values() if reaches(volume, node)]


def reaches(volume: PersistentVolume, node: Node) -> bool:
    """Whether a volume is reachable from a node."""
    terms = volume.spec.node_affinity.required.node_selector_terms
    return not terms or any(_matches(term, node) for term in terms)


def accepts(node: Node, pod: Pod) -> bool:
    """Whether the scheduler may place a pod like this one on the node, room and affinity aside.

    pkg/scheduler/framework/plugins, nodeunschedulable and tainttoleration. A node whose kubelet is not Ready has a
    taint only after a moment.
    """
    if node.spec.unschedulable or node.metadata.deletion_timestamp is not None:
        return False
    if node.ready is None or node.ready.status != "True":
        return False
    selector = pod.spec.node_selector
    if any(node.metadata.labels.get(key) != value for key, value in selector.items()):
        return False
    hard = (taint for taint in node.spec.taints if taint.effect in ("NoSchedule", "NoExecute"))
    return all(any(tolerates(one, taint) for one in pod.spec.tolerations) for taint in hard)


def _matches(term: NodeSelectorTerm, node: Node) -> bool:
    """Whether the node meets the term; an operator that is not known here is assumed to be met.

    staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity.
    """
    labels = node.metadata.labels
    for one in term.match_expressions:
        value = labels.get(one.key)
        met = {
            "In": value in one.values,
            "NotIn": value not in one.values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not met.get(one.operator, True):
            return False
    return True


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
