"""Ready and available, as the StatefulSet controller means them."""

from __future__ import annotations

from datetime import datetime

from stsview.model.moment import Moment, later
from stsview.objects.pod import Pod


def is_ready(pod: Pod) -> bool:
    """Running, with a Ready condition that is True. A terminating pod is ready as long as its kubelet does not say
    otherwise, and for ever when that is silent."""
    if pod.status.phase != "Running":
        return False
    ready = pod.condition("Ready")
    return ready is not None and ready.status == "True"


def available_at(pod: Pod, min_ready_seconds: int) -> datetime | None:
    """When a ready pod became, or will become, available; None when it is not ready or nothing tells since when it is.

    pkg/api/v1/pod/util.go, IsPodAvailable; KEP-2599.
    """
    if not is_ready(pod):
        return None
    ready = pod.condition("Ready")
    if ready is None or ready.last_transition_time is None:
        return None
    return later(ready.last_transition_time, max(0, min_ready_seconds))


def is_available(pod: Pod, min_ready_seconds: int, moment: Moment) -> bool:
    if not is_ready(pod):
        return False
    if min_ready_seconds <= 0:
        return True
    instant = available_at(pod, min_ready_seconds)
    return instant is not None and moment.passed(instant)


def node_lost(pod: Pod) -> bool:
    """Whether the node controller, not the kubelet, made the pod not ready: the node is silent or not Ready.

    A kubelet gives a reason for each Ready that is not True, and never says Unknown; the node controller turns Ready
    False without touching anything else (pkg/controller/util/node/controller_utils.go, MarkPodsNotReady). So its
    containers still look ready. `NodeLost` is the reason that old control planes wrote.
    """
    if pod.status.reason == "NodeLost":
        return True
    ready = pod.condition("Ready")
    if ready is None or ready.status == "True":
        return False
    if ready.status == "Unknown":
        return True
    containers = pod.condition("ContainersReady")
    return not ready.reason and containers is not None and containers.status == "True"
