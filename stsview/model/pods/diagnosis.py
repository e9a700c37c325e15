"""What one look at a pod yields: its state, why, and in which way it could get better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stsview.model.states import Health
from stsview.model.views import PodState, Severity

_OF_TONE = {Health.DEGRADED: Severity.STUCK, Health.UNKNOWN: Severity.UNKNOWN}


class Cause(Enum):
    """Why a pod is not Ready, told apart by what helps."""

    NONE = "none"
    """It is Ready, or on its way there."""
    FINALIZER = "finalizer"
    NODE = "node"
    """Its node is silent, not Ready, or gone."""
    KUBELET = "kubelet"
    """Its kubelet does not confirm its end, though its node is Ready."""
    UNKNOWN_NODE = "unknown node"
    """Its kubelet does not confirm its end, and whether its node is well cannot be told."""
    ENDED = "ended"
    IMAGE = "image"
    CRASH = "crash"
    CONFIG = "config"
    SCHEDULING = "scheduling"
    CLAIM = "claim"
    GATE = "gate"
    SLOW = "slow"
    """It takes long, and nothing says why."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    state: PodState
    cause: Cause = Cause.NONE
    because: str = ""
    """The reason in an operator's words, without the pod's name: `image zookeeper:3.8.l cannot be pulled`."""

    @property
    def severity(self) -> Severity:
        """How grave it is that this pod is not available."""
        if self.state.health is Health.WARNING or self.cause is Cause.NODE:
            return max(Severity.AT_RISK, _OF_TONE.get(self.state.health, Severity.ROLLING))
        return _OF_TONE.get(self.state.health, Severity.ROLLING)
