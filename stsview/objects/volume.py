"""v1 PersistentVolume, and storage.k8s.io/v1 StorageClass and VolumeAttachment."""

from __future__ import annotations

import msgspec

from stsview.objects.meta import BasicMeta, Instant, Present, Struct


class NodeSelectorRequirement(Struct, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class NodeSelectorTerm(Struct, frozen=True):
    match_expressions: tuple[NodeSelectorRequirement, ...] = ()


class NodeSelector(Struct, frozen=True):
    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()


class VolumeNodeAffinity(Struct, frozen=True):
    required: NodeSelector = NodeSelector()


class ClaimReference(Struct, frozen=True):
    """The PVC that a volume is reserved for, or bound to; without a name, none."""

    namespace: str = ""
    name: str = ""
    uid: str = ""
    """Empty while it is only reserved."""


class VolumeSpec(Struct, frozen=True):
    claim_ref: ClaimReference = ClaimReference()
    access_modes: tuple[str, ...] = ()
    persistent_volume_reclaim_policy: str = ""
    node_affinity: VolumeNodeAffinity = VolumeNodeAffinity()
    local: Present | None = None
    host_path: Present | None = None
    nfs: Present | None = None

    @property
    def attachable(self) -> bool:
        """Whether the volume may have to be attached to a node before it is mounted."""
        return self.local is None and self.host_path is None and self.nfs is None


class VolumeStatus(Struct, frozen=True):
    phase: str = ""


class PersistentVolume(Struct, frozen=True):
    metadata: BasicMeta
    spec: VolumeSpec = VolumeSpec()
    status: VolumeStatus = VolumeStatus()


class ClassAnnotations(Struct, frozen=True):
    is_default: str = msgspec.field(name="storageclass.kubernetes.io/is-default-class", default="")
    was_default: str = msgspec.field(name="storageclass.beta.kubernetes.io/is-default-class", default="")
    """The beta name of the annotation, which is still honoured."""


class ClassMeta(BasicMeta, frozen=True):
    annotations: ClassAnnotations = ClassAnnotations()


class StorageClass(Struct, frozen=True):
    metadata: ClassMeta
    provisioner: str = ""
    allow_volume_expansion: bool = False
    volume_binding_mode: str = "Immediate"

    @property
    def is_default(self) -> bool:
        """Whether it is a default class; several may be.

        See pkg/volume/util/storageclass.go, IsDefaultAnnotation.
        """
        annotations = self.metadata.annotations
        return "true" in (annotations.is_default, annotations.was_default)


class VolumeAttachmentSource(Struct, frozen=True):
    persistent_volume_name: str = ""


class VolumeAttachmentSpec(Struct, frozen=True):
    node_name: str = ""
    source: VolumeAttachmentSource = VolumeAttachmentSource()


class VolumeError(Struct, frozen=True):
    message: str = ""
    time: Instant | None = None


class VolumeAttachmentStatus(Struct, frozen=True):
    attached: bool = False
    attach_error: VolumeError | None = None
    detach_error: VolumeError | None = None


class VolumeAttachment(Struct, frozen=True):
    """One volume on one node.

    Volumes that need no attach (NFS, local volumes) have none.
    """

    metadata: BasicMeta
    spec: VolumeAttachmentSpec = VolumeAttachmentSpec()
    status: VolumeAttachmentStatus = VolumeAttachmentStatus()
