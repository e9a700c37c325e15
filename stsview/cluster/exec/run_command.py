"""Commands without a terminal, run to their end."""

from __future__ import annotations

from contextlib import aclosing

import msgspec

from stsview.cluster.exec.exec_stream import open_exec
from stsview.cluster.http.session import Session
from stsview.objects.exec_messages import ExecEnd, ExecRequest, ExecResult


class CommandOutput(msgspec.Struct, frozen=True):
    """All that a command wrote, and how it ended."""

    out: bytes
    errors: bytes
    end: ExecEnd


async def run_command(session: Session, request: ExecRequest, *, most_bytes: int = 1 << 20) -> CommandOutput:
    """Run a command that reads no input, until it ends or has written `most_bytes`.

    Raises `ClusterError` where the server does not start it. The caller sets the time limit: cancelling ends it.
    """
    out, errors = bytearray(), bytearray()
    async with open_exec(session, request) as stream, aclosing(stream.output()) as written:
        async for one in written:
            (errors if one.error else out).extend(one.data)
            if len(out) + len(errors) > most_bytes:
                cut = ExecEnd(ExecResult.LOST, problem=f"stopped after {most_bytes:,} bytes of output")
                return CommandOutput(bytes(out), bytes(errors), cut)
    return CommandOutput(bytes(out), bytes(errors), stream.end or ExecEnd(ExecResult.LOST))
