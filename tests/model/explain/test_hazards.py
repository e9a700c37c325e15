"""What terminating a pod would lose, and what keeps its replacement from starting."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stsview.model.explain.hazards import Hazard, HazardKind, hazards_of_creation, hazards_of_end
from stsview.objects.kinds import CLAIMS, VOLUMES
from stsview.objects.meta import Condition, OwnerReference
from stsview.objects.pod import Pod
from stsview.objects.volume import (
    ClaimReference,
    NodeSelector,
    NodeSelectorRequirement,
    NodeSelectorTerm,
    PersistentVolume,
    VolumeNodeAffinity,
)
from tests.support.model.build import (
    around,
    at,
    claim,
    node,
    owned_by,
    pod,
    row,
    stateful_set,
    view_of,
    volume,
    without,
)

PV = "pv-data-web-0"


def hazards(member: Pod | None = None, **parts: Any) -> list[Hazard]:
    objects = around(stateful_set(1), [member or pod(0)], **parts)
    return list(hazards_of_end(row(view_of(objects, 900, first_seen=0), 0), objects))


def kinds(member: Pod | None = None, **parts: Any) -> list[HazardKind]:
    return [one.kind for one in hazards(member, **parts)]


def changed(held: PersistentVolume, **fields: Any) -> dict[str, PersistentVolume]:
    return {PV: msgspec.structs.replace(held, **fields)}


def test_a_healthy_pod_has_no_hazard() -> None:
    assert hazards() == []


def test_a_terminating_claim_is_deleted_with_its_pod() -> None:
    (one,) = hazards(claims=[claim("data-web-0", deletion_timestamp=at(1))])
    assert (one.kind, one.loses_data) == (HazardKind.CLAIM_DELETED, True)
    assert one.text == (
        "PVC data-web-0 is being deleted: it is removed when web-0 terminates; "
        "its volume pv-data-web-0 is deleted too (reclaim policy Delete)"
    )


def test_a_retained_volume_is_kept() -> None:
    held = volume(PV)
    kept = changed(held, spec=msgspec.structs.replace(held.spec, persistent_volume_reclaim_policy="Retain"))
    (one,) = hazards(claims=[claim("data-web-0", deletion_timestamp=at(1))], volumes=kept)
    assert one.text.endswith("its volume pv-data-web-0 is kept (Retain)")


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"claims": [claim("data-web-0", phase="Lost")], "volumes": {}}, HazardKind.CLAIM_LOST),
        ({"claims": []}, HazardKind.CLAIM_MISSING),
        ({"claims": [claim("data-web-0", phase="Pending")]}, HazardKind.CLAIM_UNBOUND),
        ({"volumes": {}}, HazardKind.VOLUME_MISSING),
        ({"volumes": {PV: volume(PV, phase="Released")}}, HazardKind.VOLUME_NOT_BOUND),
        ({"volumes": {PV: volume(PV, phase="Failed")}}, HazardKind.VOLUME_NOT_BOUND),
    ],
)
def test_an_unrecoverable_volume_loses_data(parts: dict[str, Any], kind: HazardKind) -> None:
    found = hazards(**parts)
    assert [(one.kind, one.loses_data) for one in found] == [(kind, True)]


@pytest.mark.parametrize(("hidden", "kind"), [(CLAIMS, HazardKind.CLAIM_UNKNOWN), (VOLUMES, HazardKind.VOLUME_UNKNOWN)])
def test_unreadable_objects_are_unknown(hidden: Any, kind: HazardKind) -> None:
    empty: dict[str, Any] = {"claims": []} if hidden is CLAIMS else {"volumes": {}}
    (one,) = hazards(coverage=without(hidden), **empty)
    assert (one.kind, one.unknown, one.loses_data) == (kind, True, False)


def test_a_terminating_volume_warns() -> None:
    held = volume(PV)
    meta = msgspec.structs.replace(held.metadata, deletion_timestamp=at(1))
    assert kinds(volumes=changed(held, metadata=meta)) == [HazardKind.VOLUME_DELETED]


@pytest.mark.parametrize(
    ("state", "message", "found"),
    [
        ("NodeResizeInfeasible", "bad superblock", [HazardKind.EXPANSION_FAILS]),
        ("NodeResizePending", "rpc error: code = FailedPrecondition desc = in use", []),
        ("ControllerResizeInfeasible", "no space in the pool", []),
    ],
)
def test_a_file_system_that_fails_to_expand_warns(state: str, message: str, found: list[HazardKind]) -> None:
    held = claim("data-web-0", requested="20Gi")
    status = msgspec.structs.replace(
        held.status,
        conditions=(Condition(type="NodeResizeError", status="True", message=message),),
        allocated_resource_statuses={"storage": state},
    )
    assert kinds(claims=[msgspec.structs.replace(held, status=status)]) == found


def test_a_cordoned_node_matters_for_a_volume_tied_to_it() -> None:
    held = volume(PV)
    term = NodeSelectorTerm(
        match_expressions=(NodeSelectorRequirement(key="kubernetes.io/hostname", operator="In", values=("node-1",)),)
    )
    affinity = VolumeNodeAffinity(required=NodeSelector(node_selector_terms=(term,)))
    local = changed(held, spec=msgspec.structs.replace(held.spec, node_affinity=affinity))
    cordoned = {"node-1": node("node-1", cordoned=True)}
    assert kinds(volumes=local, nodes=cordoned) == [HazardKind.NODE_CORDONED]
    assert kinds(nodes=cordoned) == []
    assert kinds(volumes=local) == []


@pytest.mark.parametrize("nodes", [{"node-1": node("node-1", "Unknown")}, {}])
def test_a_lost_node_does_not_confirm_the_termination(nodes: dict[str, Any]) -> None:
    (one,) = hazards(nodes=nodes)
    assert (one.kind, one.loses_data) == (HazardKind.NODE_LOST, False)


def test_a_finalizer_keeps_the_pod() -> None:
    (one,) = hazards(pod(0, finalizers=("example.com/backup",)))
    assert one.text == "web-0 has finalizer example.com/backup: it stays Terminating until that is removed"


@pytest.mark.parametrize(
    ("held", "kind", "blocks"),
    [
        (claim("data-web-1", deletion_timestamp=at(1)), HazardKind.LEFTOVER_DELETED, True),
        (claim("data-web-1", phase="Lost"), HazardKind.LEFTOVER_LOST, True),
        (claim("data-web-1", volume_mode="Block"), HazardKind.LEFTOVER_DIFFERS, False),
    ],
)
def test_a_leftover_claim_that_a_new_pod_cannot_use(held: Any, kind: HazardKind, blocks: bool) -> None:
    objects = around(stateful_set(1), [pod(0)], claims=[claim("data-web-0"), held])
    (one,) = hazards_of_creation(1, objects)
    assert (one.kind, one.pod, one.blocks) == (kind, "web-1", blocks)


def test_a_taken_name() -> None:
    objects = around(stateful_set(1), [pod(0), pod(1, owner_references=owned_by("other", "ReplicaSet", "web-abc"))])
    (one,) = hazards_of_creation(1, objects)
    assert one.text == "another pod is already called web-1, owned by ReplicaSet web-abc: web-1 cannot be created"


def test_a_free_ordinal_has_no_hazard() -> None:
    assert list(hazards_of_creation(1, around(stateful_set(1), [pod(0)]))) == []


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        ([node("node-2", zone="a")], None),
        ([node("node-2", zone="a", cordoned=True)], HazardKind.OUT_OF_REACH),
        ([node("node-2", zone="b")], HazardKind.OUT_OF_REACH),
        ([node("node-2", "Unknown", zone="a")], HazardKind.OUT_OF_REACH),
        (None, HazardKind.REACH_UNKNOWN),
    ],
)
def test_a_pod_starts_again_only_where_its_volume_is_reachable(others: list[Any] | None, kind: Any) -> None:
    own = node(zone="a", cordoned=True)
    objects = around(stateful_set(1), [pod(0)], volumes={PV: volume(PV, zone="a")}, nodes={"node-1": own})
    listed = None if others is None else {one.metadata.name: one for one in (own, *others)}
    found = [one.kind for one in hazards_of_end(row(view_of(objects), 0), objects, listed)]
    assert found == ([] if kind is None else [kind])


def test_a_leftover_claim_in_a_zone_without_nodes_blocks_the_new_pod() -> None:
    held = volume("pv-data-web-1", zone="gone")
    objects = around(stateful_set(1), [pod(0)], claims=[claim("data-web-1")], volumes={"pv-data-web-1": held})
    (one,) = hazards_of_creation(1, objects, {"node-1": node(zone="a")})
    assert (one.kind, one.blocks) == (HazardKind.LEFTOVER_UNUSABLE, True)
    assert list(hazards_of_creation(1, objects, {"node-1": node(zone="gone")})) == []


def test_a_volume_that_is_reserved_for_another_claim_does_not_come_back() -> None:
    held = volume(PV)
    ref = ClaimReference(namespace="default", name="restored", uid="other")
    taken = {PV: msgspec.structs.replace(held, spec=msgspec.structs.replace(held.spec, claim_ref=ref))}
    (one,) = hazards(volumes=taken)
    assert (one.kind, one.loses_data) == (HazardKind.VOLUME_TAKEN, True)
    waiting = pod(0, phase="Pending", ready="False")
    waiting_claim = claim("data-web-0", phase="Pending")
    pending = [msgspec.structs.replace(waiting_claim, spec=msgspec.structs.replace(waiting_claim.spec, volume_name=PV))]
    (one,) = hazards(waiting, claims=pending, volumes=taken)
    assert (one.kind, one.loses_data) == (HazardKind.VOLUME_RESERVED, False)


def test_a_claim_that_its_pod_owns_is_deleted_with_it() -> None:
    owner = OwnerReference(kind="Pod", name="web-0", uid="web-0-uid")
    (one,) = hazards(claims=[claim("data-web-0", owner_references=(owner,))])
    assert (one.kind, one.loses_data) == (HazardKind.CLAIM_OWNED, True)
    former = OwnerReference(kind="Pod", name="web-0", uid="earlier")
    assert kinds(claims=[claim("data-web-0", owner_references=(former,))]) == []
