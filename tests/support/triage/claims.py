"""Claims that are otherwise than a healthy cluster has them."""

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
    """`parts` are fields of the spec or, if it has none of that name, of the metadata."""
    spec = {field: parts.pop(field) for field in list(parts) if field in ClaimSpec.__struct_fields__}
    made = claim(name, phase=phase, **parts)
    return msgspec.structs.replace(
        made,
        spec=msgspec.structs.replace(made.spec, **spec),
        status=msgspec.structs.replace(made.status, **(status or {})),
    )


def unscheduled(ordinal: int, message: str = "pod has unbound immediate PersistentVolumeClaims") -> Pod:
    told = condition("PodScheduled", "False", 0, "Unschedulable", f"0/3 nodes are available: {message}")
    return pod(ordinal, phase="Pending", node="", containers=(), conditions=[told])


def creating(ordinal: int, **more: Any) -> Pod:
    """On a node, and without any container yet."""
    return pod(ordinal, phase="Pending", ready="False", reason="ContainersNotReady", containers=(), **more)
