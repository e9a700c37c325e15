"""v1 PersistentVolumeClaim."""

from __future__ import annotations

from stsview.objects.meta import Condition, ObjectMeta, Struct

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
"""Annotation that named the class before Kubernetes 1.6, still honoured."""

SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""Annotation of a claim whose volume is provisioned for its first consumer."""


class Resources(Struct, frozen=True):
    requests: dict[str, str] = {}


class ClaimSpec(Struct, frozen=True):
    access_modes: tuple[str, ...] = ()
    storage_class_name: str | None = None
    """None: the default class; empty: no class, only static volumes."""
    volume_mode: str = "Filesystem"
    volume_name: str = ""
    resources: Resources = Resources()


class ClaimStatus(Struct, frozen=True):
    phase: str = ""
    capacity: dict[str, str] = {}
    access_modes: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    allocated_resources: dict[str, str] = {}
    """By resource: the size that the last expansion was or is tried with."""
    allocated_resource_statuses: dict[str, str] = {}
    """By resource (usually `storage`) during an expansion: `ControllerResizeInfeasible`, `NodeResizePending`, …"""


class PersistentVolumeClaim(Struct, frozen=True):
    metadata: ObjectMeta
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()

    @property
    def storage_class(self) -> str | None:
        """The class that it asks for: the beta annotation takes precedence.

        See pkg/apis/core/v1/helper/helpers.go, GetPersistentVolumeClaimClass.
        """
        return self.metadata.annotations.get(BETA_CLASS, self.spec.storage_class_name)

    @property
    def selected_node(self) -> str:
        """The node for which the scheduler asked to provision the volume; empty while it has chosen none."""
        return self.metadata.annotations.get(SELECTED_NODE, "")

    def condition(self, type_: str) -> Condition | None:
        return next((condition for condition in self.status.conditions if condition.type == type_), None)
