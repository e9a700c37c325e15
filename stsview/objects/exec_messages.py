"""What to run in a container, what it writes, and how it ends."""

from __future__ import annotations

from enum import Enum

import msgspec


class ExecRequest(msgspec.Struct, frozen=True):
    """A command to run in a container that is running already."""

    namespace: str
    pod: str
    container: str
    """Empty: the only container of the pod."""
    command: tuple[str, ...]
    """The program and its arguments; no shell reads them."""
    stdin: bool = False
    """Whether input is sent to it."""
    tty: bool = False
    """Whether it gets a terminal; then it has one output, and no separate errors."""


class Output(msgspec.Struct, frozen=True):
    """Bytes that a command wrote."""

    data: bytes
    error: bool = False
    """Whether to its standard error."""


class ExecResult(Enum):
    """How the stream of a command ended."""

    EXITED = "exited"
    """The command exited; its code is known."""
    NOT_STARTED = "not started"
    """The container runtime, or the node, did not start it."""
    LOST = "lost"
    """The connection ended first: whether the command still runs is unknown."""


class ExecEnd(msgspec.Struct, frozen=True):
    """How a command ended."""

    result: ExecResult
    code: int | None = None
    """The exit code; None where it is not known. 126 and 127 for a program that cannot be started or found, as in a
    shell, also where the runtime names no code."""
    problem: str = ""
    """One line, which may quote the server; empty where the command exited."""
