"""How far the expansion of a claim is.

Source: kubernetes/pkg/volume/util/resize_util.go and pkg/apis/core/types.go (PersistentVolumeClaimConditionType,
ClaimResourceStatus); external-resizer, pkg/controller/expand_and_recover.go.
"""

from __future__ import annotations

from datetime import datetime

from stsview.model.base import Record
from stsview.model.names import one_line
from stsview.model.states import ResizeStage as ResizeStage
from stsview.objects.claim import PersistentVolumeClaim
from stsview.objects.meta import Condition
from stsview.objects.quantity import parse_bytes


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
    in_use: bool = False
    """Whether the driver said that it expands the file system only while no pod uses it."""
    on_node: bool = False
    """Whether the volume has grown, and the stage is about its file system."""


_PENDING = "FileSystemResizePending"

_NODE_ERROR = "NodeResizeError"

_CONTROLLER_ERROR = "ControllerResizeError"

IN_USE = "code = FailedPrecondition"
"""The code of gRPC by which a driver refuses to expand what is in use, as all messages of gRPC have it.

See NodeExpandVolume in spec.md of the Container Storage Interface, and IsFailedPreconditionError in
kubernetes/pkg/volume/util/types."""


def resize_of(claim: PersistentVolumeClaim) -> Resize:
    """The expansion of a claim, from its status alone."""
    requested = parse_bytes(claim.spec.resources.requests.get("storage", ""))
    capacity = parse_bytes(claim.status.capacity.get("storage", ""))
    tried = parse_bytes(claim.status.allocated_resources.get("storage", ""))
    if requested is not None and capacity is not None and capacity >= requested:
        return Resize(ResizeStage.COMPLETE, requested, capacity, tried)
    state = claim.status.allocated_resource_statuses.get("storage", "")
    pending, node_error = _true(claim, _PENDING), _true(claim, _NODE_ERROR)
    # Servers before 1.32 write no state. An error of an attempt that succeeded since stays until the expansion is done.
    on_node = state.startswith("Node") or (not state and (pending is not None or node_error is not None))
    error = node_error if on_node else _true(claim, _CONTROLLER_ERROR)
    in_use = on_node and error is not None and IN_USE in error.message
    stage, condition = _stage(claim, state, error, on_node=on_node, in_use=in_use)
    message = one_line(condition.message) if condition is not None and stage.failed else ""
    since = condition.last_transition_time if condition is not None else None
    return Resize(stage, requested, capacity, tried, since, message, in_use, on_node)


def _stage(
    claim: PersistentVolumeClaim, state: str, error: Condition | None, *, on_node: bool, in_use: bool
) -> tuple[ResizeStage, Condition | None]:
    """The stage, and the condition that tells its time."""
    if state.endswith("Infeasible"):
        return ResizeStage.INFEASIBLE, error
    pending = _true(claim, _PENDING)
    if in_use:
        # Since the volume has grown; an error is written again with each try.
        return ResizeStage.FILE_SYSTEM_PENDING, pending or error
    if error is not None:
        return ResizeStage.FAILING, error
    if state == "NodeResizeInProgress":
        return ResizeStage.NODE, None
    if on_node:
        return ResizeStage.FILE_SYSTEM_PENDING, pending
    resizing = _true(claim, "Resizing")
    if resizing is not None or state == "ControllerResizeInProgress":
        return ResizeStage.VOLUME, resizing
    return ResizeStage.REQUESTED, None


def _true(claim: PersistentVolumeClaim, type_: str) -> Condition | None:
    condition = claim.condition(type_)
    return condition if condition is not None and condition.status == "True" else None
