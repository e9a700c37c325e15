"""What a container wrote, line by line, and how the stream of its log is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

TAIL_LINES = 10_000
"""How far back a log is read; a container that talks much has more than anybody can look through."""


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """One line; its text may be anything, but for line ends."""

    text: str
    stamp: str = ""
    """When the kubelet got it, in RFC 3339 with nanoseconds and the node's own offset; empty where nothing says."""
    cut: int = 0
    """How many bytes of a line that is too long were left out at its end."""
    note: bool = False
    """It is said about the log, not by the container: the log of another run begins."""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Which log is meant. A pod is meant by its name: the log of a pod that replaces it goes on below."""

    namespace: str
    pod: str
    container: str = ""
    """Empty: the one that the pod names as its default (annotation `kubectl.kubernetes.io/default-container`), else its
    first, as kubectl has it."""
    previous: bool = False
    """The log of the run before the present one, which does not grow any more."""


class LogPhase(Enum):
    OPENING = "opening"
    FOLLOWING = "following"
    """The log is open: what there was has been or is being read, and what the container writes now follows."""
    WAITING = "waiting"
    """There is nothing to read now; it is tried again."""
    ENDED = "ended"
    """All was read and the container does not run. Should it start again, its log goes on."""
    REFUSED = "refused"
    """The log may not, or cannot, be read. It is seldom tried again."""


@dataclass(frozen=True, slots=True)
class LogHealth:
    """How the stream is, and why."""

    phase: LogPhase = LogPhase.OPENING
    problem: str = ""
    """One line; may hold the cluster's words."""


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Lines in the order of the log, and how the stream is behind them."""

    lines: tuple[LogLine, ...]
    health: LogHealth
