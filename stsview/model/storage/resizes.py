"""How far the expansion of a claim is.

Source: kubernetes/pkg/volume/util/resize_util.go and pkg/apis/core/types.go (PersistentVolumeClaimConditionType,
ClaimResourceStatus); external-resizer, pkg/controller/expand_and_recover.go.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from stsview.model.base import Record
from stsview.model.names import one_line
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.meta import Condition
from stsview.objects.quantity import parse_bytes


class ResizeStage(Enum):
    """The label is what a person reads of a claim in that stage."""

    COMPLETE = "has the size that it requests"
    REQUESTED = "the storage driver has not begun"
    VOLUME = "the storage driver expands the volume"
    NODE = "the node expands the file system"
    FILE_SYSTEM_PENDING = "the volume has grown, its file system has not"
    """Drivers that expand online finish by themselves; others expand the file system only at the next mount."""
    FAILING = "the expansion fails"
    """It is tried again."""
    INFEASIBLE = "the storage driver cannot expand it to that size"
    """It is tried again only rarely, until a smaller size is requested (KEP-1790)."""

    @property
    def failed(self) -> bool:
        return self in (ResizeStage.FAILING, ResizeStage.INFEASIBLE)


class Resize(Record, frozen=True):
    stage: ResizeStage
    requested: int | None
    """Bytes; None where it is no quantity. So in all below."""
    capacity: int | None
    tried: int | None
    """The size that `stage` is about, where the server says so; a failure at another size is that of an earlier request
    and passes."""
    since: datetime | None = None
    """When the stage began; None where unknown."""
    message: str = ""
    """What the driver or the node said, on one line; may be empty."""
    on_node: bool = False
    """Whether it is the file system that fails, after the volume has grown."""
    in_use: bool = False
    """Whether the driver said that it expands the file system only while no pod uses it."""


_PENDING = "FileSystemResizePending"

_NODE_ERROR = "NodeResizeError"

_ERRORS = ("ControllerResizeError", _NODE_ERROR)

_IN_USE = "code = FailedPrecondition"
"""The code of gRPC by which a driver refuses to expand what is in use, as all messages of gRPC have it.

See NodeExpandVolume in spec.md of the Container Storage Interface, and IsFailedPreconditionError in
kubernetes/pkg/volume/util/types."""


def resize_of(claim: PersistentVolumeClaim) -> Resize:
    """The expansion of a claim, from its status alone."""
    requested = parse_bytes(claim.spec.resources.requests.get("storage", ""))
    capacity = parse_bytes(claim.status.capacity.get("storage", ""))
    tried = parse_bytes(claim.status.allocated_resources.get("storage", ""))
    stage, condition = _stage(claim, requested, capacity)
    message = one_line(condition.message) if condition is not None and stage.failed else ""
    in_use = stage is ResizeStage.FILE_SYSTEM_PENDING and condition is not None and condition.type == _NODE_ERROR
    if stage is ResizeStage.FILE_SYSTEM_PENDING:
        # Since the volume has grown; an error is written again with each try.
        condition = claim.condition(_PENDING) or condition
    since = condition.last_transition_time if condition is not None else None
    at_node = claim.status.allocated_resource_statuses.get("storage", "").startswith("Node")
    on_node = stage.failed and (at_node or (condition is not None and condition.type == _NODE_ERROR))
    return Resize(stage, requested, capacity, tried, since, message, on_node, in_use)


def _stage(
    claim: PersistentVolumeClaim, requested: int | None, capacity: int | None
) -> tuple[ResizeStage, Condition | None]:
    if requested is not None and capacity is not None and capacity >= requested:
        return ResizeStage.COMPLETE, None
    status = claim.status.allocated_resource_statuses.get("storage", "")
    error = next((one for one in map(claim.condition, _ERRORS) if _is_true(one)), None)
    if status.endswith("Infeasible"):
        return ResizeStage.INFEASIBLE, error
    if error is not None:
        in_use = error.type == _NODE_ERROR and _IN_USE in error.message
        return ResizeStage.FILE_SYSTEM_PENDING if in_use else ResizeStage.FAILING, error
    if status == "NodeResizeInProgress":
        return ResizeStage.NODE, None
    pending = claim.condition(_PENDING)
    if _is_true(pending) or status == "NodeResizePending":
        return ResizeStage.FILE_SYSTEM_PENDING, pending
    resizing = claim.condition("Resizing")
    if _is_true(resizing) or status == "ControllerResizeInProgress":
        return ResizeStage.VOLUME, resizing
    return ResizeStage.REQUESTED, None


def _is_true(condition: Condition | None) -> bool:
    return condition is not None and condition.status == "True"
