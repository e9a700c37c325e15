"""What is behind a claim: its class, its volume, and where that is attached."""

from __future__ import annotations

from stsview.model.names import one_line
from stsview.model.objects_of_set import SetObjects
from stsview.model.unread import hidden
from stsview.model.views import ClassView, Tone, VolumeView
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.kinds import ATTACHMENTS, CLASSES, VOLUMES
from stsview.objects.node import ZONE_LABEL
from stsview.objects.volume import PersistentVolume, VolumeAttachment

_NO_PROVISIONER = "kubernetes.io/no-provisioner"

_SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})


def class_of(claim: PersistentVolumeClaim, objects: SetObjects) -> ClassView:
    """Documentation: "Storage Classes". A bound claim does not need its class any more, except to grow."""
    name = claim.spec.storage_class_name
    if not name:
        return ClassView()
    storage_class = objects.classes.get(name)
    if reason := hidden(CLASSES, objects, found=storage_class is not None):
        return ClassView("unknown", Tone.UNKNOWN, detail=reason)
    if storage_class is None:
        bound = claim.status.phase == "Bound"
        return ClassView(
            "missing", Tone.QUIET if bound else Tone.BROKEN, detail=f"there is no StorageClass of the name {name}"
        )
    return ClassView(
        "known",
        Tone.READY,
        storage_class.provisioner,
        storage_class.provisioner not in ("", _NO_PROVISIONER),
        storage_class.allow_volume_expansion,
        storage_class.volume_binding_mode,
    )


def volume_of(claim: PersistentVolumeClaim, node: str, objects: SetObjects) -> VolumeView:
    """The claim's volume, seen from a pod on `node`; empty: from no node."""
    name = claim.spec.volume_name
    if not name:
        return VolumeView()
    attachments = sorted(
        (one for one in objects.attachments if one.spec.source.persistent_volume_name == name),
        key=lambda one: one.metadata.name,
    )
    volume = objects.volumes.get(name)
    word, tone, to, detail = _attachment(attachments, node, _exclusive(claim, volume), objects)
    reason = hidden(VOLUMES, objects, found=volume is not None)
    if reason or volume is None:
        unknown = bool(reason)
        return VolumeView(
            "unknown" if unknown else "missing",
            Tone.UNKNOWN if unknown else Tone.BROKEN,
            detail=reason or f"there is no PersistentVolume of the name {name}",
            attachment=word,
            attachment_tone=tone,
            attached_to=to,
            attachment_detail=detail,
        )
    phase = volume.status.phase
    return VolumeView(
        phase,
        Tone.READY if phase == "Bound" else Tone.WARNING,
        volume.spec.persistent_volume_reclaim_policy,
        _zones(volume),
        attachment=word,
        attachment_tone=tone,
        attached_to=to,
        attachment_detail=detail,
    )


def _zones(volume: PersistentVolume) -> tuple[str, ...]:
    """Terms are alternatives; drivers name zones by the label of nodes or by one of their own."""
    zones = {
        value
        for term in volume.spec.node_affinity.required.node_selector_terms
        for wanted in term.match_expressions
        if wanted.operator == "In" and (wanted.key == ZONE_LABEL or wanted.key.endswith("/zone"))
        for value in wanted.values
    }
    return tuple(sorted(zones))


def _exclusive(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> bool:
    """Whether it can be on one node only (documentation: "Persistent Volumes", Access Modes)."""
    modes = volume.spec.access_modes if volume is not None else ()
    return not _SHARED.intersection(modes or claim.status.access_modes or claim.spec.access_modes)


def _attachment(
    attachments: list[VolumeAttachment], node: str, exclusive: bool, objects: SetObjects
) -> tuple[str, Tone, str, str]:
    """Word, tone, node and detail. A volume that is let go is detached by the attach/detach controller, only after the
    node has told that it is unmounted, or after six minutes (pkg/controller/volume/attachdetach)."""
    if reason := hidden(ATTACHMENTS, objects, found=bool(attachments)):
        return "unknown", Tone.UNKNOWN, "", reason
    own = next((one for one in attachments if one.spec.node_name == node), None)
    others = [one for one in attachments if one.spec.node_name != node and (exclusive or not node)]
    elsewhere = next((one for one in others if one.status.attached), None)
    if own is not None and own.metadata.deletion_timestamp is None:
        if own.status.attached:
            return "attached", Tone.READY, node, ""
        if elsewhere is None:
            if own.status.attach_error is not None:
                return "attach error", Tone.BROKEN, node, one_line(own.status.attach_error.message)
            return "attaching", Tone.MOVING, node, ""
    leaving = next((one for one in (own, *others) if one is not None and one.metadata.deletion_timestamp), None)
    if leaving is not None and (elsewhere is None or elsewhere is leaving):
        error = leaving.status.detach_error
        detail = one_line(error.message) if error is not None else ""
        return "detaching", Tone.BROKEN if error is not None else Tone.GOING, leaving.spec.node_name, detail
    if elsewhere is None:
        return "not attached", Tone.QUIET, "", ""
    if not node:
        return "attached", Tone.QUIET, elsewhere.spec.node_name, "its pod is on no node"
    return "attached elsewhere", Tone.WARNING, elsewhere.spec.node_name, f"still attached to {elsewhere.spec.node_name}"
