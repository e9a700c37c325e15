"""A connection to a port of a pod as the API server sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from stsview.simulator.apiserver.wire import Object


class Connection(Protocol):
    """The bytes between a client of `pods/portforward` and a port of the pod."""

    async def read(self) -> bytes:
        """The next bytes from the client; empty once it sends no more."""

    async def write(self, data: bytes) -> None:
        """Send bytes to the client; waits while it does not read."""


class PortError(Exception):
    """The connection failed in the pod; the text is what the container runtime says."""


PortProvider: TypeAlias = Callable[[Object, int, Connection], Awaitable[None]]
"""Connects to a port of a pod, and returns when the pod has closed the connection.

Raises `PortError` where the port refuses it, and `ApiError` where the kubelet cannot be reached."""
