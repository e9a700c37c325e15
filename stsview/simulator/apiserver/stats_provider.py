"""What the API server asks for usage: metrics-server behind its aggregation layer, and kubelets behind its proxy."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from stsview.simulator.apiserver.wire import Object


class MetricsState(Enum):
    """How metrics-server works."""

    PRESENT = "present"
    ABSENT = "absent"
    """It is not installed: its API group does not exist."""
    STALE = "stale"
    """It reads no kubelet any more, and serves what it had."""


class StatsProvider(Protocol):
    """The usage of nodes and pods."""

    state: MetricsState

    def node_metrics(self, node: Object) -> Object | None:
        """The NodeMetrics of a node, or None."""

    def pod_metrics(self, pod: Object) -> Object | None:
        """The PodMetrics of a pod, or None."""

    def summary(self, node: Object) -> Object:
        """The Summary of a node's kubelet. Raises `ApiError` while it does not respond."""
