"""The diagnosis of one pod: its state, the cause, and the reason in words."""

from __future__ import annotations

from enum import Enum

from stsview.model.base import Record
from stsview.model.states import Health
from stsview.model.views import PodState, Severity

_SEVERITIES = {Health.DEGRADED: Severity.STUCK, Health.UNKNOWN: Severity.UNKNOWN}


class Cause(Enum):
    """Why a pod is not Ready, told apart by what helps."""

    NONE = "none"
    """It is Ready, or becoming so."""
    FINALIZER = "finalizer"
    NODE = "node"
    """Its node is unreachable, not Ready, or gone."""
    KUBELET = "kubelet"
    """Its kubelet does not confirm the termination, though the node is Ready."""
    UNKNOWN_NODE = "unknown node"
    """Its kubelet does not confirm the termination, and the state of the node is unknown."""
    ENDED = "ended"
    IMAGE = "image"
    CRASH = "crash"
    CONFIG = "config"
    SCHEDULING = "scheduling"
    CLAIM = "claim"
    GATE = "gate"
    SLOW = "slow"
    """It takes long for no visible reason."""


class Diagnosis(Record, frozen=True):
    state: PodState
    cause: Cause = Cause.NONE
    because: str = ""
    """The reason without the pod's name: `image zookeeper:3.8.l cannot be pulled`."""

    @property
    def severity(self) -> Severity:
        """The severity of this pod's unavailability."""
        if self.state.health is Health.WARNING or self.cause is Cause.NODE:
            return max(Severity.AT_RISK, _SEVERITIES.get(self.state.health, Severity.ROLLING))
        return _SEVERITIES.get(self.state.health, Severity.ROLLING)
