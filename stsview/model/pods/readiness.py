"""Ready and available, as the StatefulSet controller defines them."""

from __future__ import annotations

from datetime import datetime

from stsview.model.base import Record
from stsview.model.timing.moment import Moment, later
from stsview.objects.meta import Condition
from stsview.objects.pod import Pod


class Readiness(Record, frozen=True):
    condition: Condition | None
    """The pod's Ready condition, whatever its status."""
    ready: bool = False
    """Running, with a Ready condition that is True. A terminating pod stays so until its kubelet reports otherwise,
    and for ever while that is unreachable."""
    available: bool = False
    available_at: datetime | None = None
    """When a ready pod became, or will become, available; None when it is unknown since when it is ready."""


def is_ready(pod: Pod) -> bool:
    return pod.status.phase == "Running" and _true(pod.condition("Ready"))


def readiness_of(pod: Pod, min_ready_seconds: int, moment: Moment) -> Readiness:
    """Readiness of a pod (pkg/api/v1/pod/util.go, IsPodAvailable; KEP-2599)."""
    condition = pod.condition("Ready")
    if condition is None or pod.status.phase != "Running" or not _true(condition):
        return Readiness(condition)
    since = condition.last_transition_time
    if min_ready_seconds <= 0:
        return Readiness(condition, True, True, since)
    if since is None:
        return Readiness(condition, True)
    available_at = later(since, min_ready_seconds)
    return Readiness(condition, True, moment.passed(available_at), available_at)


def node_lost(pod: Pod) -> bool:
    """Whether the node controller, not the kubelet, marked the pod not Ready.

    It does so when the node is unreachable or not Ready. A kubelet gives a reason for each Ready that is not True, and
    never sets Unknown; the node controller sets Ready to False and changes nothing else
    (pkg/controller/util/node/controller_utils.go, MarkPodsNotReady), so the containers still look ready. `NodeLost` is
    the reason that old control planes wrote.
    """
    if pod.status.reason == "NodeLost":
        return True
    ready = pod.condition("Ready")
    if ready is None or ready.status == "True":
        return False
    if ready.status == "Unknown":
        return True
    return not ready.reason and _true(pod.condition("ContainersReady"))


def _true(condition: Condition | None) -> bool:
    return condition is not None and condition.status == "True"
