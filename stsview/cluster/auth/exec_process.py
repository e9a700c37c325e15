"""A subprocess with limits on time and output, and without a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import ClassVar, TypeVar

from stsview.cluster.confidential import Confidential

STDOUT_BYTES = 1 << 20
"""Certificates and tokens take some kilobytes; more output than this is something else."""

STDERR_BYTES = 16 * 1024
"""How much of the end of stderr is kept."""

_LINGER_SECONDS = 1.0
"""How long a child of the plugin may keep the pipes open after the plugin has exited."""


class ProcessOutput(Confidential, frozen=True):
    hidden: ClassVar[frozenset[str]] = frozenset({"stdout", "stderr"})

    code: int | None
    """Exit code, negative for a signal; None when it was killed for taking too long."""
    stdout: bytes
    stderr: bytes
    """Its last `STDERR_BYTES`."""
    overflow: bool = False
    """It printed more than `STDOUT_BYTES`; the rest is dropped."""


async def run_process(command: Sequence[str], env: Mapping[str, str], seconds: float) -> ProcessOutput:
    """Run `command` for at most `seconds` of real time, with no input and no terminal.

    Both pipes are drained all the time. The command and its children are killed when the time is over or the caller is
    cancelled; children that outlive it are left alone. Raises OSError when it cannot be started.
    """
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        stdout, out = await _pipe(stack, _HeadBuffer(STDOUT_BYTES))
        stderr, err = await _pipe(stack, _TailBuffer(STDERR_BYTES))
        try:
            transport, process = await loop.subprocess_exec(
                _ExitWatcher,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=dict(env),
                # In a session of its own it cannot prompt on /dev/tty, and its children can be killed with it.
                start_new_session=True,
            )
        finally:
            os.close(out)
            os.close(err)
        stack.callback(transport.close)
        try:
            in_time = await _within(seconds, process.exited)
            if in_time:
                await _within(_LINGER_SECONDS, stdout.ended, stderr.ended)
        finally:
            if not process.exited.is_set():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(transport.get_pid(), signal.SIGKILL)
                await _within(_LINGER_SECONDS, process.exited)
        code = transport.get_returncode() if in_time else None
        return ProcessOutput(code, bytes(stdout.kept), bytes(stderr.kept), stdout.overflow)


async def _within(seconds: float, *events: asyncio.Event) -> bool:
    """Wait for all of `events` for at most `seconds`; returns whether they were set."""
    try:
        async with asyncio.timeout(seconds):
            for event in events:
                await event.wait()
    except TimeoutError:
        return False
    return True


class _ExitWatcher(asyncio.SubprocessProtocol):
    """Reports the exit of the process, and nothing else.

    asyncio's own wait() also waits for children that keep the pipes open.
    """

    def __init__(self) -> None:
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        self.exited.set()


class _Drain(asyncio.Protocol):
    """Reads a pipe until it is closed."""

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self.overflow = False
        self.ended = asyncio.Event()
        self._limit = limit

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


class _HeadBuffer(_Drain):
    """Keeps the first bytes."""

    def data_received(self, data: bytes) -> None:
        room = self._limit - len(self.kept)
        self.overflow = self.overflow or len(data) > room
        self.kept += data[:room]


class _TailBuffer(_Drain):
    """Keeps the last bytes."""

    def data_received(self, data: bytes) -> None:
        self.kept += data
        del self.kept[: -self._limit]


_AnyDrain = TypeVar("_AnyDrain", bound=_Drain)


async def _pipe(stack: AsyncExitStack, drain: _AnyDrain) -> tuple[_AnyDrain, int]:
    """A pipe that `drain` reads from, and the file descriptor of its other end.

    The caller closes the descriptor.

    asyncio's own pipes for subprocesses pass the bytes, credentials, to callbacks that its debug mode logs.
    """
    reading, writing = os.pipe()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: drain, os.fdopen(reading, "rb", 0))
    stack.callback(transport.close)
    return drain, writing
