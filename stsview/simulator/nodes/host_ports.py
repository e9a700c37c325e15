"""Ports of the node that pods occupy.

Source: kubernetes/pkg/scheduler/framework/plugins/nodeports, pkg/scheduler/util/utils.go (GetHostPorts).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stsview.simulator.apiserver.wire import Object

ANY_ADDRESS = "0.0.0.0"  # noqa: S104
CONFLICT = "node(s) didn't have free ports for the requested pod ports"


class HostPort(NamedTuple):
    """One port of a node."""

    address: str
    protocol: str
    port: int

    def conflicts(self, other: HostPort) -> bool:
        """Whether both cannot be on one node. `0.0.0.0` conflicts with every address."""
        same_address = self.address == other.address or ANY_ADDRESS in (self.address, other.address)
        return same_address and self[1:] == other[1:]


def host_ports(pod: Object) -> list[HostPort]:
    """The host ports of a pod's containers and sidecars.

    With `hostNetwork`, container ports are host ports (SetDefaults_PodSpec, defaultHostNetworkPorts).
    """
    spec = pod["spec"]
    sidecars = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    found = []
    for container in (*sidecars, *(spec.get("containers") or ())):
        for port in container.get("ports") or ():
            number = port.get("hostPort") or (port.get("containerPort") if spec.get("hostNetwork") else 0)
            if number:
                found.append(HostPort(port.get("hostIP") or ANY_ADDRESS, port.get("protocol") or "TCP", number))
    return found


def conflict(wanted: list[HostPort], pods: Iterable[Object]) -> bool:
    """Whether one of these pods, none of which terminated, occupies a wanted port."""
    return any(
        one.conflicts(other)
        for pod in pods
        if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
        for other in host_ports(pod)
        for one in wanted
    )
