"""Lines of a container log, and the health of the stream that reads them."""

from __future__ import annotations

from enum import Enum

import msgspec

TAIL_LINES = 10_000
"""How many lines of an existing log are read: more than a person can look through."""


class LogLine(msgspec.Struct, frozen=True, gc=False):
    """One line of a log; the text may hold any characters except newlines."""

    text: str
    stamp: str = ""
    """When the kubelet received it: RFC 3339 with nanoseconds and the offset of the node; empty if unknown."""
    cut: int = 0
    """How many bytes were cut from the end of a line that was too long."""
    note: bool = False
    """A note about the log, not from the container: the log of another run starts."""


class LogRequest(msgspec.Struct, frozen=True):
    """The log to read.

    The pod is identified by name: the log of its replacement follows.
    """

    namespace: str
    pod: str
    container: str = ""
    """Empty: the default container of the pod (annotation `kubectl.kubernetes.io/default-container`), else the first
    one, as in kubectl."""
    previous: bool = False
    """The log of the previous container run, which does not grow."""
    follow: bool = True
    """Whether new lines follow the existing ones; else the stream ends with the log, and says why it cannot be read
    instead of trying again."""
    tail_lines: int | None = TAIL_LINES
    """How many existing lines are read at first; None: all of them."""
    since_seconds: float | None = None
    """Only lines that are not older, by the clock of the node; None: of any age."""


class ContainerRun(msgspec.Struct, frozen=True):
    """The run of a container whose log is quoted."""

    request: LogRequest
    uid: str
    """Of the pod."""
    restarts: int
    """Of the pod, which tell one run from the next."""


class LogTail(msgspec.Struct, frozen=True):
    """The last lines of a container run."""

    run: ContainerRun
    lines: tuple[str, ...] = ()
    """The oldest first, without control characters; indented lines keep two spaces."""
    problem: str = ""
    """Why they cannot be read, in one line; may quote the server."""
    read: bool = False
    """Whether the answer is there; without lines and problem, the container wrote nothing."""


class LogPhase(Enum):
    """State of the stream of a log."""

    OPENING = "opening"
    READING = "reading"
    """The existing lines are being read."""
    FOLLOWING = "following"
    """All existing lines were read, new ones follow."""
    WAITING = "waiting"
    """Nothing can be read now; retried soon."""
    ENDED = "ended"
    """Everything was read and the container is not running. If it starts again, its log follows."""
    REFUSED = "refused"
    """The log must not, or cannot, be read; retried about once a minute."""


class LogHealth(msgspec.Struct, frozen=True):
    """The phase of the stream, and the reason."""

    phase: LogPhase = LogPhase.OPENING
    problem: str = ""
    """One line; may quote the server."""


class LogBatch(msgspec.Struct, frozen=True):
    """Lines in the order of the log, and the health of the stream after them."""

    lines: tuple[LogLine, ...]
    health: LogHealth
    container: str = ""
    """Whose log it is; empty while the default container of the pod is not known."""
