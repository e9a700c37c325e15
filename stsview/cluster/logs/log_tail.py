"""The last lines of a log, in one answer of limited size."""

from __future__ import annotations

from collections import deque

from stsview.cluster.errors import ClusterError, Forbidden, NotFound, Rejected, ServerError, printable_line
from stsview.cluster.http.session import PLAIN_TEXT, Session
from stsview.cluster.logs.log_errors import denied, gone, no_kubelet, refused
from stsview.cluster.logs.log_lines import LineSplitter
from stsview.objects.kinds import PODS
from stsview.objects.log_messages import LogRequest

_LONGEST_ANSWER = 256 * 1024
"""Bytes. The kubelet counts them from the first of the last lines, so that a smaller limit could drop the end."""

_ANSWER_SECONDS = 5.0

_LINE_CHARACTERS = 400
"""What is kept of a line."""


async def read_tail(session: Session, request: LogRequest, count: int) -> tuple[str, ...]:
    """The last `count` lines, without empty ones; control characters are replaced, long lines cropped.

    Raises `ClusterError`.
    """
    query = [("tailLines", str(count)), ("limitBytes", str(_LONGEST_ANSWER))]
    if request.container:
        query.append(("container", request.container))
    if request.previous:
        query.append(("previous", "true"))
    path, splitter, read = PODS.path(request.namespace, request.pod, "log"), LineSplitter(), 0
    last: deque[str] = deque(maxlen=count)
    async with session.stream(path, query=query, accept=PLAIN_TEXT, read_seconds=_ANSWER_SECONDS) as answer:
        async for chunk in answer:
            read += len(chunk)
            for lines in splitter.feed(chunk):
                last.extend(line.text for line in lines)
            # A proxy need not honour the limit.
            if read > _LONGEST_ANSWER:
                break
    last.extend(line.text for line in splitter.end())
    # The indentation tells the frames of a stack trace from the message above them.
    return tuple(_shown(line) for line in last if line.strip())


def tail_problem(request: LogRequest, error: ClusterError) -> str:
    """Why the lines cannot be read, in one line."""
    if isinstance(error, Forbidden):
        return denied(request)
    if isinstance(error, NotFound):
        return gone(request)
    if isinstance(error, Rejected):
        return refused(request, error.server_message).problem
    message = no_kubelet("", error.server_message) if isinstance(error, ServerError) else ""
    return message or str(error)


def _shown(line: str) -> str:
    indent = "  " if line[:1].isspace() else ""
    return indent + printable_line(line, _LINE_CHARACTERS)
