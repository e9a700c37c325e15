"""A process in a container as the API server sees it: its streams, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from stsview.simulator.apiserver.wire import Object


class Streams(Protocol):
    """The streams between a process and the client of `pods/exec`."""

    tty: bool
    """Whether the process gets a terminal: then it writes nothing on the error stream."""
    size: tuple[int, int]
    """Columns and rows of the client's terminal; 0, 0 until the client sends them."""

    async def read(self) -> bytes:
        """The next bytes of standard input; empty at its end, and without one."""

    async def write(self, data: bytes) -> None:
        """Send standard output; waits while the client does not read."""

    async def write_error(self, data: bytes) -> None:
        """Send standard error."""


@dataclass(frozen=True)
class ExecRequest:
    """What to run, in which container."""

    pod: Object
    container: str
    command: Sequence[str]


ExecProvider: TypeAlias = Callable[[ExecRequest, Streams], Awaitable[int]]
"""Runs a command until it ends, and returns its exit code. Raises `ApiError` when the kubelet or the container runtime
cannot run it."""
