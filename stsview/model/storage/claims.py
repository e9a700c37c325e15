"""The PersistentVolumeClaims of an ordinal: their names and states."""

from __future__ import annotations

from functools import lru_cache

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import claim_name
from stsview.model.ordinals.identity import OrdinalSlot
from stsview.model.settings import ModelSettings
from stsview.model.states import ClaimStatus, Health
from stsview.model.storage.resizes import ResizeStage, resize_of
from stsview.model.storage.template_drift import drift_of
from stsview.model.storage.volumes import class_of, volume_of
from stsview.model.timing.moment import Moment, later
from stsview.model.timing.sightings import Sightings
from stsview.model.views import ClaimView, Place
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import CLAIMS
from stsview.objects.quantity import parse_bytes
from stsview.objects.statefulset import ClaimTemplate

_bytes = lru_cache(maxsize=1024)(parse_bytes)


def claims_of(
    slot: OrdinalSlot, objects: SetObjects, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> tuple[ClaimView, ...]:
    """One view per claim template, then one per other claim that the pod mounts.

    A claim that cannot be read is unknown, never missing. Names: documentation, "StatefulSets", Stable Storage.
    """
    stateful = objects.set
    wanted: dict[str, ClaimTemplate | None] = {}
    if slot.place is not Place.FOREIGN:
        for template in stateful.spec.volume_claim_templates:
            wanted.setdefault(claim_name(template.metadata.name, stateful.metadata.name, slot.ordinal), template)
    if slot.pod is not None:
        for volume in slot.pod.spec.volumes:
            if volume.persistent_volume_claim is not None:
                wanted.setdefault(volume.persistent_volume_claim.claim_name, None)
    return tuple([_view(name, wanted[name], slot, objects, settings, sightings, moment) for name in wanted])


def ephemeral_claims_of(
    slot: OrdinalSlot, objects: SetObjects, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> tuple[ClaimView, ...]:
    """One view per generic ephemeral volume of the pod."""
    names = slot.pod.ephemeral_claims if slot.pod is not None else ()
    if not names:
        return ()
    return tuple([_view(name, None, slot, objects, settings, sightings, moment) for name in names])


def _view(
    name: str,
    wanted: ClaimTemplate | None,
    slot: OrdinalSlot,
    objects: SetObjects,
    settings: ModelSettings,
    sightings: Sightings,
    moment: Moment,
) -> ClaimView:
    claim = objects.claims.get(name)
    template = wanted.metadata.name if wanted is not None else ""
    if claim is None:
        if objects.complete(CLAIMS):
            return ClaimView(template, name, ClaimStatus.MISSING, Health.MISSING)
        return ClaimView(template, name, ClaimStatus.UNKNOWN, Health.UNKNOWN)
    status, health = _state(claim, in_use(slot), settings, moment)
    requested = _bytes(claim.spec.resources.requests.get("storage", ""))
    capacity = _bytes(claim.status.capacity.get("storage", ""))
    return ClaimView(
        template=template,
        name=name,
        status=status,
        health=health,
        uid=claim.metadata.uid,
        size=requested if capacity is None else capacity,
        requested=requested,
        storage_class=claim.storage_class,
        access_modes=claim.status.access_modes or claim.spec.access_modes,
        volume=claim.spec.volume_name,
        since=claim.metadata.deletion_timestamp or claim.metadata.creation_timestamp,
        drift=drift_of(claim.spec, wanted.spec) if template and wanted is not None else (),
        class_state=class_of(claim, objects, settings, sightings, moment),
        volume_state=volume_of(
            claim, slot.pod.spec.node_name if slot.pod is not None else "", objects, settings, sightings, moment
        ),
        resize=resize_of(claim).stage
        if status is ClaimStatus.BOUND and requested != capacity
        else ResizeStage.COMPLETE,
    )


def in_use(slot: OrdinalSlot) -> bool:
    """Whether a pod that is not terminating uses the claims of the ordinal."""
    return slot.pod is not None and slot.pod.metadata.deletion_timestamp is None


def _state(
    claim: PersistentVolumeClaim, used: bool, settings: ModelSettings, moment: Moment
) -> tuple[ClaimStatus, Health]:
    if claim.metadata.deletion_timestamp is not None:
        return ClaimStatus.TERMINATING, Health.DEGRADED if used else Health.TERMINATING
    if claim.status.phase == "Bound":
        return ClaimStatus.BOUND, Health.READY
    if claim.status.phase == "Lost":
        return ClaimStatus.LOST, Health.DEGRADED
    # Without a pod, a claim that waits for its first consumer may stay Pending.
    created = claim.metadata.creation_timestamp
    late = used and created is not None and moment.passed(later(created, settings.schedule_grace))
    return ClaimStatus.PENDING, Health.WARNING if late else Health.PROGRESSING


def is_stale(claim: PersistentVolumeClaim, slot: OrdinalSlot) -> bool:
    """Whether the claim belongs to an earlier pod of that name and will be deleted.

    With whenScaled=Delete the controller then creates nothing for the ordinal and reports nothing
    (pkg/controller/statefulset/stateful_pod_control.go, PodClaimIsStale).
    """
    uid = slot.pod.metadata.uid if slot.pod is not None else None
    owners = claim.metadata.owner_references
    return any(owner.kind == "Pod" and owner.name == slot.name and owner.uid != uid for owner in owners)
