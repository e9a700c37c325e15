"""Running a credential plugin so that it can neither hang us, nor fill our memory, nor touch the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STDOUT_BYTES = 1 << 20
"""Certificates and tokens are some kilobytes; whoever prints more prints something else."""

STDERR_BYTES = 16 * 1024
"""How much of the end of what it says is kept."""

_LINGER_SECONDS = 1.0
"""How long after the plugin's end a child of it may keep the pipes open."""


@dataclass(frozen=True, slots=True)
class Output:
    code: int | None
    """Exit code, negative for a signal; None when it did not end in time and was killed."""
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    """The end of it."""
    overflow: bool = False
    """It printed more than `STDOUT_BYTES`, of which the rest is lost."""


async def run_plugin(command: Sequence[str], env: Mapping[str, str], seconds: float) -> Output:
    """Run `command` for at most `seconds` of real time, with no input and no terminal.

    Both pipes are emptied all the while, whatever comes. It and its children are killed when the time is over or the
    caller is cancelled; children that outlive it are left alone. Raises OSError when it cannot be started.
    """
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        _Collector,
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        env=dict(env),
        # In a session of its own it cannot open /dev/tty and ask there, and its children die with it.
        start_new_session=True,
    )
    in_time = True
    try:
        try:
            async with asyncio.timeout(seconds):
                await protocol.exited.wait()
        except TimeoutError:
            in_time = False
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_SECONDS):
                    await protocol.drained.wait()
    finally:
        if not protocol.exited.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_SECONDS):
                    await protocol.exited.wait()
        transport.close()
    return Output(
        transport.get_returncode() if in_time else None,
        bytes(protocol.stdout),
        bytes(protocol.stderr),
        protocol.overflow,
    )


class _Collector(asyncio.SubprocessProtocol):
    """asyncio's streams would make us wait for the pipes to be closed by all children, which some daemons never do."""

    def __init__(self) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.overflow = False
        self.exited = asyncio.Event()
        self.drained = asyncio.Event()
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            room = STDOUT_BYTES - len(self.stdout)
            self.overflow = self.overflow or len(data) > room
            self.stdout += data[: max(0, room)]
        else:
            self.stderr += data
            del self.stderr[:-STDERR_BYTES]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()
