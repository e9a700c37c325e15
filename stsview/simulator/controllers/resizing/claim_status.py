"""The status of a claim during an expansion, as external-resizer and the kubelet change it.

Sources: pkg/controller/resize_status.go of external-resizer 2, kubernetes/pkg/volume/util/resize_util.go. Each function
changes a status in place.
"""

from __future__ import annotations

from stsview.simulator.apiserver.wire import Object

RESIZING = "Resizing"
FILE_SYSTEM_PENDING = "FileSystemResizePending"
CONTROLLER_ERROR = "ControllerResizeError"
NODE_ERROR = "NodeResizeError"

CONTROLLER_IN_PROGRESS = "ControllerResizeInProgress"
CONTROLLER_INFEASIBLE = "ControllerResizeInfeasible"
NODE_PENDING = "NodeResizePending"
NODE_IN_PROGRESS = "NodeResizeInProgress"
NODE_INFEASIBLE = "NodeResizeInfeasible"

_RESIZE_CONDITIONS = (RESIZING, FILE_SYSTEM_PENDING, CONTROLLER_ERROR, NODE_ERROR)


def resize_state(claim: Object) -> str:
    """The allocatedResourceStatus of its storage, or empty."""
    return (claim["status"].get("allocatedResourceStatuses") or {}).get("storage", "")  # type: ignore[no-any-return]


def allocated(claim: Object) -> str:
    """The size to which the last expansion was begun, or empty."""
    return (claim["status"].get("allocatedResources") or {}).get("storage", "")  # type: ignore[no-any-return]


def requested(claim: Object) -> str:
    """The size that it requests."""
    return claim["spec"]["resources"]["requests"]["storage"]  # type: ignore[no-any-return]


def capacity(claim: Object) -> str:
    """The size of its file system."""
    return (claim["status"].get("capacity") or {}).get("storage", "0")  # type: ignore[no-any-return]


def begin(status: Object, size: str, now: str, *, again: bool) -> None:
    """ControllerExpandVolume begins; `again` for a further attempt at the same size, which keeps its errors."""
    _set_condition(status, RESIZING, now, "", keep=again)
    if not again:
        set_state(status, CONTROLLER_IN_PROGRESS)
    status["allocatedResources"] = {**(status.get("allocatedResources") or {}), "storage": size}


def await_node(status: Object, now: str) -> None:
    """The volume has grown, its file system has not."""
    text = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
    _set_condition(status, FILE_SYSTEM_PENDING, now, text, keep=True)
    set_state(status, NODE_PENDING)


def fail(status: Object, type_: str, error: str, now: str, infeasible: str = "") -> None:
    """Set a condition for an error, and the state for one that makes the size infeasible."""
    _set_condition(status, type_, now, f"failed to expand pvc with {error}", keep=True)
    if infeasible:
        set_state(status, infeasible)


def finish(status: Object, size: str) -> None:
    """The expansion has ended. `allocatedResources` stay."""
    status["capacity"] = {**(status.get("capacity") or {}), "storage": size}
    states = {name: state for name, state in status.pop("allocatedResourceStatuses", {}).items() if name != "storage"}
    if states:
        status["allocatedResourceStatuses"] = states
    _keep(status, [one for one in status.get("conditions") or () if one["type"] not in _RESIZE_CONDITIONS])


def set_state(status: Object, state: str) -> None:
    """Set the allocatedResourceStatus of the storage."""
    status["allocatedResourceStatuses"] = {**(status.get("allocatedResourceStatuses") or {}), "storage": state}


def _set_condition(status: Object, type_: str, now: str, message: str, *, keep: bool) -> None:
    """Set a condition; `keep` the other ones about an expansion.

    Source: MergeResizeConditionsOfPVC, which sets the time even if the condition was there.
    """
    condition = {"type": type_, "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    if message:
        condition["message"] = message
    found: list[Object] = []
    for one in status.get("conditions") or ():
        if one["type"] == type_:
            found.append(condition)
        elif keep or one["type"] not in _RESIZE_CONDITIONS:
            found.append(one)
    _keep(status, found if condition in found else [*found, condition])


def _keep(status: Object, conditions: list[Object]) -> None:
    if conditions:
        status["conditions"] = conditions
    else:
        status.pop("conditions", None)
