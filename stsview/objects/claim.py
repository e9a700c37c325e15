"""v1 PersistentVolumeClaim."""

from __future__ import annotations

from stsview.objects.meta import Condition, ObjectMeta, Struct


class Resources(Struct, frozen=True):
    requests: dict[str, str] = {}


class ClaimSpec(Struct, frozen=True):
    access_modes: tuple[str, ...] = ()
    storage_class_name: str | None = None
    """None: the default class; the empty string: no class at all, static volumes only."""
    volume_mode: str = "Filesystem"
    volume_name: str = ""
    resources: Resources = Resources()


class ClaimStatus(Struct, frozen=True):
    phase: str = ""
    capacity: dict[str, str] = {}
    access_modes: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


class PersistentVolumeClaim(Struct, frozen=True):
    metadata: ObjectMeta
    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()
