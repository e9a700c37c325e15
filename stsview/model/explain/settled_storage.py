"""The storage of a set that is well, which needs no second look until one of its objects changes.

The PVCs, volumes, and attachments of nearly all sets stay as they are while their pods change. What was derived from
them then holds further, and they are not even decoded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from stsview.model.cache.set_objects import SetObjects
from stsview.model.explain.hazards import reserved_for_other
from stsview.model.ordinals.identity import Identity
from stsview.model.ordinals.rows import Row
from stsview.model.states import ClaimStatus, ClassStatus, VolumeStatus
from stsview.model.views import ClaimView, OrdinalView
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import STATEFULSETS
from stsview.objects.pod import Pod
from stsview.objects.statefulset import StatefulSet


def storage_as_before(identity: Identity, former: Sequence[OrdinalView], changed: Collection[str]) -> bool:
    """Whether the ordinals have the same pods, on the same nodes and with the same claims, as in the former view.

    `changed`: the names of the pods that have changed since.
    """
    slots = identity.expected + identity.surplus
    return (
        not identity.strays
        and len(slots) == len(former)
        and all(
            (slot.name, slot.place) == (view.name, view.place)
            and (
                view.uid is None
                if slot.pod is None
                else slot.pod.metadata.uid == view.uid
                and slot.pod.spec.node_name == view.node
                and (slot.name not in changed or _mounts(slot.pod, view))
            )
            for slot, view in zip(slots, former, strict=True)
        )
    )


def _mounts(pod: Pod, view: OrdinalView) -> bool:
    """Whether the pod mounts the claims of the view, but for those that the templates of the set name."""
    named = {claim.name for claim in view.claims if claim.template}
    mounted = [
        volume.persistent_volume_claim.claim_name
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
    ]
    others = [name for name in mounted if name not in named]
    return others == [claim.name for claim in view.claims if not claim.template] and pod.ephemeral_claims == [
        claim.name for claim in view.ephemeral_claims
    ]


def is_settled(ordinals: Sequence[OrdinalView]) -> bool:
    """Whether all claims are bound, and neither time nor a first sighting has a part in what is known of them."""
    for row in ordinals:
        for claim in row.all_claims:
            if not _settled(claim):
                return False
    return True


def _settled(claim: ClaimView) -> bool:
    return (
        claim.status is ClaimStatus.BOUND
        and claim.volume_state.status is VolumeStatus.BOUND
        and claim.class_state.status in (ClassStatus.KNOWN, ClassStatus.NOT_NEEDED)
    )


def unusual_claims(objects: SetObjects, rows: Sequence[Row], claims: Mapping[str, tuple[ClaimView, ...]]) -> bool:
    """Whether a PVC belongs to something other than the set, or its volume is deleted or reserved for another PVC.

    Also where there are more PVCs than those of the set's ordinals.
    """
    if not objects.claims:
        return False
    shown = sum([bool(view.template and view.uid) for views in claims.values() for view in views])
    if len(objects.claims) > shown:
        return True
    for row in rows:
        for view in claims.get(row.name, ()):
            claim = objects.claims.get(view.name)
            if claim is not None and (_owned(claim, objects.set) or _volume_goes(claim, objects)):
                return True
    return False


def _owned(claim: PersistentVolumeClaim, stateful: StatefulSet) -> bool:
    """Whether it has an owner other than the set."""
    own = (STATEFULSETS.name, stateful.metadata.name, stateful.metadata.uid)
    return any((owner.kind, owner.name, owner.uid) != own for owner in claim.metadata.owner_references)


def _volume_goes(claim: PersistentVolumeClaim, objects: SetObjects) -> bool:
    volume = objects.volumes.get(claim.spec.volume_name)
    return volume is not None and (volume.metadata.deletion_timestamp is not None or reserved_for_other(volume, claim))
