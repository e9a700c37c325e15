"""Conditions in a pod's status, in the order in which a kubelet writes them."""

from __future__ import annotations

from datetime import datetime

from stsview.simulator.apiserver.wire import Object, timestamp

_ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def set_condition(
    status: Object, type_: str, value: str, now: datetime, *, reason: str = "", message: str = "", generation: int = 0
) -> None:
    """Set one condition in place.

    Its transition time changes only when its status does.
    """
    conditions: list[Object] = status.setdefault("conditions", [])
    before = next((one for one in conditions if one["type"] == type_), None)
    changed: Object = {"type": type_}
    if generation:
        changed["observedGeneration"] = generation
    changed["status"] = value
    changed["lastProbeTime"] = None
    same = before is not None and before["status"] == value
    changed["lastTransitionTime"] = before["lastTransitionTime"] if before and same else timestamp(now)
    if reason:
        changed["reason"] = reason
    if message:
        changed["message"] = message
    if before is None:
        conditions.append(changed)
        conditions.sort(key=lambda one: _ORDER.index(one["type"]) if one["type"] in _ORDER else len(_ORDER))
    else:
        conditions[conditions.index(before)] = changed
