"""v1 PersistentVolumeClaim."""

from __future__ import annotations

from stsview.objects.meta import Condition, ObjectMeta, Struct


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
    allocated_resource_statuses: dict[str, str] = {}
    """By resource (usually `storage`) during an expansion: `ControllerResizeInfeasible`, `NodeResizePending`, …"""


class PersistentVolumeClaim(Struct, frozen=True):
    metadata: ObjectMeta
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()

    def condition(self, type_: str) -> Condition | None:
        return next((condition for condition in self.status.conditions if condition.type == type_), None)
