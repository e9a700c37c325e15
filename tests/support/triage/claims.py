"""PVCs, and pods that wait for them, in unhealthy states."""

from __future__ import annotations

from typing import Any

import msgspec

from stsview.objects.claim import ClaimSpec, PersistentVolumeClaim
from stsview.objects.pod import Pod
from tests.support.model.build import claim, condition, pod

SCHEDULED = condition("PodScheduled", "True")


def claimed(
    name: str = "data-web-0", *, phase: str = "Bound", status: Any = None, **parts: Any
) -> PersistentVolumeClaim:
    """A PVC.

    `parts` are fields of the spec or, if the spec has no such field, of the metadata.
    """
    spec = {field: parts.pop(field) for field in list(parts) if field in ClaimSpec.__struct_fields__}
    made = claim(name, phase=phase, **parts)
    return msgspec.structs.replace(
        made,
        spec=msgspec.structs.replace(made.spec, **spec),
        status=msgspec.structs.replace(made.status, **(status or {})),
    )


def unscheduled(ordinal: int, message: str = "pod has unbound immediate PersistentVolumeClaims") -> Pod:
    scheduled = condition("PodScheduled", "False", 0, "Unschedulable", f"0/3 nodes are available: {message}")
    return pod(ordinal, phase="Pending", node="", containers=(), conditions=[scheduled])


def creating(ordinal: int, **more: Any) -> Pod:
    """A pod with a node, but without any container yet."""
    return pod(ordinal, phase="Pending", ready="False", reason="ContainersNotReady", containers=(), **more)
