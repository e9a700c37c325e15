"""The StorageClass, PersistentVolume and attachment of a claim."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from stsview.model.cache.set_objects import SetObjects
from stsview.model.names import one_line
from stsview.model.pods.unknowns import awaited, hidden
from stsview.model.same_object import OfLatest, PerObject
from stsview.model.settings import ModelSettings
from stsview.model.states import AttachmentStatus, ClassStatus, Health, VolumeStatus
from stsview.model.timing.moment import Moment
from stsview.model.timing.sightings import Sightings
from stsview.model.views import ClassView, VolumeView
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import ATTACHMENTS, CLASSES, VOLUMES
from stsview.objects.node import ZONE_LABEL
from stsview.objects.volume import PersistentVolume, StorageClass, VolumeAttachment

_NO_PROVISIONER = "kubernetes.io/no-provisioner"

_PHASES = {
    "": VolumeStatus.PENDING,
    "Pending": VolumeStatus.PENDING,
    "Available": VolumeStatus.AVAILABLE,
    "Bound": VolumeStatus.BOUND,
    "Released": VolumeStatus.RELEASED,
    "Failed": VolumeStatus.FAILED,
}

_SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})


def class_of(
    claim: PersistentVolumeClaim, objects: SetObjects, settings: ModelSettings, sightings: Sightings, moment: Moment
) -> ClassView:
    """The class of a claim.

    A bound claim needs its class only to grow (documentation: "Storage Classes").
    """
    name = claim.storage_class
    bound = claim.status.phase == "Bound"
    if not name:
        return ClassView() if bound else _unnamed_class(name, objects)
    storage_class = objects.classes.get(name)
    if reason := hidden(CLASSES, objects, found=storage_class is not None):
        return ClassView(ClassStatus.UNKNOWN, Health.UNKNOWN, detail=reason, name=name)
    if storage_class is not None:
        return _named(storage_class)
    if awaited(CLASSES, name, claim.metadata.creation_timestamp, settings, sightings, moment):
        return ClassView(
            ClassStatus.UNKNOWN, Health.UNKNOWN, detail=f"StorageClass {name} has not been seen yet", name=name
        )
    detail = f"StorageClass {name} does not exist"
    return ClassView(ClassStatus.MISSING, Health.NEUTRAL if bound else Health.DEGRADED, detail=detail, name=name)


def _unnamed_class(name: str | None, objects: SetObjects) -> ClassView:
    """The class of an unbound claim that names none.

    It gets the default class even later, since Kubernetes 1.28 (KEP-3333); the empty name asks for no class.
    """
    if name is not None:
        detail = "asks for no class: a PersistentVolume must be created by hand"
        return ClassView(ClassStatus.NONE, Health.NEUTRAL, detail=detail)
    if reason := hidden(CLASSES, objects, found=False):
        return ClassView(ClassStatus.UNKNOWN, Health.UNKNOWN, detail=reason)
    default = _default(objects)
    if default is None:
        return ClassView(
            ClassStatus.NO_DEFAULT, Health.DEGRADED, detail="names no class, and there is no default StorageClass"
        )
    detail = "names no class; gets the default one (Kubernetes 1.28 or newer)"
    return _known(default, default=True, detail=detail)


def _default(objects: SetObjects) -> StorageClass | None:
    """The default class; of several the newest, then the first by name.

    pkg/volume/util/storageclass.go, GetDefaultClass.
    """
    never = datetime.min.replace(tzinfo=UTC)
    classes = sorted((one for one in objects.classes.values() if one.is_default), key=lambda one: one.metadata.name)
    return max(classes, key=lambda one: one.metadata.creation_timestamp or never, default=None)


def _known(storage_class: StorageClass, *, default: bool = False, detail: str = "") -> ClassView:
    return ClassView(
        ClassStatus.KNOWN,
        Health.READY,
        storage_class.provisioner,
        storage_class.provisioner not in ("", _NO_PROVISIONER),
        storage_class.allow_volume_expansion,
        storage_class.volume_binding_mode,
        detail,
        storage_class.metadata.name,
        default,
    )


_named = PerObject(_known)


def _grouped(attachments: Collection[VolumeAttachment]) -> dict[str, list[VolumeAttachment]]:
    """The attachments of each volume, in the order of their names."""
    found: dict[str, list[VolumeAttachment]] = {}
    for one in attachments:
        found.setdefault(one.spec.source.persistent_volume_name, []).append(one)
    for of_one in found.values():
        if len(of_one) > 1:
            of_one.sort(key=lambda one: one.metadata.name)
    return found


_by_volume = OfLatest(_grouped)
"""For all claims of one set after another."""


def volume_of(
    claim: PersistentVolumeClaim,
    node: str,
    objects: SetObjects,
    settings: ModelSettings,
    sightings: Sightings,
    moment: Moment,
) -> VolumeView:
    """The volume of a claim, seen from a pod on `node`; empty: from a pod on no node."""
    name = claim.spec.volume_name
    if not name:
        return VolumeView()
    attachments = _by_volume(objects.attachments).get(name, [])
    volume = objects.volumes.get(name)
    if len(attachments) == 1 and _here(attachments[0], node):
        attached, health, to, detail = AttachmentStatus.ATTACHED, Health.READY, node, ""
    else:
        attached, health, to, detail = _attachment(attachments, node, _exclusive(claim, volume), objects)
    if attached is AttachmentStatus.NOT_ATTACHED and volume is not None and not volume.spec.attachable:
        attached = AttachmentStatus.NONE
    reason = hidden(VOLUMES, objects, found=volume is not None)
    if not reason and volume is None:
        created = claim.metadata.creation_timestamp
        if awaited(VOLUMES, name, created, settings, sightings, moment):
            reason = f"PersistentVolume {name} has not been seen yet"
    if reason or volume is None:
        unknown = bool(reason)
        return VolumeView(
            VolumeStatus.UNKNOWN if unknown else VolumeStatus.MISSING,
            Health.UNKNOWN if unknown else Health.DEGRADED,
            detail=reason or f"PersistentVolume {name} does not exist",
            attachment=attached,
            attachment_health=health,
            attached_to=to,
            attachment_detail=detail,
        )
    status = _PHASES.get(volume.status.phase, VolumeStatus.OTHER)
    return VolumeView(
        status,
        Health.READY if status is VolumeStatus.BOUND else Health.WARNING,
        volume.spec.persistent_volume_reclaim_policy,
        _zones(volume),
        attachment=attached,
        attachment_health=health,
        attached_to=to,
        attachment_detail=detail,
    )


def _zones(volume: PersistentVolume) -> tuple[str, ...]:
    """Zones of its node affinity.

    Terms are alternatives; drivers use the zone label of nodes or one of their own.
    """
    terms = volume.spec.node_affinity.required.node_selector_terms
    if not terms:
        return ()
    zones = {
        value
        for term in terms
        for wanted in term.match_expressions
        if wanted.operator == "In" and (wanted.key == ZONE_LABEL or wanted.key.endswith("/zone"))
        for value in wanted.values
    }
    return tuple(sorted(zones))


def _exclusive(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> bool:
    """Whether only one node can attach it ("Persistent Volumes", Access Modes)."""
    modes = volume.spec.access_modes if volume is not None else ()
    return not _SHARED.intersection(modes or claim.status.access_modes or claim.spec.access_modes)


def _here(one: VolumeAttachment, node: str) -> bool:
    """Whether a volume is attached to the node of its pod, and stays so: of nearly all volumes."""
    return one.status.attached and one.spec.node_name == node and one.metadata.deletion_timestamp is None


def _attachment(
    attachments: list[VolumeAttachment], node: str, exclusive: bool, objects: SetObjects
) -> tuple[AttachmentStatus, Health, str, str]:
    """Status, health, node and detail.

    The attach/detach controller detaches a volume only after the node has reported it unmounted, or after six minutes
    (pkg/controller/volume/attachdetach).
    """
    if reason := hidden(ATTACHMENTS, objects, found=bool(attachments)):
        return AttachmentStatus.UNKNOWN, Health.UNKNOWN, "", reason
    if not attachments:
        return AttachmentStatus.NOT_ATTACHED, Health.NEUTRAL, "", ""
    own = next((one for one in attachments if one.spec.node_name == node), None)
    others = [one for one in attachments if one.spec.node_name != node and (exclusive or not node)]
    elsewhere = next((one for one in others if one.status.attached), None)
    if own is not None and own.metadata.deletion_timestamp is None:
        if own.status.attached:
            return AttachmentStatus.ATTACHED, Health.READY, node, ""
        if elsewhere is None:
            if own.status.attach_error is not None:
                return AttachmentStatus.ERROR, Health.DEGRADED, node, one_line(own.status.attach_error.message)
            return AttachmentStatus.ATTACHING, Health.PROGRESSING, node, ""
    leaving = next((one for one in (own, *others) if one is not None and one.metadata.deletion_timestamp), None)
    if leaving is not None and (elsewhere is None or elsewhere is leaving):
        error = leaving.status.detach_error
        detail = one_line(error.message) if error is not None else ""
        return (
            AttachmentStatus.DETACHING,
            Health.DEGRADED if error is not None else Health.TERMINATING,
            leaving.spec.node_name,
            detail,
        )
    if elsewhere is None:
        return AttachmentStatus.NOT_ATTACHED, Health.NEUTRAL, "", ""
    if not node:
        return AttachmentStatus.ATTACHED, Health.NEUTRAL, elsewhere.spec.node_name, "its pod is not on a node"
    return (
        AttachmentStatus.ATTACHED_ELSEWHERE,
        Health.WARNING,
        elsewhere.spec.node_name,
        f"still attached to {elsewhere.spec.node_name}",
    )
